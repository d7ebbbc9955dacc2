"""Which engine can be asked for what, before anything is started."""

import pytest

from artifactpack.errors import ConfigError, InputError
from artifactpack.executors.table import check
from artifactpack.pipeline.record import run_all
from tests.executors.conftest import CONFIG


@pytest.mark.parametrize(
    ("engine", "words"), [("local", "end with this program"), ("ray", "Ray ends the tasks of a program with it")]
)
def test_nobody_can_detach_from_what_ends_with_us(project, engine, words):
    root = project(config=CONFIG)
    with pytest.raises(InputError, match=rf"--detach: .*{words}; use --executor slurm"):
        run_all(root, executor=engine, detach=True)
    assert not (root / ".artifactpack").exists()  # nothing was started


def test_an_engine_that_is_none():
    with pytest.raises(ConfigError, match="--executor dask: not one of local, slurm, ray"):
        check("dask")
    check("slurm", detach=True)
