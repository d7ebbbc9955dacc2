"""Facts that forms ask for one by one: found, not there, and not to be told."""

import pytest

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.run import Cost, Gpu, Hardware, RunRecord
from tests.support.asking import ask, make

PAPER = "\\documentclass{article}\n\\begin{document}\n\\section{Data}\\label{sec:d}\nTEXT\n\\end{document}\n"


def runs(*records):
    return RunEvidence(records=records, own=frozenset(r.id for r in records))


def facts(root, name, files, evidence=None):
    found = ask(name, make(root, files), evidence).facts
    return {key: (fact.status, fact.value) for key, fact in found.items()}


def test_machine_of_a_run_without_gpu(tmp_path):
    record = RunRecord(id="a", command="train", hardware=Hardware(cpu="A CPU", cores=8, memory=64_000_000_000))
    got = facts(tmp_path, "machine", {"a.py": ""}, runs(record))
    assert got == {
        "cpu": ("known", "A CPU"),
        "cores": ("known", 8),
        "memory_gb": ("known", 64.0),
        "gpus": ("known", []),
        "gpu_count": ("known", 0),
        "gpu_memory_gb": ("unknown", None),
    }


def test_machine_of_runs_on_two_gpus(tmp_path):
    gpus = (Gpu(name="G 1", memory=80_000_000_000),) * 2
    record = RunRecord(id="a", command="train", hardware=Hardware(cpu="A CPU", gpus=gpus))
    got = facts(tmp_path, "machine", {"a.py": ""}, runs(record))
    assert [got[n][1] for n in ("gpus", "gpu_count", "gpu_memory_gb", "cores")] == [["G 1"], 2, 80.0, None]


def test_machine_without_runs_is_unknown(tmp_path):
    got = facts(tmp_path, "machine", {"README.md": "We used one A100 GPU."}, runs(RunRecord(id="a", command="train")))
    assert {status for status, _ in got.values()} == {"unknown"}


@pytest.mark.parametrize(
    ("name", "files", "value"),
    [
        ("epochs", {"train.py": "EPOCHS = 30\n"}, 30),
        (
            "epochs",
            {"train.py": "import argparse\np = argparse.ArgumentParser()\np.add_argument('--epochs', default=5)\n"},
            5,
        ),
        ("epochs", {"a.py": "", "config.yaml": "num_epochs: 12  # long\nlr: 0.1\nbatch_size: 64\n"}, 12),
        ("batch_size", {"a.py": "", "config.toml": "lr = 0.1\nbatch_size = 64\nepochs = 2\n"}, 64),
        ("accumulation", {"a.py": "", "config.yaml": "gradient_accumulation_steps: 4\nlr: 0.1\nepochs: 1\n"}, 4),
        ("framework", {"a.py": "import torch.nn as nn\n"}, ["torch"]),
        ("mixed_precision", {"a.py": "import torch\nwith torch.autocast('cuda'):\n    pass\n"}, True),
        ("distributed", {"a.py": "from torch.nn.parallel import DistributedDataParallel\n"}, True),
    ],
)
def test_setting_is_there_is_not_and_cannot_be_told(tmp_path, name, files, value):
    assert facts(tmp_path / "there", "settings", files)[name] == ("known", value)
    assert facts(tmp_path / "not", "settings", {"a.py": "epochs_done = early_batches = 1\n"})[name][0] == "absent"
    assert facts(tmp_path / "no-code", "settings", {"README.md": "words"})[name] == ("unknown", None)


def test_setting_of_a_run_goes_before_what_is_declared(tmp_path):
    record = RunRecord(id="a", command="train", parameters={"epochs": 3}, ranks=2)
    got = facts(tmp_path, "settings", {"train.py": "epochs = 30\n"}, runs(record))
    assert (got["epochs"], got["distributed"]) == (("known", 3), ("known", True))


@pytest.mark.parametrize(
    ("name", "said", "coded"),
    [
        ("new", "We introduce a new dataset of sounds.", None),
        ("classes", "The class distribution is balanced.", "print(df['label'].value_counts())\n"),
        ("missing", "Missing values were imputed by the median.", "df = df.dropna()\n"),
    ],
)
def test_what_is_said_of_data(tmp_path, name, said, coded):
    def told(folder, files):
        return facts(tmp_path / folder, "datasets", files)[name]

    assert told("paper", {"main.tex": PAPER.replace("TEXT", said)}) == ("known", True)
    assert told("readme", {"README.md": f"# Ours\n\n{said}\n"}) == ("known", True)
    assert told("silent", {"main.tex": PAPER.replace("TEXT", "Words."), "a.py": ""})[0] == "absent"
    assert told("part", {"main.tex": PAPER.replace("TEXT", "\\input{gone}")}) == ("unknown", None)
    assert told("nothing", {"a.py": "x = 1\n"}) == ("unknown", None)
    assert coded is None or told("code", {"a.py": coded}) == ("known", True)


def test_a_dataset_of_others_is_not_new(tmp_path):
    text = PAPER.replace(
        "TEXT", "We use the CIFAR-10 dataset. We introduce a method for this benchmark. We present results on a corpus."
    )
    assert facts(tmp_path, "datasets", {"main.tex": text})["new"][0] == "absent"


def test_new_data_lie_in_the_project_or_not(tmp_path):
    text = {"main.tex": PAPER.replace("TEXT", "We release a new dataset of sounds.")}
    table = {"data/sounds.csv": "a,label\n" + "1,2\n" * 60}
    assert facts(tmp_path / "with", "datasets", text | table)["new_included"] == ("known", True)
    assert facts(tmp_path / "without", "datasets", text)["new_included"] == ("known", False)
    assert facts(tmp_path / "none", "datasets", table)["new_included"] == ("unknown", None)


@pytest.mark.parametrize(
    ("table", "empty"),
    [
        ("a,b\n" + "1,2\n" * 60, ("known", 0)),
        ("a,b\n" + "1,\nNaN,?\n" * 30, ("known", 90)),
        ("words\n" * 60, ("unknown", None)),
        ("a,b\n" + '"' + "x" * 200_000, ("unknown", None)),
    ],
    ids=["full", "holes", "no-table", "broken"],
)
def test_empty_cells(tmp_path, table, empty):
    assert facts(tmp_path, "datasets", {"data/train.csv": table})["missing_cells"] == empty


@pytest.mark.parametrize(
    ("files", "unusable", "promised"),
    [
        ({"model.pth": b"version https://git-lfs.github.com/spec/v1\n" + b"x" * 90}, ("known", True), "absent"),
        ({"model.pth": b"\x80" * 400}, ("known", False), "absent"),
        ({"README.md": "Pre-trained models will be released soon.\n"}, ("unknown", None), "known"),
        ({"README.md": "The models are small.\n"}, ("unknown", None), "absent"),
        ({"model.pth": b"\x80" * 400, "README.md": "More weights: coming soon.\n"}, ("known", False), "absent"),
    ],
    ids=["pointer", "weights", "promise", "nothing", "both"],
)
def test_weights_that_are_none(tmp_path, files, unusable, promised):
    got = facts(tmp_path, "weights", files)
    assert (got["unusable"], got["promised"][0]) == (unusable, promised)


def test_preparation_that_is_told_and_not_there(tmp_path):
    readme = "# Ours\n\n```\npython prepare_data.py\npython train.py\n```\n"
    gone = facts(tmp_path / "gone", "commands", {"README.md": readme, "train.py": "print(1)\n"})
    assert gone["missing_preparation"] == ("known", ["prepare_data.py"])
    there = {"README.md": readme, "prepare_data.py": "print(1)\n"}
    assert facts(tmp_path / "there", "commands", there)["missing_preparation"][0] == "absent"


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({"README.md": "Training takes about 3 hours on one A100 GPU."}, "known"),
        ({"main.tex": PAPER.replace("TEXT", "Words.")}, "absent"),
        ({"a.py": "x = 1\n"}, "unknown"),
    ],
    ids=["written", "not-in-the-paper", "no-paper"],
)
def test_compute_is_known_not_to_be_given_only_where_the_paper_was_read(tmp_path, files, status):
    assert facts(tmp_path / "c", "cost", files)["given"][0] == status
    assert facts(tmp_path / "h", "hardware", files)["given"][0] == status


def test_ledger_by_tier_and_state(tmp_path):
    records = (
        RunRecord(id="a", command="train", cost=Cost(wall=10.0), started="2026-03-02T10:00:00Z"),
        RunRecord(id="b", command="train", cost=Cost(wall=5.0), state="failed", started="2026-03-01T10:00:00Z"),
        RunRecord(id="c", command="smoke", cost=Cost(wall=1.0), tier="smoke"),
    )
    got = facts(tmp_path, "cost", {"a.py": ""}, runs(*records))
    assert [got[n][1] for n in ("training_seconds", "failed_seconds", "wall_seconds")] == [10.0, 5.0, 16.0]
    assert got["dates"] == ("known", ["2026-03-01", "2026-03-02"])
