"""What the real libraries wrote is read back: parameters, seeds, every metric, its points."""

import shutil
from pathlib import Path

import pytest

from artifactpack.project import open_project
from artifactpack.systems import SYSTEMS, read_systems
from tests.systems.make import toy
from tests.systems.make.__main__ import NAMES, NotInstalled, make

FIXTURES = Path(__file__).parent / "fixtures"
TRACKED = {
    "hydra": "Hydra", "gin": "Gin", "sacred": "Sacred", "comet": "Comet", "wandb": "Weights & Biases",
    **{f"wandb_{version}": "Weights & Biases" for version in (13, 16, 19)},
    "tensorboard": "TensorBoard", "mlflow": "MLflow", "mlflow_files": "MLflow", "metaflow": "Metaflow",
    "mlmd": "ML Metadata", "neptune": "Neptune", "kedro": "Kedro", "lightning": "Lightning",
    "transformers": "Transformers Trainer", "sagemaker": "Amazon SageMaker", "airflow": "Airflow",
    "dumps": "Configuration dumps",
}  # fmt: skip
ONE_POINT = {"mlmd", "kedro", "sagemaker", "airflow"}
NO_PARAMETERS = {"kedro"}


def reading(name, tmp_path):
    root = tmp_path / "project"
    shutil.copytree(FIXTURES / name, root)
    return {found.system: found for found in read_systems(open_project(root))}


def close(a, b):
    return abs(a - b) <= 1e-6 * max(1.0, abs(b))


@pytest.mark.parametrize("name", sorted(TRACKED))
def test_runs_of_both_seeds_come_back(name, tmp_path):
    assert_both_seeds(name, reading(name, tmp_path)[TRACKED[name]])


@pytest.mark.systems
@pytest.mark.parametrize("name", NAMES)
def test_what_the_library_logs_today_is_read_back(name, tmp_path):
    """Install the library, log the toy training, read it: the contract of the fixtures, made anew."""
    try:
        make(name, tmp_path)
    except NotInstalled as error:
        pytest.fail(f"could not be installed, nothing was tried: {error}", pytrace=False)
    found = {one.system: one for one in read_systems(open_project(tmp_path))}
    if name in TRACKED:
        assert_both_seeds(name, found[TRACKED[name]])
    else:
        assert any(one.data or one.environments or one.pipelines or "keras" in one.facts for one in found.values())


def assert_both_seeds(name, found):
    assert found.warnings == ()
    runs = {run.seed: run for run in found.runs}
    assert set(runs) == set(toy.SEEDS)
    for wanted in toy.expected():
        run = runs[wanted["seed"]]
        metrics = {metric.name.rsplit(".", 1)[-1].rsplit("/", 1)[-1]: metric for metric in run.metrics}
        assert close(metrics["loss"].last, wanted["loss"])
        assert close(metrics["accuracy"].last, wanted["accuracy"])
        if name not in ONE_POINT:
            assert metrics["loss"].count == wanted["points"]
        if name not in NO_PARAMETERS:
            assert wanted["rate"] in run.parameters.values()


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.module)
def test_every_system_says_what_it_is(system):
    from importlib import import_module

    module = import_module(f"artifactpack.systems.{system.module}")
    assert module.ABOUT.title == system.title
    assert module.ABOUT.reads
    assert module.ABOUT.limits
    assert set(module.ABOUT.proves.upper()) <= set("PSVMDCEH")
