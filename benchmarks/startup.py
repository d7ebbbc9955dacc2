"""What a command costs before it does anything, against `python -c pass`: `python benchmarks/startup.py`.

Ratios of CPU time (user and system, children included), medians of interleaved rounds after one unmeasured round: on a
busy machine CPU time says more than the clock. Exits 1 where a promise is broken.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from pathlib import Path

PROMISES = {"--version": 1.2, "--help": 1.5}
OTHERS = 12.0


def cpu(command: list[str]) -> float:
    """Seconds of CPU that *command* takes."""
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.execv(command[0], command)
    _, _, usage = os.wait4(pid, 0)
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Measure every command and print a table of ratios."""
    from artifactpack.cli.table import COMMANDS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    tool = [str(Path(sys.executable).with_name("artifactpack"))]  # what people type; `python -m` adds runpy to it
    cases = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "--version": [*tool, "--version"],
        "--help": [*tool, "--help"],
        **{f"{name} --help": [*tool, name, "--help"] for name in COMMANDS},
    }
    taken: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(rounds + 1):
        for name, command in cases.items():
            seconds = cpu(command)
            if number:
                taken[name].append(seconds)
    base = statistics.median(taken["python -c pass"])
    print(f"`python -c pass`: {base * 1000:.0f} ms of CPU, median of {rounds}\n")
    print("| command | ratio | promise |\n|---|---|---|")
    broken = 0
    for name, values in list(taken.items())[1:]:
        ratio, promise = statistics.median(values) / base, PROMISES.get(name, OTHERS)
        broken += ratio > promise
        print(f"| `artifactpack {name}` | {ratio:.2f} | ≤ {promise:g}{' **broken**' if ratio > promise else ''} |")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
