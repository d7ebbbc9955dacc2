"""What the engines cost around the runs, and folders of many files: `python -m benchmarks.executors`.

Schedule: seeds of a job that sleeps, on two slots, by `record` as a whole process; the ideal is seeds × seconds / 2.
One run before it, which is not measured, finds the engine up and the disk read.
Slurm and Ray are clusters of two nodes in a namespace of their own, started here (root, slurm-wlm, the ray extra).
Slurm 22 starts what follows at its next full second, which makes six of five: there `slurm.pack` lets runs share a task
(`--pack 1`: each has its own).
Collection: run folders with records as a real run leaves them, read and summarised as `record` does at its end, and
taken in as a cluster's are. Hashing: against `sha256sum` on two processes, and again with nothing changed;
`find`, which only looks at each file, is the floor of the latter. Exits 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from benchmarks.scale import files, timed

SCHEDULE, COLLECT, SPEED, AGAIN = 1.1, 10.0, 0.8, 20.0  # × ideal, seconds for 10,000, × sha256sum, × faster
JOB = """
import json, sys, time
time.sleep(float(sys.argv[2]))
json.dump({"score": float(sys.argv[1])}, open(sys.argv[3] + "/metrics.json", "w"))
"""
CONFIG = """
[commands.train]
slurm = {{ pack = {pack} }}
run = ["{{python}}", "job.py", "{{seed}}", "{seconds}", "{{out}}"]
"""


def project(folder: Path, seconds: float, pack: int = 1) -> Path:
    """A project whose one command sleeps and writes a number."""
    root = folder / f"project-{seconds:g}"
    root.mkdir()
    (root / "artifactpack.toml").write_text(CONFIG.format(seconds=seconds, pack=pack))
    (root / "job.py").write_text(JOB)
    return root


def schedule(engine: str, seeds: int, seconds: float, folder: Path, pack: int) -> float:
    """Wall seconds of `record` over the ideal schedule, with *pack* runs in a task of Slurm's."""
    with cluster(engine, folder / "c") as there:
        environ = there.environ if there else dict(os.environ)
        environ |= {"XDG_STATE_HOME": f"{folder}/state", "XDG_CACHE_HOME": f"{folder}/cache"}

        def record(root: Path, last: int) -> None:
            command = [sys.executable, "-m", "artifactpack", "record", str(root), "--quiet", "--seeds", f"0-{last}"]
            command += ["--executor", engine] + (["--jobs", "2"] if engine == "local" else [])
            subprocess.run(there.inside(*command) if there else command, env=environ, check=True)

        record(project(folder, 0, pack), 1)
        root = project(folder, seconds, pack)
        wall = timed(lambda: record(root, seeds - 1))
    done = list((root / ".artifactpack" / "runs").glob("*/record.json"))
    if len(done) != seeds:
        sys.exit(f"{engine}: {len(done)} records of {seeds}")
    return wall / (seeds * seconds / 2)


def cluster(engine: str, folder: Path):  # type: ignore[no-untyped-def] # the tests' own helpers
    if engine == "local":
        return nullcontext()
    from tests.executors import ray_cluster, slurm_cluster

    folder.mkdir()
    return {"slurm": slurm_cluster, "ray": ray_cluster}[engine].Cluster(folder)


def collecting(count: int, folder: Path) -> tuple[float, float]:
    """Seconds to read and summarise *count* run folders of a real record, and to take them in."""
    from artifactpack.core.reference import reference_run
    from artifactpack.executors.collect import collect_all
    from artifactpack.pipeline.record import record
    from artifactpack.recorder.plan import RunPlan
    from artifactpack.recorder.store import RunStore, commit
    from artifactpack.recorder.worker import Job

    os.environ["XDG_STATE_HOME"] = f"{folder}/state"
    root = project(folder, 0)
    record(root, seeds=(0,))
    (one,) = RunStore(root).records()
    for number in range(1, count):
        place = RunStore(root).runs / f"train-s{number}-0"
        place.mkdir()
        commit(place, replace(one, id=place.name, seed=number))
    gc.set_threshold(50_000, 20, 20)  # as the command line does
    began = time.process_time()
    read = timed(lambda: reference_run(RunStore(root).records()))
    used = time.process_time() - began
    plans = [RunPlan(id=f"train-s{n}-0", command="train", argv=(), seed=n) for n in range(1, count)]
    runs = RunStore(root).runs
    jobs = [Job(plan=p, root=str(root), folder=str(runs / p.id), python="", code=one.code) for p in plans]
    taken = timed(lambda: collect_all(jobs))
    size = (RunStore(root).runs / one.id / "record.json").stat().st_size
    told = f"read and summarised in {read:.1f} s ({used:.1f} CPU), taken in {taken:.1f} s"
    print(f"{count} records of {size / 1024:.0f} KiB: {told}")
    return read, taken


def hashing(count: int, size: int, folder: Path) -> tuple[float, float, float]:
    """(our speed / that of `sha256sum` on two processes, seconds a file first and again) for *count* files of *size*
    bytes."""
    data = folder / "data"
    data.mkdir()
    files(data, count, size)
    peer = f"find {data} -type f -print0 | xargs -0 -P2 -n 256 sha256sum >/dev/null"
    ours = [sys.executable, "-c", "from benchmarks.executors import hash_once; hash_once()", str(data)]
    os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
    cost: Callable[..., tuple[float, float]] = spent
    cost("sh", "-c", peer)  # the page cache is warm for all
    theirs = cost("sh", "-c", peer)
    time.sleep(2.5)  # fresher files would not be remembered: they may change within one tick of their time stamp
    first, again = (inside(ours) for _ in range(2))
    floor = cost("sh", "-c", f"find {data} -printf '%s %T@ %C@ %i' >/dev/null")
    rows = {"sha256sum -P2": theirs, "ours": first, "again": again, "find": floor}
    told = ", ".join(f"{name} {wall:.2f} s ({cpu:.2f} CPU)" for name, (wall, cpu, *_) in rows.items())
    print(f"{count} files of {size / 1024:g} KiB: {told}; peak memory {first[2] >> 10} MiB a process")
    return theirs[0] / first[0], first[0] / count, again[0] / count


def all_hashing(count: int, sizes: list[float]) -> int:
    """How many targets are missed at the first of *sizes* (KiB); says from which size on the second holds."""
    found = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            # no more than 12 GiB, which stay in memory: a disk would be measured in its place
            found.append(hashing(min(count, int((12 << 20) / size)), int(size * 1024), Path(place)))
        speed, first, again = found[-1]
        told = f"  {speed:.2f} of sha256sum's speed (wanted ≥ {SPEED}), again {first / again:.1f}× faster"
        print(f"{told} (wanted ≥ {AGAIN:g}); a file {first * 1e6:.0f} µs, again {again * 1e6:.1f} µs")
    if len(sizes) > 1:
        slope = (found[-1][1] - found[0][1]) / (sizes[-1] - sizes[0])
        again = sum(one[2] for one in found) / len(found)
        print(f"  {AGAIN:g}× from {max(0.0, sizes[0] + (AGAIN * again - found[0][1]) / slope):.0f} KiB a file on")
    return sum((found[0][0] < SPEED, found[0][1] / found[0][2] < AGAIN))


def spent(*command: str) -> tuple[float, float]:
    """Wall and CPU seconds of *command* and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = timed(lambda: subprocess.run(command, check=True))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def inside(command: list[str]) -> tuple[float, float, int]:
    """Wall and CPU seconds of one hash, without the interpreter's start, and the largest process (KiB)."""
    wall, cpu, memory = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return wall, cpu, memory


def hash_once() -> None:
    """Hash the folder named by the only argument and print (wall, CPU, peak KiB)."""
    from artifactpack.recorder.folder_hash import hash_folder

    wall = timed(lambda: hash_folder(Path(sys.argv[1])))
    used = os.times()
    both = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps([wall, used.user + used.system + used.children_user + used.children_system, max(both)]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engines", default="local,slurm,ray", help='"" for none')
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument(
        "--pack", type=int, default=25, help="runs that share a task of Slurm's, which starts one a second"
    )
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument(
        "--sizes",
        default="1,16,110",
        help="KiB a file; the first is held against the targets, the last is ImageNet's mean",
    )
    options = parser.parse_args()
    missed = 0
    for engine in filter(None, options.engines.split(",")):
        with tempfile.TemporaryDirectory(prefix="b") as place:
            ratio = schedule(engine, options.seeds, options.seconds, Path(place), options.pack)
        missed += ratio > SCHEDULE
        what = f"{options.seeds} seeds of {options.seconds:g} s on 2 slots"
        print(f"{engine}: {what}: {ratio:.2f} of the ideal schedule (wanted ≤ {SCHEDULE})")
    if options.runs:
        with tempfile.TemporaryDirectory() as place:
            missed += max(collecting(options.runs, Path(place))) * 10_000 / options.runs > COLLECT
    if options.files:
        missed += all_hashing(options.files, [float(size) for size in options.sizes.split(",")])
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
