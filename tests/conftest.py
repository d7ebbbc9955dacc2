"""What every test may use: a project made of a dict, and folders of the user's own that are thrown away."""

import gc
import itertools
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """What is exhaustive or drives an outside system is slow, too: ``-m "not slow"`` alone leaves it out."""
    for item in items:
        if item.get_closest_marker("exhaustive") or item.get_closest_marker("systems"):
            item.add_marker("slow")


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


@pytest.fixture(scope="session")
def kept_cache_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def kept_cache(own_home, kept_cache_folder, monkeypatch):
    """One cache for all who ask: the shipped lists are read once a session, not once a test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept_cache_folder))


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """``made_once(make)``: what *make* did in a folder and a home of its own, the first time it was asked for."""
    done = {}

    def once(make):
        if make not in done:
            done[make] = tmp_path_factory.mktemp("once")
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("XDG_STATE_HOME", str(done[make] / "state"))
                make(done[make])
        return done[make]

    return once


@pytest.fixture
def made_copy(made_once, own_home, tmp_path):
    """``made_copy(make)``: a test's own copy of what *make* makes, its state folder in the test's home."""

    def copy(make):
        for source in made_once(make).iterdir():
            target = own_home / "state" if source.name == "state" else tmp_path / source.name
            shutil.copytree(source, target, symlinks=True) if source.is_dir() else shutil.copy2(source, target)
        return tmp_path

    return copy


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


def pytest_collection_finish():
    """What is loaded by now stays: the collector need not walk it after every few tests."""
    gc.collect()
    gc.freeze()
