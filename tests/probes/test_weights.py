"""Weights: in the tree, linked, saved, written; not backbones, not pointers."""

import pytest

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.run import RunRecord, Weights
from tests.support.asking import ask, make

BYTES = b"\x80" * 400
TABLE = "| net | get |\n|---|---|\n| a | [model](https://drive.google.com/x) |"


@pytest.mark.parametrize(
    ("files", "available"),
    [
        pytest.param({"checkpoints/best.pth": BYTES}, True, id="file"),
        pytest.param({"model_released/model.ckpt.index": BYTES}, True, id="tensorflow"),
        pytest.param({"pretrained/net.pkl": BYTES}, True, id="pickle-in-its-place"),
        pytest.param({"data/train.pkl": BYTES}, False, id="pickle-of-data"),
        pytest.param({"weights/vgg19.pth": BYTES}, False, id="backbone"),
        pytest.param(
            {"README.md": "Pre-trained models can be had [here](https://drive.google.com/x)."}, True, id="drive"
        ),
        pytest.param(
            {"README.md": "## Pretrained models\n### Large\n[large](https://x.blob.core.windows.net/a.pth)"},
            True,
            id="section",
        ),
        pytest.param(
            {
                "README.md": "Get our pre-trained models from the [page][3].\n\n[3]: https://github.com/a/b/releases/tag/x"
            },
            True,
            id="link-given-apart",
        ),
        pytest.param(
            {"README.md": "Get our data from the [page][3].\n\n[3]: https://github.com/a/b/releases/tag/x"},
            False,
            id="data-link-given-apart",
        ),
        pytest.param(
            {"README.md": "We log to [Weights and Biases](https://wandb.ai/site), see there."}, False, id="a-tracker"
        ),
        pytest.param({"README.md": "[data](https://drive.google.com/x)"}, False, id="link-to-data"),
        pytest.param(
            {"README.md": "- [me/net-3b](https://huggingface.co/me/net-3b): the model trained using this script"},
            True,
            id="a-model-that-was-trained",
        ),
        pytest.param(
            {"README.md": "## Model Lists\n| Net | Get |\n|---|---|\n| a | [hub](https://huggingface.co/me/a-8x7B) |"},
            True,
            id="list-of-models",
        ),
        pytest.param({"get_pretrained.sh": "wget https://hub.org/dictionaries.zip\n"}, True, id="script-named-for-it"),
        pytest.param({"get_weights.sh": "wget https://h.org/x/jx_vit_base.pth\n"}, False, id="script-for-a-backbone"),
        pytest.param({"fetch.sh": "wget -P out/ 'https://h.org/~ada/ours.pth'\n"}, True, id="script-that-fetches-them"),
        pytest.param({"fetch.sh": "wget https://github.com/b/zebra/releases/x.pth\n"}, False, id="of-another-project"),
        pytest.param(
            {
                "README.md": "All our models (large ones too) are publicly available by\n[this link](https://drive.google.com/x)"
            },
            True,
            id="sentence-over-two-lines",
        ),
        pytest.param(
            {"README.md": "Our models are available on request.\n[These figures](https://drive.google.com/x)"},
            False,
            id="another-sentence-above",
        ),
        pytest.param(
            {"README.md": "All models are publicly available, as are the\n- [figures](https://drive.google.com/x)"},
            False,
            id="another-entry-of-a-list",
        ),
        pytest.param(
            {"README.md": "All our models were trained on\n[this data set](https://drive.google.com/x)"},
            False,
            id="data-named-in-the-line",
        ),
        pytest.param({"README.md": "* [Models](https://huggingface.co/collections/me/x)"}, True, id="named-models"),
        pytest.param({"README.md": "- **Model**: https://hf.co/me/x-32B"}, True, id="after-a-label"),
        pytest.param({"README.md": "**Model**: https://hf.co/datasets/me/x"}, False, id="label-before-data"),
        pytest.param(
            {"README.md": "Models and samples can be found at: https://www.dropbox.com/sh/x"}, True, id="can-be-found"
        ),
        pytest.param(
            {"README.md": "```\n# get our pretrained deep net (151 MB)\nwget https://www.dropbox.com/s/x/n.zip\n```"},
            True,
            id="comment-above-a-command",
        ),
        pytest.param(
            {"README.md": "## Pre-trained models\nAt https://cdn.lab.org/x/pretrained/ for each set."},
            True,
            id="folder-on-a-server",
        ),
        pytest.param(
            {"README.md": "## Pre-trained models\n```\npython g.py --network=https://cdn.lab.org/n.pkl\n```"},
            True,
            id="address-after-an-equals-sign",
        ),
        pytest.param(
            {"README.md": "Checkpoints are saved to ./out, logs go to [wandb](https://wandb.ai)."},
            False,
            id="where-they-are-saved",
        ),
        pytest.param(
            {"README.md": f"# Training GPT-2 without bias\n{TABLE}"},
            True,
            id="well-known-architecture-trained-here",
        ),
        pytest.param(
            {"README.md": f"# GPT-2\n{TABLE}"},
            False,
            id="well-known-architecture",
        ),
        pytest.param(
            {"README.md": "We start from the [LLaMA weights](https://huggingface.co/meta/x)."},
            False,
            id="others-weights",
        ),
        pytest.param(
            {"a.py": "URL = 'https://download.pytorch.org/models/resnet18-5c106cde.pth'\n"}, False, id="torchvision-url"
        ),
    ],
)
def test_available(tmp_path, files, available):
    assert ask("weights", make(tmp_path, files)).facts["available"].value is available


def test_what_a_run_wrote(tmp_path):
    run = RunRecord(id="r", command="train", weights=(Weights(path="out/m.safetensors", sha256="a", safety="safe"),))
    facts = ask("weights", make(tmp_path, {"a.py": ""}), RunEvidence(records=(run,), own=frozenset({"r"}))).facts
    assert {n: facts[n].value for n in ("saved", "recorded", "safe", "checksummed")} == dict.fromkeys(
        ("saved", "recorded", "safe", "checksummed"), True
    )


@pytest.mark.parametrize(
    ("code", "saved"),
    [
        ("import torch\ntorch.save(net, 'x.pt')\n", True),
        ("import torch\ntorch.save({'data': 1, 'net': net}, 'x.pt')\n", True),
        ("net.save_pretrained('x')\n", True),
        ("import torch\ntorch.save((data, slices), self.processed_paths[0])\n", False),
        ("import torch\ntorch.save(training_set, f)\n", False),
        ("print(1)\n", False),
    ],
)
def test_saving_code(tmp_path, code, saved):
    assert ask("weights", make(tmp_path, {"a.py": code})).facts["saved"].value is saved


def test_pickled_weights_are_not_safe(tmp_path):
    assert ask("weights", make(tmp_path, {"checkpoints/best.pth": BYTES})).facts["safe"].value is False
    assert ask("weights", make(tmp_path / "b", {"checkpoints/best.safetensors": BYTES})).facts["safe"].value is True


@pytest.mark.parametrize(
    ("second", "files", "safe"),
    [("safe", {}, True), ("unsafe", {}, False), ("safe", {"checkpoints/best.pth": BYTES}, False)],
)
def test_all_weights_must_be_safe_not_just_the_first(tmp_path, second, files, safe):
    weights = tuple(Weights(path=f"{s}.x", sha256="a", safety=s) for s in dict.fromkeys(("safe", second)))
    runs = RunEvidence(records=(RunRecord(id="r", command="train", weights=weights),))
    assert ask("weights", make(tmp_path, {"a.py": "", **files}), runs).facts["safe"].value is safe


@pytest.mark.parametrize(
    ("address", "available"),
    [
        ("huggingface.co/o/owlnet-s", True),
        ("huggingface.co/o/other-s", False),
        ("huggingface.co/spaces/o/owlnet", False),
        ("huggingface.co/datasets/o/owlnet", False),
        ("github.com/o/owlnet", False),
    ],
)
def test_a_models_own_page_that_bears_the_projects_name(tmp_path, address, available):
    files = {"README.md": f"We put it here:\n- Small: [page](https://{address})\n"}
    assert ask("weights", make(tmp_path / "owlnet", files)).facts["available"].value is available


@pytest.mark.parametrize(
    ("url", "available"),
    [
        ("https://www.quicknet.com/models", True),
        ("https://www.quicknet.com/blog", False),
        ("https://x.org/models", False),
    ],
)
def test_a_page_of_models_on_the_projects_own_site(tmp_path, url, available):
    project = make(tmp_path / "quicknet", {"README.md": f"We share 300 [model checkpoints]({url})."})
    assert ask("weights", project).facts["available"].value is available
