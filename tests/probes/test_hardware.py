"""Hardware: named in documents, comments and cluster scripts, or recorded."""

import pytest

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.run import Gpu, Hardware, RunRecord
from artifactpack.probes.hardware import stated_device
from tests.support.asking import ask, make


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("trained on 4 Tesla V100 GPUs", True),
        ("We used 4xH100.", True),
        ("two NVIDIA RTX 3090 cards", True),
        ("on a single TITAN Xp", True),
        ("an Intel Xeon E5-2690", True),
        ("experiments ran on 8 GPUs", True),
        ("training needs 32 GB of RAM", True),
        ("runs on two 12 GB GPUs", True),
        ("All experiments were run on a single GPU. Note that if you use CUDA 10, install by hand.", True),
        ("4 GPUs strongly recommended", True),
        ("the memory of a 12 GB P100", True),
        ("table A10 has 5 GB of rows", False),
        ("needs a GPU", False),
        ("ILSVRC2012_val_00001080", False),
        ("arXiv 1905.P100", False),
        ("3.5 GPU hours", False),
        ("use --gpus 4 to train on more", False),
        ("the data set has 80 GB", False),
        ("CPU only", False),
    ],
)
def test_statement(text, named):
    assert bool(stated_device(text)) is named


@pytest.mark.parametrize(
    ("title", "cell", "stated"),
    [("GPUs", "128", True), ("# GPUs", "4", True), ("GPUs", "any", False), ("GPUs | runs", "some | 8", False)],
)
def test_a_column_that_counts_devices(tmp_path, title, cell, stated):
    text = f"| config | {title} |\n|{'---|' * (title.count('|') + 2)}\n| a.json | {cell} |\n"
    assert ask("hardware", make(tmp_path, {"README.md": text})).facts["stated"].value is stated


@pytest.mark.parametrize(
    ("files", "stated"),
    [
        pytest.param({"train.py": "# needs 2 x A6000 GPUs for 30B\nx = 1\n"}, True, id="comment"),
        pytest.param({"train.py": "x = 'A6000'\n"}, False, id="string"),
        pytest.param(
            {"pool.py": '"""Starts the pool.\n\nMake a machine with 4 K80 GPUs first.\n"""\n'}, True, id="docstring"
        ),
        pytest.param(
            {"a.py": 'def f(x):\n    """Works on 8 GPUs; 1080 frames."""\n'}, False, id="docstring-of-a-number"
        ),
        pytest.param({"a.py": 'x = """\nTesla V100\n"""\n'}, False, id="text"),
        pytest.param({"train.py": '"""Train.\n\nTakes a minute on an A100 GPU.\n"""\n'}, True, id="opening-text"),
        pytest.param({"run.slurm": "#SBATCH --gres=gpu:8\npython a.py\n"}, True, id="slurm"),
        pytest.param({"run.sh": "sbatch -C '1080ti|titan' job.sh\n"}, True, id="constraint"),
        pytest.param({"run.sh": "#SBATCH --time=24:00:00\n"}, False, id="only-time"),
    ],
)
def test_comments_and_scripts(tmp_path, files, stated):
    assert ask("hardware", make(tmp_path, files)).facts["stated"].value is stated


@pytest.mark.parametrize(("gpu", "agree"), [("NVIDIA A100-SXM4-80GB", True), ("NVIDIA T4", False)])
def test_what_ran_is_held_against_what_is_written(tmp_path, gpu, agree):
    run = RunRecord(id="r", command="train", hardware=Hardware(cpu="x", memory=5, gpus=(Gpu(name=gpu),)))
    runs = RunEvidence(records=(run,), own=frozenset({"r"}))
    facts = ask("hardware", make(tmp_path, {"README.md": "Trained on an A100."}), runs).facts
    assert facts["described"].decided_by == "run"
    assert facts["memory"].value == 5
    assert facts["consistent"].value is agree
