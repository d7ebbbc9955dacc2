"""Every log can end in a torn record, or be damaged: readers stop there, say so, and never crash."""

import gzip
import json
import pickle
import random
import shutil
from pathlib import Path

import pytest

from artifactpack.project import open_project
from artifactpack.systems import read_systems

pytestmark = pytest.mark.slow  # every case copies and reads a whole project

FIXTURES = Path(__file__).parent / "fixtures"
LOGS = {
    "wandb": "*.wandb",
    "tensorboard": "*tfevents*",
    "mlflow": "*.db",
    "mlmd": "*.sqlite",
    "neptune": "*.sqlite3",
    "comet": "*.zip",
    "sacred": "run.json",
    "metaflow": "*.data.json",
    "hydra": "config.yaml",
    "mlflow_files": "meta.yaml",
    "dvc": "dvc.lock",
    "kubeflow": "pipeline.yaml",
    "locks": "*.lock",
    "kedro": "*.yml",
    "airflow": "*.db",
    "transformers": "trainer_state.json",
    "conda": "*.json",
    "lightning": "metrics.csv",
    "gin": "operative_config.gin",
    "sagemaker": "*.json",
    "poetry": "poetry.lock",
}


def damaged(tmp_path, name, damage):
    root = tmp_path / "project"
    shutil.copytree(FIXTURES / name, root)
    for path in sorted(root.rglob(LOGS[name])):
        if path.is_file():
            path.write_bytes(damage(path.read_bytes()))
    return read_systems(open_project(root))


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.7, 0.99])
@pytest.mark.parametrize("name", sorted(LOGS))
def test_a_log_cut_short_is_read_up_to_the_tear(name, keep, tmp_path):
    damaged(tmp_path, name, lambda data: data[: int(len(data) * keep)])


@pytest.mark.parametrize("name", sorted(LOGS))
def test_flipped_bytes_never_crash_a_reader(name, tmp_path):
    rng = random.Random(name)

    def flip(data):
        changed = bytearray(data)
        for _ in range(max(3, len(data) // 500)):
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        return bytes(changed)

    damaged(tmp_path, name, flip)


@pytest.mark.parametrize(("name", "system"), [("wandb", "Weights & Biases"), ("tensorboard", "TensorBoard")])
def test_a_torn_end_clears_complete_and_keeps_what_came_before(name, system, tmp_path):
    found = {r.system: r for r in damaged(tmp_path, name, lambda data: data[:-5])}[system]
    assert found.runs
    assert not any(run.complete for run in found.runs)
    assert any(run.metrics for run in found.runs)


TOLD = ["airflow", "neptune", "transformers", "conda", "lightning", "sagemaker", "poetry"]


@pytest.mark.parametrize("keep", [0.5, 0.97])
@pytest.mark.parametrize("name", TOLD)
def test_a_file_cut_short_is_told(name, keep, tmp_path):
    found = damaged(tmp_path, name, lambda data: data[: int(len(data) * keep)])
    assert found
    for reading in found:
        assert reading.warnings or not any(run.complete for run in reading.runs)


def test_a_number_cut_short_is_no_point(tmp_path):
    whole, torn = (
        {
            run.id: run.metrics
            for run in damaged(tmp_path / str(cut), "lightning", lambda d, n=cut: d[: len(d) - n])[0].runs
        }
        for cut in (0, 4)
    )
    counts = [{name: sum(m.count for m in metrics) for name, metrics in runs.items()} for runs in (whole, torn)]
    assert counts[0].keys() == counts[1].keys()
    assert all(counts[1][name] < counts[0][name] for name in counts[0])


@pytest.mark.parametrize("keep", [0.1, 0.3, 0.5, 0.97])
@pytest.mark.parametrize(("name", "system"), [("mlflow", "MLflow"), ("mlmd", "ML Metadata"), ("airflow", "Airflow")])
def test_a_store_that_is_cut_short_is_named(name, system, keep, tmp_path):
    found = {r.system: r for r in damaged(tmp_path, name, lambda data: data[: int(len(data) * keep)])}[system]
    assert found.runs == ()
    assert any("an SQLite file that is cut short" in warning for warning in found.warnings)


def metaflow(root, path, content):
    """What is read where one file of the store holds *content*."""
    shutil.copytree(FIXTURES / "metaflow", root)
    (place,) = root.rglob(path)
    place.write_bytes(content)
    (reading,) = (r for r in read_systems(open_project(root)) if r.system == "Metaflow")
    return reading


@pytest.mark.parametrize("content", [b"", b"[3]", b'{"objects": [3]}', b'{"objects": 3}', b"[" * 100_000, b"\xff"])
def test_a_damaged_task_hides_no_other_and_is_told(tmp_path, content):
    found = metaflow(tmp_path / "project", "fit/2/0.data.json", content)
    assert [(run.seed, run.complete) for run in found.runs] == [(1, True)]
    assert any("fit/2/0.data.json" in warning for warning in found.warnings)


@pytest.mark.parametrize("content", [b"", b"[3]"])
def test_runs_whose_parameters_are_damaged_are_not_complete(tmp_path, content):
    found = metaflow(tmp_path / "project", "_parameters/*/0.data.json", content)
    assert [(run.seed, run.complete) for run in found.runs] == [(0, False), (1, False)]


def test_an_artifact_that_is_not_what_its_name_says_is_told(tmp_path):
    about = json.loads(next((FIXTURES / "metaflow").rglob("fit/2/0.data.json")).read_bytes())
    sha = about["objects"]["loss"]
    found = metaflow(tmp_path / "project", sha, gzip.compress(pickle.dumps([0.0, 0.1])))
    assert [run.complete for run in found.runs] == [False, True]
    assert any("loss: is not what its name says" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("tags", "version", "warned"),
    [
        (["runtime:dev", "metaflow_version:2.19.39"], "2.19.39", False),
        (["metaflow_version:9.1"], "9.1", True),
        (["metaflow_version:", 3, None], "", False),
        (3, "", False),
    ],
)
def test_the_version_that_wrote_a_metaflow_store_is_told(tmp_path, tags, version, warned):
    content = json.dumps({"system_tags": tags}).encode()
    found = metaflow(tmp_path / "project", "_parameters/0/_meta/_self.json", content)
    assert found.version == version
    assert any("never tried" in warning for warning in found.warnings) == warned
