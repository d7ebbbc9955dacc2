"""What we accept, every other program reads as the same names and bytes."""

from __future__ import annotations

import os
import subprocess
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifactpack.archive import names
from artifactpack.archive.content import Entry
from artifactpack.archive.reader import open_bundle
from artifactpack.archive.writer import write_bundle
from tests.support.apt import need

SEGMENT = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
PATH = st.lists(SEGMENT, min_size=1, max_size=4).map(lambda parts: "data/project/" + "/".join(parts))
FILES = st.dictionaries(PATH.filter(lambda p: not names.fault(p)), st.binary(max_size=300), max_size=6)
UTF8 = {**os.environ, "LC_ALL": "C.UTF-8"}


def tree(folder: Path) -> dict[str, bytes]:
    found = {}
    for where, _, files in os.walk(folder):
        for file in files:
            path = Path(where, file)
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def by_zipfile(archive: Path, folder: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def by_command(*command: str):
    def read(archive: Path, folder: Path) -> dict[str, bytes]:
        words = [w.format(archive=archive, folder=folder) for w in command]
        subprocess.run([need(words[0]), *words[1:]], check=True, capture_output=True, env=UTF8, cwd=folder)
        return tree(folder)

    return read


READERS = {
    "zipfile": by_zipfile,
    "unzip": by_command("unzip", "-q", "{archive}"),
    "bsdtar": by_command("bsdtar", "-xf", "{archive}"),
    "7z": by_command("7z", "x", "-y", "-bd", "{archive}"),
}


def check(files: dict[str, bytes], compress: bool, readers: list[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        archive, ours = Path(place, "a.zip"), Path(place, "ours")
        entries = [Entry(path, "data", data) for path, data in files.items()]
        write_bundle(archive, entries, lambda _: [Entry("README.md", "meta", b"# a\n" * 99)], compress=compress)
        with open_bundle(archive) as bundle:
            bundle.extract(ours)
        expected = tree(ours)
        assert {k: v for k, v in expected.items() if k in files} == files
        for name in readers:
            folder = Path(place, name)
            folder.mkdir()
            assert READERS[name](archive, folder) == expected, name


def clean(files: dict[str, bytes]) -> bool:
    return not names.collisions(files)


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(FILES.filter(clean), st.booleans())
def test_zipfile_reads_the_same(files, compress):
    check(files, compress, ["zipfile"])


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(FILES.filter(clean), st.booleans())
def test_every_other_reader_reads_the_same(files, compress):
    check(files, compress, list(READERS))


@pytest.mark.exhaustive
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(FILES.filter(clean), st.booleans())
def test_every_other_reader_reads_the_same_at_length(files, compress):
    check(files, compress, list(READERS))


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_refused_in_one_line(data):
    from artifactpack.errors import RefusedError

    with tempfile.TemporaryDirectory() as place:
        Path(place, "a.zip").write_bytes(data)
        with pytest.raises(RefusedError) as caught:
            open_bundle(Path(place, "a.zip"))
        assert str(caught.value).isprintable()


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60))
def test_a_name_is_either_refused_or_safe_to_join(name):
    if not names.fault(name):
        assert os.path.normpath(f"/base/x/{name}") == f"/base/x/{name}"
        assert ".git" not in name.lower().split("/")
