"""What recording costs: ratios of paired runs with and without the recorder, on this machine.

    python benchmarks/recorder.py [--quick] [--only PART …] [-o benchmarks/recorder.md]

Every pair runs one after the other, in turn first and second, so that what else the machine does hits both alike; the
ratio is the median of the pairs' ratios. CPU time is that of the run's whole process tree, from wait4.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

BOOT = Path(__file__).parent.parent / "artifactpack" / "recorder" / "inside" / "boot"

LOOP = """
import random, sys
import numpy as np, torch
from torch import nn
random.seed(0); np.random.seed(0); torch.manual_seed(0); torch.set_num_threads(1)
net = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Dropout(0.1), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))
opt = torch.optim.Adam(net.parameters())
x, y = torch.randn(512, 64), torch.randint(0, 10, (512,))
for step in range(int(sys.argv[1])):
    i = step % 16 * 32
    loss = nn.functional.cross_entropy(net(x[i : i + 32]), y[i : i + 32])
    opt.zero_grad(); loss.backward(); opt.step()
"""
FILES = """
import os, sys
folder = sys.argv[1]
for number in range(int(sys.argv[2])):
    with open(f"{folder}/{number % 1000}/{number}") as file:
        file.read()
"""


@dataclass
class Cost:
    wall: float
    cpu: float
    memory: int


def run(argv: list[str], folder: Path, recorded: bool) -> Cost:
    """Run once and wait; the events are thrown away."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("ARTIFACTPACK")}
    with tempfile.TemporaryDirectory() as events:
        if recorded:
            environ |= {"PYTHONPATH": str(BOOT), "ARTIFACTPACK_EVENTS": events, "ARTIFACTPACK_ROOT": str(folder)}
        began = time.perf_counter()
        process = subprocess.Popen(argv, cwd=folder, env=environ, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = status
        if status:
            raise SystemExit(f"failed: {argv}")
        return Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def pairs(argv: list[str], folder: Path, count: int) -> list[tuple[Cost, Cost]]:
    """*count* pairs (off, on) after one discarded run of each."""
    run(argv, folder, False), run(argv, folder, True)
    found = []
    for number in range(count):
        order = (False, True) if number % 2 else (True, False)
        both = {recorded: run(argv, folder, recorded) for recorded in order}
        found.append((both[False], both[True]))
    return found


def ratio(found: list[tuple[Cost, Cost]], of: Callable[[Cost], float]) -> float:
    return statistics.median(of(on) / of(off) for off, on in found)


def added(found: list[tuple[Cost, Cost]], of: Callable[[Cost], float]) -> float:
    return statistics.median(of(on) - of(off) for off, on in found)


def row(name: str, value: str, target: str, ok: bool, note: str) -> str:
    return f"| {name} | {value} | {target} | {'yes' if ok else '**no**'} | {note} |"


def loop(folder: Path, quick: bool) -> list[str]:
    (folder / "loop.py").write_text(LOOP, encoding="utf-8")
    steps, count = ("4000", 3) if quick else ("40000", 5)
    found = pairs([sys.executable, "loop.py", steps], folder, count)
    cpu, memory = ratio(found, lambda c: c.cpu), added(found, lambda c: c.memory) / (1 << 20)
    seconds = statistics.median(off.cpu for off, _ in found)
    note = f"{count} pairs of {steps} steps, {seconds:.0f} s of CPU each; operator census of 20 steps included"
    return [
        row("training loop, CPU time", f"{cpu:.3f}", "≤ 1.02", cpu <= 1.02, note),
        row("memory added", f"{memory:.1f} MB", "≤ 20 MB", memory <= 20, "peak resident memory of the same runs"),
    ]


EXAMPLES = Path(__file__).parent.parent / "examples"
ARRAYS = """
import numpy as np, sys
rng = np.random.default_rng(0)
def half(n): return rng.random((n, 64), np.float32), rng.integers(0, 10, n)
(train_x, train_y), (test_x, test_y) = half(1437), half(360)
np.savez(sys.argv[1], train_x=train_x, train_y=train_y, test_x=test_x, test_y=test_y)
"""


def examples(folder: Path, quick: bool, names: tuple[str, ...] = ("digits", "pitfalls", "tracked")) -> Iterator[str]:
    """The shipped examples, trained long enough that their start does not count."""
    long = {"digits": ["--epochs", "600"], "pitfalls": ["--epochs", "400"], "tracked": ["epochs=10000"]}
    for path in (EXAMPLES / name for name in names):
        place = folder / f"example-{path.name}"
        shutil.copytree(path, place, ignore=shutil.ignore_patterns(".artifactpack", "mlruns", "multirun", "outputs"))
        python = interpreter(path.name, place, folder)
        if not python:
            yield row(f"examples/{path.name}", "–", "≤ 1.02", False, "its requirements could not be installed")
            continue
        more = [word if not quick else re.sub(r"00$", "", word) for word in long[path.name]]
        found = pairs([python, "train.py", *more], place, 3 if quick else 5)
        cpu, seconds = ratio(found, lambda c: c.cpu), statistics.median(off.cpu for off, _ in found)
        note = f"{len(found)} pairs of {seconds:.0f} s of CPU each, {' '.join(more)}"
        yield row(f"examples/{path.name}, CPU time", f"{cpu:.3f}", "≤ 1.02", cpu <= 1.02, note)


def interpreter(name: str, place: Path, folder: Path) -> str:
    """The Python that runs an example, made ready to run here; "" where that cannot be."""
    if name == "pitfalls":  # it reads its data from an absolute path, one of the faults it is there to show
        subprocess.run([sys.executable, "-c", ARRAYS, "digits.npz"], cwd=place, check=True)
        train = place / "train.py"
        train.write_text(train.read_text(encoding="utf-8").replace("/data/digits/digits.npz", "digits.npz"))
    if name != "tracked":
        return sys.executable
    subprocess.run([sys.executable, "-m", "venv", folder / "environment"], check=True)
    python = folder / "environment" / "bin" / "python"
    install = [python, "-m", "pip", "install", "-q", "-r", place / "requirements.txt"]
    return str(python) if subprocess.run(install, check=False).returncode == 0 else ""


def start(folder: Path, quick: bool) -> list[str]:
    count = 10 if quick else 40
    bare = pairs([sys.executable, "-c", "pass"], folder, count)
    numpy = pairs([sys.executable, "-c", "import numpy.random"], folder, max(5, count // 2))
    lines = []
    for name, found in (("start-up added, empty program", bare), ("start-up added, import numpy", numpy)):
        wall, cpu = added(found, lambda c: c.wall) * 1e3, added(found, lambda c: c.cpu) * 1e3
        lines.append(row(name, f"{wall:.0f} ms", "≤ 60 ms", wall <= 60, f"{len(found)} pairs; CPU {cpu:.0f} ms"))
    return lines


def files(folder: Path, quick: bool) -> list[str]:
    number = 20_000 if quick else 100_000
    data = folder / "data"
    for part in range(1000):
        (data / str(part)).mkdir(parents=True, exist_ok=True)
    for name in range(number):
        (data / str(name % 1000) / str(name)).write_text("x", encoding="utf-8")
    (folder / "files.py").write_text(FILES, encoding="utf-8")
    found = pairs([sys.executable, "files.py", "data", str(number)], folder, 3 if quick else 5)
    cpu = ratio(found, lambda c: c.cpu)
    return [row(f"{number:,} files opened, CPU time", f"{cpu:.2f}", "≤ 1.25", cpu <= 1.25, f"{len(found)} pairs")]


DIVERGING = LOOP.replace("    i = step", "    if step == int(sys.argv[1]) // 2: torch.seed()\n    i = step")


def search(folder: Path, quick: bool) -> list[str]:
    """The whole divergence search against one plain run of the same program."""
    from artifactpack.pipeline.divergence import trace_divergence

    steps = "4000" if quick else "20000"
    place = folder / "search"
    place.mkdir()
    (place / "loop.py").write_text(DIVERGING, encoding="utf-8")
    (place / "artifactpack.toml").write_text(
        f'[environment]\npython = "{sys.executable}"\n[commands.go]\nrun = ["{{python}}", "loop.py", "{steps}"]\n',
        encoding="utf-8",
    )
    plain = statistics.median(run([sys.executable, "loop.py", steps], place, False).wall for _ in range(3))
    found = trace_divergence(place)
    times = found.seconds / plain
    note = f"one run {plain:.1f} s; found {found.operator} at {found.path}:{found.line}"
    return [row("whole divergence search, wall time", f"{times:.1f}", "≤ 5", times <= 5 and found.found, note)]


PARTS = {
    "start": start,
    "files": files,
    "loop": loop,
    **{name: partial(examples, names=(name,)) for name in ("digits", "pitfalls", "tracked")},
    "search": search,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a minute instead of a quarter of an hour")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS), help="some of the parts")
    parser.add_argument("-o", "--output", type=Path)
    arguments = parser.parse_args()
    lines = [
        "# What recording costs",
        "",
        f"`python benchmarks/recorder.py{' --quick' if arguments.quick else ''}`, Python {platform.python_version()},",
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start. Ratios of paired runs; see the script.",
        "",
        "| what | measured | target | met | how |",
        "|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as name:
        for part in arguments.only:
            for line in PARTS[part](Path(name), arguments.quick):
                print(line, flush=True)
                lines.append(line)
    if arguments.output:
        arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
