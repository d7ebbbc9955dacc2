"""The double-blind twin: redacted where understood, still running, refused while a mark is left, provable later."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from artifactpack.archive.anonymise import redacted
from artifactpack.archive.anonymise_media import cleaned
from artifactpack.archive.anonymise_redact import Redactor, name_tokens
from artifactpack.archive.anonymise_scan import check_archive, scan_archive
from artifactpack.archive.anonymise_seal import prove, read_seal, seal, write_seal
from artifactpack.archive.content import Entry
from artifactpack.archive.writer import write_bundle
from artifactpack.errors import InputError, RefusedError
from artifactpack.models.anonymise import RedactedCopy
from artifactpack.models.scan import Mark
from artifactpack.pipeline.anonymise import redacted_copy, remote_marks
from artifactpack.scan import identity
from artifactpack.scan.marks import Matcher
from tests.scan.planted import TERMS, plants, write

TERM, USER, MAIL = (
    Mark(kind="term", text="nebulab"),
    Mark(kind="user name", text="zquack"),
    Mark(kind="e-mail", text="z@q.edu"),
)
CANNOT = {"pickle", "npz", "pdf-page", "tar-owner"}  # what is never patched: the archive's scan must refuse these


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "named"
    write(root)
    (root / "src/nebulab_util.py").write_text('class NebulabNet:\n    """At Nebulab."""\n\n    name = "nebulab"\n')
    (root / "src/use.py").write_text("from nebulab_util import NebulabNet\n\nprint(NebulabNet.name)\n")
    return root


@pytest.fixture
def copied(project):
    copy = redacted_copy(project, TERMS)
    yield copy
    shutil.rmtree(Path(copy.root).parent)


def _zip(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(f for f in folder.rglob("*") if f.is_file()):
            archive.write(file, f"data/project/{file.relative_to(folder).as_posix()}")
    return target


def test_no_planted_mark_is_left_unsaid(copied, tmp_path):
    scan = scan_archive(_zip(Path(copied.root), tmp_path / "a.zip"), copied.marks)
    left = {s.path.removeprefix("data/project/") for s in scan.sightings}
    assert left == {p.path for p in plants() if p.id in CANNOT}


def test_what_is_not_patched_stops_the_bundle_with_file_and_mark(copied, tmp_path):
    with pytest.raises(RefusedError, match=r"cache/a\.pkl: user name 'picklehome'") as caught:
        check_archive(_zip(Path(copied.root), tmp_path / "a.zip"), copied.marks)
    assert caught.value.exit_code == 3


def test_places_are_told_apart_on_one_line_too(tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p/a.py").write_text("# by zquack\n# at nebulab\n")
    with pytest.raises(RefusedError) as caught:
        check_archive(_zip(tmp_path / "p", tmp_path / "a.zip"), [USER, TERM])
    line = " ".join(str(caught.value).split())
    assert line.endswith("a.py:1: user name 'zquack'; data/project/a.py:2: term 'nebulab'")


def test_accepting_by_pattern_lets_it_pass_and_says_so(copied, tmp_path):
    accept = ["cache/*.pkl", "data/a.npz", "data/a.tar", "fig/d.pdf"]
    scan = check_archive(_zip(Path(copied.root), tmp_path / "a.zip"), copied.marks, accept)
    assert any("picklehome" in text for text in scan.accepted)


def test_the_copy_runs_and_the_project_is_untouched(copied, project, tmp_path):
    done = subprocess.run([sys.executable, "src/use.py"], cwd=copied.root, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("anon")
    again = tmp_path / "again"
    write(again)
    for file in (f for f in again.rglob("*") if f.is_file()):
        assert (project / file.relative_to(again)).read_bytes() == file.read_bytes()


def test_the_archives_own_name_is_looked_at(tmp_path):
    archive = _zip(tmp_path, tmp_path / "nebulab-artifact.zip")
    with pytest.raises(RefusedError, match=r"nebulab-artifact\.zip"):
        check_archive(archive, [TERM])


def test_the_line_is_told(tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p/a.py").write_text("x = 1\ny = 2  # by zquack\n")
    with pytest.raises(RefusedError, match=r"data/project/a\.py:2: user name 'zquack'"):
        check_archive(_zip(tmp_path / "p", tmp_path / "a.zip"), [USER])


def test_what_cannot_be_opened_stops_it_but_weights_do_not(tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p/w.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(64))
    scan = check_archive(_zip(tmp_path / "p", tmp_path / "a.zip"), [])
    assert any("w.h5" in note for note in scan.notes)
    (tmp_path / "p/x.parquet").write_bytes(b"PAR1" + bytes(64))
    with pytest.raises(RefusedError, match=r"x\.parquet: parquet.* \(not scanned\)"):
        check_archive(_zip(tmp_path / "p", tmp_path / "b.zip"), [])


# --- what is rewritten, and how

SOURCE = '''"""By zquack at Nebulab <z@q.edu>."""
import os

zquack = 1  # zquack
NEBULAB_DIR = os.path.join("/home", "zquack")
class NebulabNet: pass
'''


def test_python_keeps_its_names_unless_they_are_terms():
    text = Redactor([TERM, USER, MAIL]).data("a.py", SOURCE.encode()).decode()
    tree = ast.parse(text)
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    assert "zquack" in names  # a name, not ours to change: the final scan will tell
    assert "ANON1_DIR" in names
    assert "class Anon1Net" in text
    assert text.count("zquack") == 1
    assert "anon3@example.org" in text


def test_a_module_that_is_renamed_is_renamed_where_it_is_imported():
    redactor = Redactor([USER], renamed=["zquack_tools"])
    assert redactor.path("src/zquack_tools.py") == "src/anon1_tools.py"
    assert redactor.data("a.py", b"import zquack_tools\n") == b"import anon1_tools\n"


def test_name_tokens_of_what_is_no_python_are_none():
    assert name_tokens(b"print 'x\n  (") == []


def test_binaries_are_returned_as_they_are():
    data = b"\0\1nebulab\2" * 9
    assert redacted("x.bin", data, Redactor([TERM])) == data


def test_two_files_that_become_one_are_an_error(tmp_path):
    for name in ("alpha-net.txt", "alpha_net.txt"):
        (tmp_path / name).write_text("x")
    copy = {"alpha-net.txt": tmp_path / "alpha-net.txt", "alpha_net.txt": tmp_path / "alpha_net.txt"}
    from artifactpack.archive.anonymise import copy_redacted

    with pytest.raises(InputError, match="would both be called"):
        copy_redacted(copy, tmp_path / "out", Redactor([Mark(kind="term", text="alpha net")]))


@pytest.mark.parametrize(
    "plant",
    [
        pytest.param(p, id=p.id)
        for p in plants()
        if p.path.startswith(("fig/a", "fig/b", "fig/c", "doc/", "nb/b", "nb/c", "nb/d"))
    ],
)
def test_metadata_is_taken_out_and_the_rest_kept(plant):
    clean = cleaned(plant.path, plant.data)
    assert plant.needle.split()[0].encode() not in clean
    assert not [m for m in identity.collect(plant.path, clean) if m.text == plant.needle]
    assert not identity.find(plant.path, clean, Matcher([])).sightings
    if plant.path.endswith(".pdf"):
        assert len(clean) == len(plant.data)
    if plant.path.endswith(".png"):
        assert clean.endswith(plant.data[-12:])


@pytest.mark.parametrize(
    ("url", "owner"),
    [
        ("https://github.com/zq-lab/x.git", "zq-lab"),
        ("git@github.com:zq-lab/x.git", "zq-lab"),
        ("ssh://git@git.nebula.edu:22/zq-lab/x", "zq-lab"),
        ("https://user:pw@gitlab.com/zq-lab/sub/x", "zq-lab"),
    ],
)
def test_owner_of_a_remote(url, owner):
    assert owner in [m.text for m in remote_marks(url)]


# --- the sealed mapping


def _bundle(folder: Path, files: dict[str, Path], target: Path) -> str:
    entries = [
        Entry(path=f"data/project/{p}", role="code", file=f, executable=False, expected="", size=f.stat().st_size)
        for p, f in files.items()
    ]
    return write_bundle(target, entries, lambda _: [], name="x").digest


def _walk(root: Path) -> dict[str, Path]:
    return {f.relative_to(root).as_posix(): f for f in sorted(root.rglob("*")) if f.is_file()}


@pytest.fixture
def twins(project, copied, tmp_path):
    named, blind = tmp_path / "named.zip", tmp_path / "blind.zip"
    one = _bundle(tmp_path, _walk(project), named)
    two = _bundle(tmp_path, _walk(Path(copied.root)), blind)
    return named, blind, seal(copied, one, two), copied


def test_a_sealed_mapping_proves_that_both_are_the_same_work(twins):
    named, blind, sealed, _ = twins
    proof = prove(named, blind, sealed)
    assert proof.same, proof.faults
    assert proof.untouched > 0 < proof.redacted


def test_another_work_is_not_proved(twins, tmp_path):
    named, _, sealed, copied = twins
    (Path(copied.root) / "src/use.py").write_text("print('other')\n")
    _bundle(tmp_path, _walk(Path(copied.root)), tmp_path / "other.zip")
    proof = prove(named, tmp_path / "other.zip", sealed)
    assert not proof.same
    assert any("use.py" in fault for fault in proof.faults)


def test_the_mapping_is_for_its_owners_eyes(twins, tmp_path):
    target = tmp_path / "keep" / "seal.json"
    write_seal(target, twins[2])
    assert target.stat().st_mode & 0o077 == 0
    assert read_seal(target) == twins[2]
    target.write_text(json.dumps({"schema": 3}))
    with pytest.raises(InputError, match="not a sealed mapping"):
        read_seal(target)


def test_an_empty_copy_seals_nothing():
    assert seal(RedactedCopy(root=""), "a", "b").members == ()
