"""What every test may use: a project made of a dict, and folders of the user's own that are thrown away."""

import itertools
import os
import signal
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def homes(tmp_path_factory):
    """New names for folders, one a test; most tests never make theirs."""
    base = tmp_path_factory.mktemp("homes")
    return (base / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def own_home(homes, monkeypatch):
    """A fresh cache and state folder for every test: nothing of the developer's is read or written."""
    base = next(homes)
    monkeypatch.setenv("XDG_CACHE_HOME", str(base / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(base / "state"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    return base


@pytest.fixture
def make_tree(tmp_path):
    """Write ``{path: text or bytes}`` below a new folder and return it."""

    def make(files, name="project"):
        root = tmp_path / name
        root.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return root

    return make


@pytest.fixture
def examples():
    """The folder of the shipped example projects."""
    return ROOT / "examples"


def pytest_configure(config):
    """A second core is all there is: libraries that would take more are told so."""
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a background job; what is started would ignore it too
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # jsonschema imports this where it is installed, to know IRIs, which no schema here has: two seconds for nothing.
    sys.modules.setdefault("rfc3987_syntax", None)
