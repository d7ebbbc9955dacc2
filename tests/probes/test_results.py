"""Results: tables, text, pictures, files, notebooks; not settings, samples or logs of data."""

import json

import pytest

from tests.support.asking import ask, make


def notebook(**output):
    cell = {"cell_type": "code", "source": ["x"], "execution_count": 1, "outputs": [output]}
    return json.dumps({"cells": [cell]}, indent=1)


PNG = notebook(output_type="display_data", data={"image/png": "aaaa"})


@pytest.mark.parametrize(
    ("files", "kinds"),
    [
        pytest.param(
            {"README.md": "## Results\n| model | accuracy |\n|---|---|\n| a | 81.2 |\n| b | 82.4 |"},
            ["text"],
            id="table",
        ),
        pytest.param(
            {"README.md": "| m | acc |\n|---|---|\n| ours | 92.8 ± 0.3 |"}, ["text"], id="one-value-with-spread"
        ),
        pytest.param(
            {"README.md": "| argument | default |\n|---|---|\n| lr | 0.01 |\n| wd | 0.10 |"}, [], id="table-of-settings"
        ),
        pytest.param(
            {"README.md": "This gives 67% accuracy on the test set: the model achieves 67.1% test accuracy."},
            ["text"],
            id="sentence",
        ),
        pytest.param(
            {
                "README.md": "\n\nx\n\n\n".join(
                    f"set {n}: perplexities of about `6{n}.2` / `58.3` (val / testing)" for n in "123"
                )
            },
            ["text"],
            id="plural",
        ),
        pytest.param({"README.md": "After this you should see `32.95` accuracy."}, ["text"], id="what-to-expect"),
        pytest.param({"csrc/fft/docs/api/performance.html": "<p>1.5 2.5 3.5</p>" * 9}, [], id="page-of-a-manual"),
        pytest.param({"results/performance.html": "<p>1.5 2.5 3.5</p>" * 9}, ["file"], id="page-of-results"),
        pytest.param({"README.md": "a model (achieving 84.4% accuracy on the test set)"}, ["text"], id="achieving"),
        pytest.param({"README.md": "We reach FID of 2.20 and NLL of 2.99 on it."}, ["text"], id="two-in-a-sentence"),
        pytest.param({"learning_curves/a_0.npy": b"\x93NUMPY" + b"\0" * 80}, ["file"], id="curves"),
        pytest.param({"README.md": "```\nPrecision: 0.720\nRecall: 0.393\n```"}, ["text"], id="block"),
        pytest.param(
            {"README.md": "\n".join(f"* set {n} (test AUC=93.{n}):\n```\nsh a.sh\n```\n\n" for n in (12, 34, 56))},
            ["text"],
            id="scattered",
        ),
        pytest.param({"exp/a/report.json": '{"metrics": {"test": {"accuracy": 0.8123}}}'}, ["file"], id="report"),
        pytest.param({"exp/a/report.json": '{"files": 3}'}, [], id="report-without-measures"),
        pytest.param({"README.md": "## Results\n![x](figs/a.png)"}, ["image"], id="picture-under-results"),
        pytest.param({"README.md": "![x](figs/learning_curves.png)"}, ["image"], id="named-picture"),
        pytest.param(
            {"README.md": f"<img src='a/fig1.png'>\n<em>\nResults with and without it. {'And so on. ' * 20}\n</em>"},
            ["image"],
            id="long-caption",
        ),
        pytest.param(
            {"README.md": f"<img src='a/fig1.png'>\n\nResults with and without it. {'And so on. ' * 20}"},
            [],
            id="paragraph-below",
        ),
        pytest.param({"README.md": "## Qualitative results\n![x](figs/a.gif)"}, [], id="samples"),
        pytest.param({"README.md": "![x](architecture.png)"}, [], id="architecture"),
        pytest.param({"results/metrics.json": '{"acc": 0.91, "loss": 0.31, "f1": 0.88}'}, ["file"], id="file"),
        pytest.param({"configs/results.yaml": "acc: 0.91\nloss: 0.31\nf1: 0.88\n"}, [], id="configuration"),
        pytest.param({"experiments.ipynb": PNG}, ["file"], id="notebook-figure"),
        pytest.param({"demo.ipynb": PNG}, [], id="demonstration"),
        pytest.param({"data/explore.ipynb": PNG}, [], id="exploration"),
        pytest.param({"Masks-Viz.ipynb": PNG}, [], id="visualisation"),
        pytest.param(
            {"net_demo.ipynb": notebook(output_type="stream", text=["Mean accuracy: 81.74 +- 0.25%\n"])},
            ["file"],
            id="measure-with-spread-in-a-demonstration",
        ),
        pytest.param({"demo.ipynb": notebook(output_type="stream", text=["accuracy: 0.91\n"])}, [], id="demo-number"),
        pytest.param(
            {"a.ipynb": notebook(output_type="stream", text=["test accuracy: 0.91\n"])}, ["file"], id="notebook-number"
        ),
        pytest.param({"a.ipynb": notebook(output_type="stream", text=["loading\n"])}, [], id="notebook-talk"),
        pytest.param({"out/train.log": "epoch 1 test_acc 0.91\n"}, ["file"], id="log"),
    ],
)
def test_reported(tmp_path, files, kinds):
    facts = ask("results", make(tmp_path, files)).facts
    assert facts["kinds"].value == kinds
    assert facts["reported"].value is bool(kinds)
