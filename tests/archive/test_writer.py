"""The writer: same bytes everywhere, whole or not at all, and nothing packed that is not what it was."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from artifactpack.archive import writer as writer_module
from artifactpack.archive import zipform
from artifactpack.archive.content import Entry, digest
from artifactpack.archive.reader import open_bundle
from artifactpack.archive.writer import write_bundle
from artifactpack.errors import InputError, RefusedError

BIG = (3 << 20) + 17


def entry(path: Path, name: str = "", **more: object) -> Entry:
    return Entry(f"data/project/{name or path.name}", "code", file=path, size=path.stat().st_size, **more)


def no_tags(_: object) -> list[Entry]:
    return [Entry("README.md", "meta", b"# read me, please, for a while\n" * 9)]


@pytest.fixture
def files(tmp_path: Path) -> list[Entry]:
    folder = tmp_path / "src"
    folder.mkdir()
    (folder / "big.bin").write_bytes(bytes(range(256)) * (BIG // 256) + b"!" * (BIG % 256))
    (folder / "train.py").write_text("print('hello')\n" * 40)
    (folder / "empty").touch()
    (folder / "ünï.txt").write_text("x")
    return [entry(p) for p in folder.iterdir()]


def test_same_bytes_whatever_the_order_threads_umask_and_time_zone(files, tmp_path, monkeypatch):
    write_bundle(tmp_path / "a.zip", files, no_tags)
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    old = os.umask(0o077)
    try:
        write_bundle(tmp_path / "b.zip", reversed(files), no_tags, threads=1)
    finally:
        os.umask(old)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_where_no_second_thread_may_start_one_does_it_all(files, tmp_path, monkeypatch):
    write_bundle(tmp_path / "a.zip", files, no_tags)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    write_bundle(tmp_path / "b.zip", files, no_tags)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with open_bundle(tmp_path / "b.zip") as bundle:
        bundle.check()


def test_digest_is_equal_stored_deflated_thin_and_unpacked(files, tmp_path):
    stored = write_bundle(tmp_path / "a.zip", files, no_tags)
    deflated = write_bundle(tmp_path / "b.zip", files, no_tags, compress=True)
    big = next(m for m in stored.members if m.path.endswith("big.bin"))
    thin = Entry(big.path, "data", expected=big.sha256, url="https://example.org/big.bin", size=big.size)
    others = [f for f in files if f.path != big.path]
    write_bundle(tmp_path / "c.zip", [*others, thin], no_tags)
    assert (tmp_path / "b.zip").stat().st_size < (tmp_path / "a.zip").stat().st_size
    with zipfile.ZipFile(tmp_path / "b.zip") as plain:
        assert {i.compress_type for i in plain.infolist()} == {0, 8}
    for name in ("a", "b", "c"):
        with open_bundle(tmp_path / f"{name}.zip") as bundle:
            bundle.check()
            bundle.extract(tmp_path / name)
            assert bundle.digest == stored.digest == deflated.digest
        with open_bundle(tmp_path / name) as unpacked:
            unpacked.check()
            assert unpacked.digest == stored.digest


def test_write_read_write_gives_the_same_bytes(files, tmp_path):
    write_bundle(tmp_path / "a.zip", files, no_tags)
    with open_bundle(tmp_path / "a.zip") as bundle:
        again = [Entry(m.path, m.role, bundle.read(m.path)) for m in bundle.manifest.members]
    payload = [e for e in again if e.path.startswith("data/")]
    write_bundle(tmp_path / "b.zip", payload, lambda _: [e for e in again if e not in payload])
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_everything_is_checked_by_sha256sum(files, tmp_path):
    write_bundle(tmp_path / "a.zip", files, no_tags)
    subprocess.run(["unzip", "-q", "a.zip", "-d", "out"], cwd=tmp_path, check=True)
    lists = ["manifest-sha256.txt", "tagmanifest-sha256.txt"]
    subprocess.run(["sha256sum", "--quiet", "--strict", "-c", *lists], cwd=tmp_path / "out", check=True)
    (tmp_path / "out/data/project/train.py").write_text("changed")
    done = subprocess.run(
        ["sha256sum", "--quiet", "-c", *lists], cwd=tmp_path / "out", capture_output=True, check=False
    )
    assert b"train.py: FAILED" in done.stdout


def test_is_a_valid_bag(files, tmp_path):
    bagit = pytest.importorskip("bagit")
    write_bundle(tmp_path / "a.zip", files, no_tags)
    with open_bundle(tmp_path / "a.zip") as bundle:
        bundle.extract(tmp_path / "out")
    assert bagit.Bag(str(tmp_path / "out")).validate()


def test_keeps_whether_a_file_is_a_program(tmp_path):
    script = tmp_path / "run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o700)
    write_bundle(tmp_path / "a.zip", [entry(script, executable=True)], no_tags)
    with open_bundle(tmp_path / "a.zip") as bundle:
        bundle.extract(tmp_path / "out")
    assert os.access(tmp_path / "out/data/project/run.sh", os.X_OK)
    assert not os.access(tmp_path / "out/README.md", os.X_OK)


class Changing:
    """Changes the file behind the writer's back whenever a block is read, *times* times."""

    def __init__(self, path: Path, times: int) -> None:
        self.path, self.left, self.pread = path, times, os.preadv

    def __call__(self, fd: int, buffers: list, offset: int) -> int:
        if self.left and os.path.sameopenfile(fd, self.probe):
            self.left -= 1
            with self.path.open("ab") as file:
                file.write(b"more")
        return self.pread(fd, buffers, offset)

    def __enter__(self) -> Changing:
        self.probe = os.open(self.path, os.O_RDONLY)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.probe)


def test_a_file_that_changes_is_packed_again(files, tmp_path, monkeypatch):
    path = tmp_path / "src/big.bin"
    with Changing(path, 2) as changing:
        monkeypatch.setattr(writer_module.os, "preadv", changing)
        write_bundle(tmp_path / "a.zip", files, no_tags)
    monkeypatch.undo()
    with open_bundle(tmp_path / "a.zip") as bundle:
        bundle.check()
        member = bundle.member("data/project/big.bin")
        assert member is not None
        assert (member.size, member.sha256) == (BIG + 8, hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_file_that_shrinks_while_it_is_packed_leaves_no_tail(tmp_path, monkeypatch):
    path = tmp_path / "big.bin"
    path.write_bytes(b"x" * (9 << 20))
    preadv = os.preadv

    def shrinking(fd, buffers, offset):
        if offset == 6 << 20:
            os.truncate(path, 10)
        return preadv(fd, buffers, offset)

    monkeypatch.setattr(writer_module.os, "preadv", shrinking)
    write_bundle(tmp_path / "a.zip", [entry(path)], no_tags)
    monkeypatch.undo()
    with open_bundle(tmp_path / "a.zip") as bundle:
        bundle.check()
        assert bundle.member("data/project/big.bin").size == 10


def test_a_file_that_keeps_changing_is_an_error_that_names_it(files, tmp_path, monkeypatch):
    (tmp_path / "a.zip").write_text("what was there")
    with Changing(tmp_path / "src/big.bin", 99) as changing:
        monkeypatch.setattr(writer_module.os, "preadv", changing)
        with pytest.raises(InputError, match=r"big\.bin keeps changing"):
            write_bundle(tmp_path / "a.zip", files, no_tags)
    assert (tmp_path / "a.zip").read_text() == "what was there"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip", "src"]


def test_refuses_a_file_that_is_not_what_the_run_read(files, tmp_path):
    wrong = entry(tmp_path / "src/train.py", expected="0" * 64)
    with pytest.raises(RefusedError, match=r"train\.py is not the file that the recorded run read"):
        write_bundle(tmp_path / "a.zip", [wrong], no_tags)
    assert not (tmp_path / "a.zip").exists()


@pytest.mark.parametrize("make", ["fifo", "link", "folder"])
def test_never_opens_what_is_not_a_regular_file(make, tmp_path):
    odd = tmp_path / "odd"
    {"fifo": os.mkfifo, "link": lambda p: p.symlink_to("/etc/passwd"), "folder": os.mkdir}[make](odd)
    odd_entry = Entry("data/project/odd", "data", file=odd)
    with pytest.raises(InputError, match="odd"):
        write_bundle(tmp_path / "a.zip", [odd_entry], no_tags)


@pytest.mark.parametrize("name", ["a:b", "../a", "con", "x/.git/config", "a\nb", "e\u0301", "a;1", "100%0A"])
def test_will_not_write_what_the_reader_refuses(name, files, tmp_path):
    with pytest.raises(InputError, match="cannot pack"):
        write_bundle(tmp_path / "a.zip", [entry(tmp_path / "src/train.py", name)], no_tags)


def test_sweeps_what_a_dead_process_recorded_and_nothing_else(tmp_path, monkeypatch, files):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    look_alike = tmp_path / ".a.zip.999999.deadbeef.part"
    look_alike.write_text("somebody else's")
    code = (
        "import os, sys; from pathlib import Path; from artifactpack.archive.atomic import replacing\n"
        "with replacing(Path(sys.argv[1])) as fd: os.write(fd, b'half'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.zip")], check=False)
    left = [p for p in tmp_path.glob(".a.zip.*.part") if p != look_alike]
    assert len(left) == 1
    write_bundle(tmp_path / "b.zip", files, no_tags)
    assert not left[0].exists()
    assert look_alike.read_text() == "somebody else's"
    assert not list((tmp_path / "state/artifactpack/parts").iterdir())


def test_leaves_a_living_process_its_file(tmp_path, monkeypatch, files):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    inside, leave = threading.Event(), threading.Event()

    def tags(_: object) -> list[Entry]:
        inside.set()
        leave.wait(10)
        return no_tags(_)

    slow = threading.Thread(target=write_bundle, args=(tmp_path / "slow.zip", files, tags))
    slow.start()
    inside.wait(10)
    write_bundle(tmp_path / "b.zip", files, no_tags)
    leave.set()
    slow.join()
    with open_bundle(tmp_path / "slow.zip") as bundle:
        bundle.check()


def test_zip64_only_where_a_number_does_not_fit():
    small = zipform.Header(b"a", 0, 1, 10, 10, 0)
    big = zipform.Header(b"a", 0, 1, 5 << 30, 5 << 30, 0)
    far = zipform.Header(b"a", 0, 1, 10, 10, 5 << 30)
    assert [len(zipform.local(h)) - 31 for h in (small, big, far)] == [0, 20, 0]
    assert [len(zipform.central(h)) - 47 for h in (small, big, far)] == [0, 20, 12]
    assert [len(zipform.end(n, 1, 1)) for n in (65_534, 65_535)] == [22, 98]
    assert len(zipform.end(1, 1, 0xFFFFFFFE)) == 22
    assert len(zipform.end(1, 1, 0xFFFFFFFF)) == 98


@pytest.mark.slow
def test_many_members_need_zip64_and_are_read_again(tmp_path):
    entries = [Entry(f"data/project/{i:06d}", "data", b"") for i in range(65_600)]
    manifest = write_bundle(tmp_path / "a.zip", entries, no_tags)
    with open_bundle(tmp_path / "a.zip") as bundle:
        assert bundle.digest == manifest.digest == digest(manifest.members)
    with zipfile.ZipFile(tmp_path / "a.zip") as plain:
        assert len(plain.infolist()) == 65_600 + 6


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


@pytest.mark.exhaustive
def test_a_member_over_4_gib(tmp_path):
    if shutil.disk_usage(tmp_path).free < 12 << 30:
        pytest.skip("needs 12 GiB of disk")
    _sparse(tmp_path / "huge.bin", (4 << 30) + 5)
    (tmp_path / "z.txt").write_text("after it")
    write_bundle(tmp_path / "a.zip", [entry(tmp_path / "huge.bin"), entry(tmp_path / "z.txt")], no_tags)
    with open_bundle(tmp_path / "a.zip") as bundle:
        bundle.check()
    subprocess.run(["unzip", "-tq", str(tmp_path / "a.zip")], check=True)


def test_both_checksums_are_the_same():
    import zlib

    from artifactpack.archive.crc import crc32

    assert crc32(b"abc" * 999, 7) == zlib.crc32(b"abc" * 999, 7)
