"""Packing and verifying against tar, zip, openssl and other bundlers.

`python benchmarks/archive.py > benchmarks/archive.md` writes the table.
Every figure is of whole processes on the same tree, medians of interleaved rounds; the tree is read from and written to
one folder (``--place``; a tmpfs keeps the disk's moods out of it). On a busy machine only the CPU ratios mean anything.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

PACK = """
import sys
from pathlib import Path
from artifactpack.archive.content import Entry
from artifactpack.archive.writer import write_bundle
root, target, threads = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
entries = [Entry(f"data/project/{p.relative_to(root)}", "code", file=p) for p in root.rglob("*") if p.is_file()]
write_bundle(target, entries, lambda _: [Entry("README.md", "meta", b"# benchmark")], threads=threads)
"""
CHECK = """
import sys
from pathlib import Path
from artifactpack.archive.reader import open_bundle
with open_bundle(Path(sys.argv[1])) as bundle:
    bundle.check(threads=int(sys.argv[2]))
"""
BAGIT = "import bagit, sys; bagit.make_bag(sys.argv[1], checksums=['sha256'])"
MLFLOW = """
import os, sys
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
import mlflow
mlflow.set_tracking_uri("file:" + sys.argv[2])
with mlflow.start_run():
    mlflow.log_artifacts(sys.argv[1])
"""


def make_tree(root: Path, gib: float, sources: int) -> None:
    """*gib* GiB of incompressible weights in four files, and Python sources of about 22 kB each."""
    chance = random.Random(1)
    block = chance.randbytes(16 << 20)
    for number in range(4):
        with (root / f"weights{number}.bin").open("wb") as file:
            left = int(gib * (1 << 30)) // 4
            while left > 0:
                left -= file.write(block[: min(left, len(block))])
    line = "def function_{}(value):\n    return value * {} + {}\n"
    for number in range(sources):
        folder = root / f"package{number % 50}"
        folder.mkdir(exist_ok=True)
        text = "".join(line.format(i, chance.random(), number) for i in range(350))
        (folder / f"module{number}.py").write_text(text)


class Times(NamedTuple):
    """Seconds of one process and its children: on the clock, and of processors."""

    wall: float
    cpu: float


def timed(*words: object, cwd: Path | None = None) -> Times:
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([str(w) for w in words], check=True, capture_output=True, cwd=cwd)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Times(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def interleaved(jobs: dict[str, Callable[[], Times]], rounds: int) -> dict[str, Times]:
    """The medians of each job's times; one unmeasured round first, and the order turned every time."""
    times: dict[str, list[Times]] = {name: [] for name in jobs}
    for number in range(rounds + 1):
        names = list(jobs)[number % len(jobs) :] + list(jobs)[: number % len(jobs)]
        for name in names:
            seconds = jobs[name]()
            if number:
                times[name].append(seconds)
    return {name: Times(*map(statistics.median, zip(*found, strict=True))) for name, found in times.items()}


def packing(root: Path, out: Path, peers: Path | None, rounds: int) -> dict[str, Times]:
    """Times by tool; those that copy the tree first are timed without that copy."""
    ours, tar = (sys.executable, "-c", PACK, root), ("tar", "-C", root, "-cf")
    zipped = ("zip", "-qr", "-n", ".bin", out / "a.zip", ".")
    jobs: dict[str, Callable[[], Times]] = {
        "artifactpack, 1 thread": lambda: anew(out / "ours.zip", *ours, out / "ours.zip", 1),
        "artifactpack, 2 threads": lambda: anew(out / "ours.zip", *ours, out / "ours.zip", 2),
        "tar -cf": lambda: anew(out / "a.tar", *tar, out / "a.tar", "."),
        "tar -cf, then sync": lambda: plus(anew(out / "a.tar", *tar, out / "a.tar", "."), timed("sync", out / "a.tar")),
        "zip -r -n .bin": lambda: anew(out / "a.zip", *zipped, cwd=root),
    }
    found = interleaved(jobs, rounds)
    slow: dict[str, Callable[[], Times]] = {"bagit.py, then zip -0": lambda: _bagit(root, out)}
    if peers is not None:
        slow["mlflow log_artifacts"] = lambda: _mlflow(root, out, peers)
        slow["reprozip pack"] = lambda: _reprozip(root, out, peers)
    return found | {name: min(times) for name, job in slow.items() if (times := twice(name, job))}


def anew(target: Path, *words: object, cwd: Path | None = None) -> Times:
    """The time of the command *words* that writes *target*, which is not there: replacing a file frees its pages."""
    target.unlink(missing_ok=True)
    return timed(*words, cwd=cwd)


def plus(a: Times, b: Times) -> Times:
    return Times(a.wall + b.wall, a.cpu + b.cpu)


def twice(name: str, job: Callable[[], Times]) -> list[Times]:
    """Two measurements; none, with the reason on standard error, where the program does not run here."""
    try:
        return [job() for _ in range(2)]
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", None) or b"").decode(errors="replace").strip().splitlines()
        print(f"{name} was not measured: {said[-1] if said else error}", file=sys.stderr)
        return []


def _mlflow(root: Path, out: Path, peers: Path) -> Times:
    shutil.rmtree(out / "mlruns", ignore_errors=True)
    return timed(peers / "bin/python", "-c", MLFLOW, root, out / "mlruns")


def _bagit(root: Path, out: Path) -> Times:
    shutil.rmtree(out / "bag", ignore_errors=True)
    shutil.copytree(root, out / "bag")
    bag = timed(sys.executable, "-c", BAGIT, out / "bag")
    packed = anew(out / "bag.zip", "zip", "-0qr", out / "bag.zip", ".", cwd=out / "bag")
    shutil.rmtree(out / "bag")
    return plus(bag, packed)


def _reprozip(root: Path, out: Path, peers: Path) -> Times:
    """A trace of one program that reads every file, then the timed pack."""
    reprozip, trace = peers / "bin/reprozip", out / "trace"
    read = f"import pathlib; [p.open('rb').read(1) for p in pathlib.Path({str(root)!r}).rglob('*') if p.is_file()]"
    timed(reprozip, "trace", "--overwrite", "-d", trace, "python3", "-c", read)
    return anew(out / "a.rpz", reprozip, "pack", "-d", trace, out / "a.rpz")


def verifying(archive: Path, rounds: int) -> dict[str, Times]:
    return interleaved(
        {
            "verify, 1 thread": lambda: timed(sys.executable, "-c", CHECK, archive, 1),
            "verify, 2 threads": lambda: timed(sys.executable, "-c", CHECK, archive, 2),
            "openssl dgst -sha256": lambda: timed("openssl", "dgst", "-sha256", archive),
            "sha256sum": lambda: timed("sha256sum", archive),
        },
        rounds,
    )


def peak(code: str, *arguments: object) -> float:
    """Peak resident memory of a Python process in MB."""
    tail = "\nprint(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"  # ru_maxrss counts the parent too
    words = [sys.executable, "-c", code + tail, *map(str, arguments)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1]) / 1000


def memory(place: Path, gib: int) -> tuple[float, float]:
    """(packing, verifying) peak MB above start-up for one member of *gib* GiB."""
    start = peak("import artifactpack.archive.writer, artifactpack.archive.reader")
    with tempfile.TemporaryDirectory(dir=place) as folder:
        root = Path(folder, "in")
        root.mkdir()
        with (root / "weights.bin").open("wb") as file:
            file.truncate(gib << 30)
        target = Path(folder, "a.zip")
        return peak(PACK, root, target, 2) - start, peak(CHECK, target, 2) - start


def rows(found: dict[str, Times], ours: tuple[str, ...], title: str) -> list[str]:
    heads = " | ".join(f"{o}: wall, CPU ÷ this" for o in ours)
    lines = [f"\n| {title} | wall s | CPU s | {heads} |", f"|---|---|---|{'---|' * len(ours)}"]
    for name, t in found.items():
        ratios = " | ".join(f"{found[o].wall / t.wall:.2f}, {found[o].cpu / t.cpu:.2f}" for o in ours)
        lines.append(f"| {name} | {t.wall:.2f} | {t.cpu:.2f} | {ratios} |")
    return lines


TARGETS = (
    ("artifactpack, 1 thread", "tar -cf", 1.15),
    ("artifactpack, 2 threads", "tar -cf", 0.9),
    ("artifactpack, 1 thread", "tar -cf, then sync", 1.15),
    ("artifactpack, 2 threads", "tar -cf, then sync", 0.9),
    ("artifactpack, 2 threads", "zip -r -n .bin", 0.4),
    ("artifactpack, 2 threads", "bagit.py, then zip -0", 1.0),
    ("artifactpack, 2 threads", "mlflow log_artifacts", 1.0),
    ("artifactpack, 2 threads", "reprozip pack", 1.0),
    ("verify, 1 thread", "openssl dgst -sha256", 1.05),
    ("verify, 2 threads", "openssl dgst -sha256", 0.6),
)


def against_targets(found: dict[str, Times]) -> list[str]:
    """Ratios against what was aimed at, on the clock; peers that were not measured are left out."""
    lines = ["\n| ratio | wall | CPU | target | wall met |\n|---|---|---|---|---|"]
    for ours, peer, target in TARGETS:
        if peer in found:
            ratio, cpu = found[ours].wall / found[peer].wall, found[ours].cpu / found[peer].cpu
            met = "yes" if ratio <= target else "no"
            lines.append(f"| {ours} ÷ {peer} | {ratio:.2f} | {cpu:.2f} | ≤ {target:g} | {met} |")
    return lines


def peers_of(place: Path) -> Path:
    """A Python of its own with the other bundlers."""
    folder = place / "peers"
    if not (folder / "bin/reprozip").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        packages = ["setuptools<80", "mlflow-skinny", "reprozip"]
        subprocess.run([folder / "bin/pip", "install", "-q", *packages], check=True, stdout=sys.stderr)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--place", type=Path, default=Path(tempfile.gettempdir()), help="folder to read and write in")
    parser.add_argument("--gib", type=float, default=1.0, help="GiB of weights")
    parser.add_argument("--sources", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", type=Path, help="folder for a virtual environment with the other bundlers")
    parser.add_argument("--large", type=int, default=8, help="GiB of the larger memory measurement; 0 leaves it out")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    peers = peers_of(options.peers) if options.peers else None
    with tempfile.TemporaryDirectory(dir=options.place) as folder:
        root, out = Path(folder, "tree"), Path(folder, "out")
        root.mkdir()
        out.mkdir()
        make_tree(root, options.gib, options.sources)
        packed = packing(root, out, peers, options.rounds)
        for path in out.iterdir():
            if path.name != "ours.zip":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        verified = verifying(out / "ours.zip", options.rounds)
    kind = subprocess.run(["stat", "-f", "-c", "%T", options.place], capture_output=True, text=True, check=True)
    lines = [
        "# Archive: cost",
        "",
        f"`python benchmarks/archive.py --place {kind.stdout.strip()}-folder`: {options.gib:g} GiB of weights in four "
        f"files and {options.sources} sources, median of {options.rounds} interleaved rounds, page cache warm,",
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}. Ours hashes every file "
        f"and syncs the result to disk; tar and zip do neither. Every tool writes a new file. "
        f"Load average at the start {load:.1f}, at the end {os.getloadavg()[0]:.1f}.",
        *rows(packed, ("artifactpack, 1 thread", "artifactpack, 2 threads"), "packing"),
        *rows(verified, ("verify, 1 thread", "verify, 2 threads"), "verifying"),
        *against_targets(packed | verified),
        "\n| peak memory above start-up | packing | verifying |\n|---|---|---|",
    ]
    for gib in filter(None, (1, options.large)):
        pack, check = memory(options.place, gib)
        lines.append(f"| one member of {gib} GiB | {pack:.0f} MB | {check:.0f} MB |")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
