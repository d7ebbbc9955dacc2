"""The strict reader against files made to deceive it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from artifactpack.archive.reader import open_bundle
from artifactpack.errors import RefusedError
from tests.archive.cases import ACCEPTED, REFUSED, good


@pytest.fixture
def zipped(tmp_path: Path):
    def write(data: bytes) -> Path:
        place = tmp_path / "in"
        place.mkdir()
        (place / "bundle.zip").write_bytes(data)
        return place / "bundle.zip"

    return write


HEAVY = {"sixty-thousand-entries", "bomb"}


def _marked(case):
    marks = [pytest.mark.slow] if case.id in HEAVY else []
    return pytest.param(case, id=f"{case.number}-{case.id}", marks=marks)


@pytest.mark.parametrize("case", [_marked(case) for case in REFUSED])
def test_refuses(case, zipped, tmp_path):
    path = zipped(case.make())
    started = time.process_time()
    with pytest.raises(RefusedError) as caught, open_bundle(path) as bundle:
        bundle.check()
    assert time.process_time() - started < 2
    line = str(caught.value)
    assert case.reason in line
    assert line.isprintable()
    with pytest.raises(RefusedError), open_bundle(path) as bundle:
        bundle.extract(tmp_path / "out")
    assert sorted(os.listdir(tmp_path)) == ["in"]
    assert os.listdir(path.parent) == ["bundle.zip"]


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda c: f"{c.number}-{c.id}")
def test_accepts(case, zipped, tmp_path):
    with open_bundle(zipped(case.make())) as bundle:
        bundle.check()
        bundle.extract(tmp_path / "out")
    with open_bundle(tmp_path / "out") as unpacked:
        unpacked.check()
        assert unpacked.digest == bundle.digest


def test_every_numbered_case_is_there():
    assert {c.number for c in (*REFUSED, *ACCEPTED)} | {103} == set(range(1, 104))


@pytest.mark.parametrize("make", [Path.mkdir, lambda p: p.symlink_to(p.parent)], ids=["exists", "link"])
def test_103_refuses_to_extract_into_what_is_there(make, zipped, tmp_path):
    make(tmp_path / "out")
    with open_bundle(zipped(good())) as bundle, pytest.raises(RefusedError, match="is there already"):
        bundle.extract(tmp_path / "out")
    assert not (tmp_path / "data").exists()


LARGE = [
    c
    for c in REFUSED
    if c.id in ("bomb", "sixty-thousand-entries", "zip64-count", "zip64-directory-size", "full-overlap")
]
PROBE = """
import sys
from pathlib import Path
from artifactpack.archive.reader import open_bundle
from artifactpack.errors import RefusedError
try:
    open_bundle(Path(sys.argv[1])).check()
except RefusedError:
    sys.exit(3)
"""


@pytest.mark.slow
@pytest.mark.parametrize("case", LARGE, ids=lambda c: c.id)
def test_refuses_within_200_mb(case, zipped):
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))  # address space: twice what is resident

    path = zipped(case.make())
    assert subprocess.run([sys.executable, "-c", PROBE, str(path)], preexec_fn=limit, check=False).returncode == 3
