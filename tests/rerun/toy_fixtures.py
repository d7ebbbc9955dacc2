"""The toy paper, recorded once for all tests that need it."""

import shutil

import pytest

from tests.rerun.toy import make_toy, pack

_made = {}  # modules that import these fixtures share one recording


@pytest.fixture(scope="session")
def recorded(tmp_path_factory):
    """The recorded toy project and the state folder of its author; copy it before changing it."""
    if "toy" in _made:
        return _made["toy"]
    base = _made["toy"] = tmp_path_factory.mktemp("toy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(base / "cache"))
        patch.setenv("XDG_STATE_HOME", str(base / "state"))
        make_toy(base / "project")
    return base


@pytest.fixture(scope="session")
def honest(recorded):
    """The toy paper's bundle as its author made it."""
    if "bundle" not in _made:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_CACHE_HOME", str(recorded / "cache"))
            patch.setenv("XDG_STATE_HOME", str(recorded / "state"))
            _made["bundle"] = pack(recorded / "project", recorded / "toy.zip")
    return _made["bundle"]


@pytest.fixture
def toy(recorded, tmp_path):
    """A copy of the recorded toy project, in the hands of somebody else."""
    return shutil.copytree(recorded / "project", tmp_path / "project")


@pytest.fixture(scope="session")
def environments(tmp_path_factory):
    """One cache of environments for all re-runs of the session."""
    if "cache" not in _made:
        _made["cache"] = tmp_path_factory.mktemp("cache")
    return _made["cache"]


@pytest.fixture
def cached(environments, monkeypatch):
    """Reuse built environments, as on a reviewer's machine."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(environments))
