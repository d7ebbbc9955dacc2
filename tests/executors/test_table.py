"""Which engine can be asked for what, before anything is started."""

import pytest

from artifactpack.errors import ConfigError, InputError
from artifactpack.executors.table import check
from artifactpack.pipeline.record import run_all
from tests.executors.conftest import CONFIG


def test_nobody_can_detach_from_what_ends_with_us(project):
    root = project(config=CONFIG)
    with pytest.raises(InputError, match=r"--detach: .*end with this program; use --executor slurm or ray"):
        run_all(root, executor="local", detach=True)
    assert not (root / ".artifactpack").exists()  # nothing was started


def test_an_engine_that_is_none():
    with pytest.raises(ConfigError, match="--executor dask: not one of local, slurm, ray"):
        check("dask")
    check("slurm", detach=True)
    check("ray", detach=True)
