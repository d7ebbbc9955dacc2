"""Metrics that only a tracker kept, in the folder of a run that is recorded."""

import shutil
import sys
from pathlib import Path

import pytest

from artifactpack.pipeline.record import run_all
from artifactpack.systems.recorded import series_in

FIXTURES = Path(__file__).parent / "fixtures"
MLFLOW = "mlflow_files/mlruns/107237196920334345"
ONE = {
    "wandb": "wandb/wandb/offline-run-20261123_021651-5hqdkmdw",
    "mlflow": f"{MLFLOW}/2167703d86bd46378b76a5722a6a757b",
    "transformers": "transformers/out-0",
}
CONFIG = f"""
[environment]
python = "{sys.executable}"
[commands.train]
run = ["{{python}}", "train.py", "{{out}}"]
seeds = [0]
"""


@pytest.mark.parametrize("system", ONE)
def test_one_run_gives_its_series(tmp_path, system):
    shutil.copytree(FIXTURES / ONE[system], tmp_path / "out" / Path(ONE[system]).parent.name / Path(ONE[system]).name)
    found = series_in(tmp_path / "out")
    assert {"loss", "accuracy"} <= {name.rsplit("/", 1)[-1] for name in found}
    assert all(len(point) == 2 for points in found.values() for point in points)


@pytest.mark.parametrize("folder", ["wandb", "mlflow", "mlflow_files", "nowhere"])
def test_of_several_runs_none_is_chosen(folder):
    assert series_in(FIXTURES / folder) == {}


@pytest.mark.slow
@pytest.mark.parametrize("declared", ["", 'metrics = ["{out}/wandb"]'], ids=["found", "declared"])
def test_a_run_that_only_a_tracker_measured_has_metrics(make_tree, declared):
    script = f"import shutil, sys\nshutil.copytree({str(FIXTURES / ONE['wandb'])!r}, sys.argv[1] + '/wandb/run')\n"
    root = make_tree({"artifactpack.toml": CONFIG + declared, "train.py": script})
    (run,) = run_all(root).new
    assert run.state == "finished", run.error
    assert {"loss", "accuracy"} <= {metric.name for metric in run.metrics}
    assert max(metric.count for metric in run.metrics) > 1


@pytest.mark.slow
def test_a_declared_folder_of_several_runs_fails_the_run_in_words(make_tree):
    script = f"import shutil, sys\nshutil.copytree({str(FIXTURES / 'wandb')!r}, sys.argv[1] + '/all')\n"
    root = make_tree({"artifactpack.toml": CONFIG + 'metrics = ["{out}/all"]', "train.py": script})
    (run,) = run_all(root).new
    assert run.state == "failed" and "no metrics of one run" in run.error
