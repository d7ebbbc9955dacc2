"""What recording costs: ratios of paired runs with and without the recorder, on this machine.

    python benchmarks/recorder.py [--quick] [--only PART …] [-o benchmarks/recorder.md]

Every pair runs one after the other, in turn first and second, so that what else the machine does hits both alike, and
never two at once. A ratio is the median of the pairs' ratios; beside it stands that of the cheapest runs, which other
work on the machine disturbs least. CPU time is that of the run's whole process tree, from wait4. How many steps make 20
seconds of it is measured first. On a shared machine a pair's two runs differ by several per cent for reasons that lie
outside it; the same loops are therefore also counted in instructions, by valgrind where it is installed, which no
neighbour changes. The whole takes an hour on two cores; -o replaces in its file the rows
that were measured, each as soon as it is, and leaves the others.
"""

from __future__ import annotations

import argparse
import math
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
from typing import IO

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


REMAINS = """
import sys, time
sys.argv = ["loop.py", "40"]
exec(open("loop.py").read())
counts = [0]
def best(work, times, rounds=200):
    spent = []
    for _ in range(rounds):
        began = time.thread_time_ns()
        for _ in range(times): work()
        spent.append((time.thread_time_ns() - began) / times)
    return min(spent)
def one():
    loss = nn.functional.cross_entropy(net(x[:32]), y[:32])
    opt.zero_grad(); loss.backward(); opt.step()
from torch.optim.optimizer import _global_optimizer_pre_hooks as hooks
def hooked():
    for hook in hooks.values(): hook(opt, (), {})
print(best(one, 5), best(lambda: sys.audit("builtins.id", 1), 2000), best(hooked, 2000))
sys.addaudithook(lambda event, arguments: counts.__setitem__(0, counts[0] + 1))
counts[0] = 0
for _ in range(100): one()
print(counts[0] / 100)
"""


@dataclass
class Cost:
    wall: float
    cpu: float
    memory: int


def run(argv: list[str], folder: Path, recorded: bool, output: int | IO[str] = subprocess.DEVNULL) -> Cost:
    """Run once and wait, on one thread, because threads that wait for others spin; the events are thrown away."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("ARTIFACTPACK")} | {"OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as events:
        if recorded:
            environ |= {"PYTHONPATH": str(BOOT), "ARTIFACTPACK_EVENTS": events, "ARTIFACTPACK_ROOT": str(folder)}
        began = time.perf_counter()
        process = subprocess.Popen(argv, cwd=folder, env=environ, stdout=output)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = status
        if status:
            raise SystemExit(f"failed: {argv}")
        return Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


Pairs = list[tuple[Cost, Cost]]


def pairs(argv: list[str], folder: Path, count: int) -> Pairs:
    """*count* pairs (off, on), one run at a time; what they need of the disk must have been read before."""
    found = []
    for number in range(count):
        order = (False, True) if number % 2 else (True, False)
        both = {recorded: run(argv, folder, recorded) for recorded in order}
        found.append((both[False], both[True]))
    return found


def warm(argv: list[str], folder: Path) -> None:
    """One run of each kind that does not count: it reads the disk and writes the caches."""
    for recorded in (False, True):
        run(argv, folder, recorded)


def calibrated(argv: Callable[[int], list[str]], folder: Path, seconds: float) -> int:
    """How many steps take *seconds* of CPU time, start-up not counted; the short runs warm the caches too."""
    warm(argv(1), folder)
    start, steps = run(argv(1), folder, False).cpu, 4
    while (cost := run(argv(steps), folder, False).cpu - start) < seconds / 20:
        steps *= 4
    return math.ceil(1.05 * seconds * steps / cost)


def added(found: Pairs, of: Callable[[Cost], float]) -> float:
    return statistics.median(of(on) - of(off) for off, on in found)


def row(name: str, value: str, target: str, ok: bool, note: str) -> str:
    return f"| {name} | {value} | {target} | {'yes' if ok else '**no**'} | {note}; load {os.getloadavg()[0]:.1f} |"


def cpu_row(name: str, found: Pairs, target: float, note: str) -> str:
    """The row of a ratio of CPU times: the median of the pairs', and that of the two cheapest runs."""
    ratios = [on.cpu / off.cpu for off, on in found]
    middle = statistics.median(ratios)
    best = min(on.cpu for _, on in found) / min(off.cpu for off, _ in found)
    value = f"{middle:.3f} (cheapest {best:.3f}, pairs {min(ratios):.3f}–{max(ratios):.3f})"
    each = f"{len(found)} pairs of {statistics.median(off.cpu for off, _ in found):.1f} s"
    return row(f"{name}, CPU time", value, f"≤ {target}", middle <= target, f"{each}{note}")


LONG = {False: (20.0, 5), True: (3.0, 3)}  # seconds of CPU time and pairs of a training: in full, quickly


def loop(folder: Path, quick: bool) -> Iterator[str]:
    (folder / "loop.py").write_text(LOOP, encoding="utf-8")
    seconds, count = LONG[quick]
    steps = calibrated(lambda n: [sys.executable, "loop.py", str(n)], folder, seconds)
    found = pairs([sys.executable, "loop.py", str(steps)], folder, count)
    yield cpu_row("training loop", found, 1.02, f", {steps} steps, of which the first 20 with the operator census")
    memory = added(found, lambda c: c.memory) / (1 << 20)
    yield row("memory added", f"{memory:.1f} MB", "≤ 20 MB", memory <= 20, "peak resident memory of the same runs")


def remains(folder: Path, quick: bool) -> Iterator[str]:
    """What is left on each step once the census is over, by its parts: other work hardly touches the best of many."""
    (folder / "loop.py").write_text(LOOP, encoding="utf-8")
    (folder / "remains.py").write_text(REMAINS, encoding="utf-8")
    told = {}
    for recorded in (False, True):
        with (folder / "told.txt").open("w+", encoding="utf-8") as file:
            run([sys.executable, "remains.py"], folder, recorded, file)
            file.seek(0)
            told[recorded] = [float(word) for word in file.read().split()]
    (step, bare, none, events), (_, heard, hook, _) = told[False], told[True]
    left = events * max(0.0, heard - bare) + max(0.0, hook - none)
    note = f"{left / 1e3:.2f} µs of {step / 1e3:.0f} µs: {events:.0f} audit events of {heard - bare:.0f} ns, one hook"
    yield row("left on each step after the census", f"{1 + left / step:.4f}", "≤ 1.02", left / step <= 0.02, note)


Lengths = tuple[int, int, int]  # of two runs that are counted, and of the one that is meant
COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")


def instructions(argv: list[str], folder: Path, recorded: bool) -> int:
    """What a program executes, as valgrind counts it: the same on a busy machine as on a quiet one."""
    counter = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    counter += [f"--log-file={folder / 'counted.txt'}"]
    run([*counter, *argv], folder, recorded)
    found = COUNTED.search((folder / "counted.txt").read_text(encoding="utf-8", errors="replace"))
    if not found:
        raise SystemExit("valgrind counted nothing")
    return int(found[1].replace(",", ""))


def counted(folder: Path, quick: bool) -> Iterator[str]:
    """The same loop by its instructions: what the start and the census cost, and what each step does after them."""
    (folder / "loop.py").write_text(LOOP, encoding="utf-8")

    def argv(steps: int) -> list[str]:
        return [sys.executable, "loop.py", str(steps)]

    steps = calibrated(argv, folder, LONG[False][0])
    yield counted_row("training loop", "step", argv, folder, (40, 240 if quick else 1040, steps))


def counted_row(name: str, unit: str, argv: Callable[[int], list[str]], folder: Path, lengths: Lengths) -> str:
    """The ratio of instructions of a run of the longest of *lengths*, drawn from the two that are counted."""
    if not shutil.which("valgrind"):
        missing = "not measured: valgrind is missing (apt-get install valgrind)"
        return row(f"{name}, instructions", "–", "≤ 1.02", False, missing)
    few, many, whole = lengths
    told = {}
    for recorded in (False, True):
        first, last = (instructions(argv(n), folder, recorded) for n in (few, many))
        told[recorded] = first, (last - first) / (many - few)
    (off, off_step), (on, on_step) = told[False], told[True]
    ratio = (on + on_step * (whole - few)) / (off + off_step * (whole - few))
    note = f"{whole:,} {unit}s: start, census of 20 steps and end add {(on - off) / 1e6:.0f} million"
    note += f", each {unit} after them has {on_step / off_step:.4f} of {off_step / 1e6:.2f} million"
    return row(f"{name}, instructions", f"{ratio:.4f}", "≤ 1.02", ratio <= 1.02, note)


EXAMPLES = Path(__file__).parent.parent / "examples"
ARRAYS = """
import numpy as np, sys
rng = np.random.default_rng(0)
def half(n): return rng.random((n, 64), np.float32), rng.integers(0, 10, n)
(train_x, train_y), (test_x, test_y) = half(1437), half(360)
np.savez(sys.argv[1], train_x=train_x, train_y=train_y, test_x=test_x, test_y=test_y)
"""


def example(folder: Path, quick: bool, name: str) -> Iterator[str]:
    """A shipped example, trained long enough that its start does not count."""
    place = folder / f"example-{name}"
    leave = shutil.ignore_patterns(".artifactpack", "mlruns", "multirun", "outputs")
    shutil.copytree(EXAMPLES / name, place, ignore=leave)
    python = interpreter(name, place, folder)
    if not python:
        yield row(f"examples/{name}, CPU time", "–", "≤ 1.02", False, "its requirements could not be installed")
        return

    def argv(epochs: int) -> list[str]:
        return [python, "train.py", *([f"epochs={epochs}"] if name == "tracked" else ["--epochs", str(epochs)])]

    seconds, count = LONG[quick]
    epochs = calibrated(argv, place, seconds)
    yield cpu_row(f"examples/{name}", pairs(argv(epochs), place, count), 1.02, f", {epochs} epochs")
    few = epochs // 40 + 1
    lengths = few, few + epochs // (40 if quick else 20) + 1, epochs
    yield counted_row(f"examples/{name}", "epoch", argv, place, lengths)


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


def start(folder: Path, quick: bool) -> Iterator[str]:
    count = 10 if quick else 40
    for name, program, number in (
        ("empty program", "pass", count),
        ("import numpy", "import numpy.random", count // 2),
        ("import torch", "import torch", max(3, count // 8)),
    ):
        argv = [sys.executable, "-c", program]
        warm(argv, folder)
        found = pairs(argv, folder, number)
        wall, cpu = added(found, lambda c: c.wall) * 1e3, added(found, lambda c: c.cpu) * 1e3
        note = f"{number} pairs; CPU {cpu:.0f} ms"
        yield row(f"start-up added, {name}", f"{wall:.0f} ms", "≤ 60 ms", wall <= 60, note)


def files(folder: Path, quick: bool) -> Iterator[str]:
    number = 20_000 if quick else 100_000
    data = folder / "data"
    for part in range(1000):
        (data / str(part)).mkdir(parents=True, exist_ok=True)
    for name in range(number):
        (data / str(name % 1000) / str(name)).write_text("x", encoding="utf-8")
    (folder / "files.py").write_text(FILES, encoding="utf-8")
    argv = [sys.executable, "files.py", "data", str(number)]
    warm(argv, folder)
    yield cpu_row("opening very many files", pairs(argv, folder, 3 if quick else 7), 1.25, f", {number:,} files")


DIVERGING = LOOP.replace("    i = step", "    if step == int(sys.argv[1]) // 2: torch.seed()\n    i = step")


def search(folder: Path, quick: bool) -> Iterator[str]:
    """The whole divergence search against one plain run of the same program."""
    from artifactpack.pipeline.divergence import trace_divergence

    steps = "2000" if quick else "8000"
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
    yield row("whole divergence search, wall time", f"{times:.1f}", "≤ 5", times <= 5 and found.found, note)


PARTS: dict[str, Callable[[Path, bool], Iterator[str]]] = {
    "start": start,
    "files": files,
    "remains": remains,
    "counted": counted,
    "loop": loop,
    **{name: partial(example, name=name) for name in ("digits", "pitfalls", "tracked")},
    "search": search,
}

HEAD = f"""# What recording costs

`python benchmarks/recorder.py -o benchmarks/recorder.md`, Python {platform.python_version()}, {os.cpu_count()} cores.
Ratios of paired runs, with the recorder / without; each row says what it was measured on. See the script.

| what | measured | target | met | how |
|---|---|---|---|---|
"""


def update(page: Path, fresh: str) -> None:
    """Put the row *fresh* into *page* in place of the one of the same name, or behind the others."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| what |")]
    named = {line.split("|")[1]: line for line in rows} | {fresh.split("|")[1]: fresh}
    page.write_text(HEAD + "\n".join(named.values()) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="some minutes instead of half an hour")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS), help="some of the parts")
    parser.add_argument("-o", "--output", type=Path)
    arguments = parser.parse_args()
    for part in arguments.only:
        with tempfile.TemporaryDirectory() as name:
            for line in PARTS[part](Path(name), arguments.quick):
                print(line, flush=True)
                if arguments.output:
                    update(arguments.output, line)


if __name__ == "__main__":
    main()
