"""Whatever fails, and whenever: the bundle that was there still verifies, and the next run succeeds."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from artifactpack.archive.content import Entry
from artifactpack.archive.reader import open_bundle
from artifactpack.archive.writer import write_bundle
from artifactpack.errors import RefusedError
from tests.support.apt import need
from tests.support.overwriting import overwrite

CHILD = """
import sys
from pathlib import Path
from artifactpack.archive.content import Entry
from artifactpack.archive.writer import write_bundle
from artifactpack.errors import ArtifactPackError
target, source, rounds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
entries = [Entry("data/project/" + p.name, "code", file=p) for p in sorted(source.iterdir())]
print("ready", flush=True)
sys.stdin.readline()
for number in range(rounds):
    text = b"round %d" % number
    try:
        write_bundle(target, entries, lambda _: [Entry("README.md", "meta", text)])
    except ArtifactPackError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "source").mkdir()
    (tmp_path / "source/a.py").write_text("print(1)\n" * 50)
    (tmp_path / "source/big.bin").write_bytes(os.urandom(3 << 20))
    (tmp_path / "out").mkdir()
    return tmp_path


def child(place: Path, rounds: int = 1, target: Path | None = None) -> subprocess.Popen[bytes]:
    """A process that is ready to write and waits for a line."""
    arguments = [str(target or place / "out/a.zip"), str(place / "source"), str(rounds)]
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def go(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")
    process.stdin.flush()


def finished(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    _, error = process.communicate(timeout=60)
    return process.returncode, error.decode()


def sound(target: Path) -> None:
    with open_bundle(target) as bundle:
        bundle.check()


def write(place: Path) -> None:
    process = child(place)
    go(process)
    assert finished(process) == (0, "")
    sound(place / "out/a.zip")
    assert [p.name for p in (place / "out").iterdir()] == ["a.zip"]


def kill_at_random(place: Path, times: int) -> int:
    """How often the file was caught half-written."""
    chance, caught = random.Random(7), 0
    for _ in range(times):
        process = child(place, rounds=10_000)
        go(process)
        time.sleep(chance.uniform(0, 0.03))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        sound(place / "out/a.zip")
        left = list((place / "out").glob(".*.part"))
        caught += len(left)
        assert len(left) <= 1  # what the one before left was swept
    return caught


@pytest.mark.slow
def test_survives_a_kill_at_any_moment(place):
    write(place)
    assert kill_at_random(place, 15)
    write(place)


@pytest.mark.exhaustive
def test_survives_two_hundred_kills(place):
    write(place)
    assert kill_at_random(place, 200) > 50
    write(place)


CALLS = (  # by name or, where C libraries differ, by pattern
    "pwrite64",
    "fsync",
    "rename",
    "openat",
    "preadv2?",
    "read",
    "newfstatat|fstat",
    "close",
    "unlink",
    "mkdir",
    "write",
    "lseek",
    "getdents64",
    "clone3?",
)


def traced(place: Path, *options: str) -> tuple[int, str, str]:
    """(exit status, what it said, the trace) of one write under strace, attached after start-up."""
    process, log = child(place), place / "trace.txt"
    strace = subprocess.Popen(
        [need("strace"), "-f", "-qq", "-o", str(log), "-p", str(process.pid), *options], stderr=subprocess.PIPE
    )
    for _ in range(200):
        if "TracerPid:\t0" not in Path(f"/proc/{process.pid}/status").read_text():
            break
        time.sleep(0.01)
    else:
        process.kill()
        process.communicate()
        pytest.skip("strace may not attach here")
    go(process)
    code, said = finished(process)
    strace.communicate(timeout=60)
    return code, said, log.read_text()


def fails_cleanly(place: Path, call: str, number: int, error: str) -> bool:
    """Whether *call* was made often enough by one thread to fail that time."""
    calls = f"/^({call})$"
    code, said, log = traced(place, "-e", f"trace={calls}", "-e", f"inject={calls}:error={error}:when={number}")
    assert code in (0, 2, 4), (call, number, said)
    assert len(said.splitlines()) == (code != 0)
    sound(place / "out/a.zip")
    left = [p for p in (place / "out").iterdir() if p.name != "a.zip"]
    assert len(left) <= (call in ("unlink", "close"))
    return "(INJECTED)" in log


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "number", "error"),
    [
        ("pwrite64", 1, "ENOSPC"),
        ("pwrite64", 5, "EIO"),
        ("fsync", 1, "EIO"),
        ("rename", 1, "EROFS"),
        ("preadv2?", 2, "EIO"),
        ("clone3?", 1, "EAGAIN"),
    ],
)
def test_one_failing_system_call(place, call, number, error):
    write(place)
    assert fails_cleanly(place, call, number, error)
    write(place)


@pytest.mark.exhaustive
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
@pytest.mark.parametrize("call", CALLS)
def test_every_failing_system_call(place, call, error):
    write(place)
    count = len(re.findall(rf"\b(?:{call})\(", traced(place, "-e", f"trace=/^({call})$")[2]))
    first = 2 if call == "read" else 1  # the first read waits for our line
    failed = [fails_cleanly(place, call, number, error) for number in range(first, count + 1)]
    assert any(failed), f"{call} is not called any more: name what took its place"
    write(place)


@contextlib.contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no mount here: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["full", "no-inodes", "read-only"])
def test_a_disk_that_gives_out_is_exit_4_and_leaves_what_was_there(place, kind):
    options = {"full": "size=5m", "no-inodes": "size=20m,nr_inodes=2", "read-only": "size=20m"}[kind]
    out = place / "out"
    with mounted(out, options):
        first = child(place)
        go(first)
        assert finished(first) == (0, "")
        before = (out / "a.zip").read_bytes()
        if kind == "read-only":
            subprocess.run(["mount", "-o", "remount,ro", str(out)], check=True)
        second = child(place)
        go(second)
        code, said = finished(second)
        assert (code, len(said.splitlines())) == (4, 1), said
        assert "cannot write" in said
        assert (out / "a.zip").read_bytes() == before
        assert [p.name for p in out.iterdir()] == ["a.zip"]


def small(tmp_path: Path) -> bytes:
    entries = [
        Entry("data/project/train.py", "code", b"print('hello')\n" * 20),
        Entry("data/project/w.bin", "weights", bytes(range(200)), executable=True),
        Entry("data/project/thin.bin", "data", expected="0" * 64, url="https://example.org/thin.bin", size=9),
    ]
    write_bundle(
        tmp_path / "small.zip", entries, lambda _: [Entry("README.md", "meta", b"# small\n" * 20)], compress=True
    )
    data = (tmp_path / "small.zip").read_bytes()
    assert len(data) < 10_000
    return data


def refused(path: Path, data: bytes) -> bool:
    overwrite(path, data)
    try:
        with open_bundle(path) as bundle:
            bundle.check(threads=1)
    except RefusedError:
        return True
    return False


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.slow
def test_sampled_bit_flips_and_truncations_are_refused(tmp_path):
    data, chance = small(tmp_path), random.Random(3)
    bits = chance.sample(range(len(data) * 8), 600)
    assert [b for b in bits if not refused(tmp_path / "x.zip", flipped(data, b))] == []
    cuts = [*chance.sample(range(len(data)), 150), len(data) - 1]
    assert [n for n in cuts if not refused(tmp_path / "x.zip", data[:n])] == []
    assert not refused(tmp_path / "x.zip", data)


@pytest.mark.exhaustive
@pytest.mark.timeout(1800)
def test_every_bit_flip_and_every_truncation_is_refused(tmp_path):
    data = small(tmp_path)
    assert [b for b in range(len(data) * 8) if not refused(tmp_path / "x.zip", flipped(data, b))] == []
    assert [n for n in range(len(data)) if not refused(tmp_path / "x.zip", data[:n])] == []
