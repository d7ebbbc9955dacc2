"""What `check` costs on given folders, as ratios to `ruff check --no-cache --isolated` and to a peer, in one run.

    python benchmarks/scan.py FOLDER… [--rounds 5] [--peer PATH/TO/rrdoctor] [--start] [--output benchmarks/scan.md]

Whole processes are measured, interleaved, the first round thrown away. `cold` has an empty cache, `warm` the cache that
a check has just filled. Times are medians of wall-clock time (and of processor time, children included); ratios are
medians of the rounds' ratios. `--start` compares with `python -c pass` instead, as for the shipped example.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path


def measured(command: list[str], cache: Path) -> tuple[float, float, int]:
    """(wall seconds, processor seconds, peak resident MB) of one process."""
    environment = os.environ | {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(Path(__file__).parent.parent)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # as installed: nobody compiles all of it at every start
    started = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    wall = time.perf_counter() - started
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def rounds_of(folder: Path, peers: dict[str, list[str]], rounds: int) -> dict[str, list[tuple[float, float, int]]]:
    """Every contestant's measurements, interleaved; the first round is a warm-up."""
    check = [sys.executable, "-m", "artifactpack", "check", str(folder), "--fail-on", "never"]
    seen: dict[str, list[tuple[float, float, int]]] = {}
    with tempfile.TemporaryDirectory() as kept:
        measured(check, Path(kept))
        for number in range(rounds + 1):
            with tempfile.TemporaryDirectory() as empty:
                contestants = {"cold": (check, Path(empty)), "warm": (check, Path(kept))}
                contestants |= {name: (command, Path(kept)) for name, command in peers.items()}
                for name, (command, cache) in contestants.items():
                    result = measured(command, cache)
                    if number:
                        seen.setdefault(name, []).append(result)
    return seen


def told(folder: Path, seen: dict[str, list[tuple[float, float, int]]], peers: list[str]) -> Iterator[str]:
    """One line a contestant, then the ratios."""
    sources = [p for p in folder.rglob("*.py") if p.is_file() and not p.is_symlink()]
    size = sum(p.stat().st_size for p in sources)
    yield (f"{folder.name}: {len(sources)} Python files, {size / 1e6:.1f} MB")
    for name, results in seen.items():
        wall, cpu, memory = (statistics.median(values) for values in zip(*results, strict=True))
        yield (f"  {name:6} wall {wall * 1000:7.0f} ms   cpu {cpu * 1000:7.0f} ms   peak {memory:4.0f} MB")
    for peer in peers:
        for ours in ("cold", "warm"):
            pairs = list(zip(seen[ours], seen[peer], strict=True))
            wall = statistics.median(a[0] / b[0] for a, b in pairs)
            cpu = statistics.median(a[1] / max(b[1], 1e-6) for a, b in pairs)
            yield (f"  {ours}/{peer}: wall {wall:.2f}x   cpu {cpu:.2f}x")


def page(lines: list[str], rounds: int) -> str:
    """A page of Markdown: how it was measured, then *lines*."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    head = (
        "# What `check` costs\n\nWritten by `python benchmarks/scan.py FOLDER… --output benchmarks/scan.md`: whole "
        f"processes, interleaved, medians of {rounds} rounds, on {os.cpu_count()} cores with load {load} at the end. "
        "Where other work shares the cores, read the ratios of processor time: wall time hides what a second process "
        "gains on idle ones.\n\n```\n"
    )
    return head + "\n".join(lines) + "\n```\n"


def main() -> None:
    """Measure every folder that is given."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", help="the rrdoctor program of an environment of its own")
    parser.add_argument("--start", action="store_true", help="compare with `python -c pass`")
    parser.add_argument("--output", type=Path, help="also write a page of Markdown")
    arguments = parser.parse_args()
    lines: list[str] = []
    for folder in arguments.folders:
        peers: dict[str, list[str]] = {}
        if arguments.start:
            peers["pass"] = [sys.executable, "-c", "pass"]
        else:
            peers["ruff"] = [
                str(Path(sys.executable).with_name("ruff")),
                "check",
                "--no-cache",
                "--isolated",
                "--quiet",
                str(folder),
            ]
        if arguments.peer:
            peers["peer"] = [arguments.peer, "scan", str(folder)]
        for line in told(folder, rounds_of(folder, peers, arguments.rounds), list(peers)):
            print(line)
            lines.append(line)
    if arguments.output:
        arguments.output.write_text(page(lines, arguments.rounds), encoding="utf-8")


if __name__ == "__main__":
    main()
