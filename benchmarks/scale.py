"""The slopes that docs/scale.md plans with, measured on this machine, and what they come to at sizes it has not.

    python -m benchmarks.scale [--files 20000] [--runs 2000] [--megabytes 256]
    python -m benchmarks.scale --plan '{"file": …}'        # only the table, from slopes that were printed before

Slopes are seconds for each file, byte and run: hashing a folder the first time and again, bundling, verifying, reading
records, and what recording a run adds to the program's own time. Straight lines through two measured sizes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

# name: (files, bytes, runs, artifacts)
PLANS = {
    "a paper: 2,000 files, 2 GB, 50 runs": (2_000, 2e9, 50, 1),
    "a million files, 100 GB": (1_000_000, 1e11, 50, 1),
    "10 TB in 10,000 files": (10_000, 1e13, 50, 1),
    "10,000 runs": (2_000, 2e9, 10_000, 1),
    "a conference of 10,000 artifacts": (2_000, 2e9, 50, 10_000),
}
LINE = 125e6  # bytes a second: 1 Gbit/s


def files(folder: Path, count: int, size: int = 1024) -> None:
    """*count* files of *size* bytes, 1,000 in a folder, older than the time stamps' resolution."""
    for start in range(0, count, 1000):
        inner = folder / f"{start // 1000:04}"
        inner.mkdir(parents=True)
        for number in range(start, min(count, start + 1000)):
            path = inner / str(number)
            path.write_bytes(number.to_bytes(4, "little") * (size // 4))
            os.utime(path, (1_000_000_000, 1_000_000_000))


def timed(work: Callable[[], object]) -> float:
    """Wall seconds of *work*."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def hashing(count: int, base: Path) -> dict[str, float]:
    """Seconds for each of *count* small files: hashed, and looked at again."""
    from artifactpack.recorder.folder_hash import hash_folder

    files(base / "data", count)
    time.sleep(2.5)  # fresher files would not be remembered: they may change within one tick of their time stamp
    first = timed(lambda: hash_folder(base / "data"))
    return {"file": first / count, "again": timed(lambda: hash_folder(base / "data")) / count}


def hashing_bytes(megabytes: int, base: Path) -> float:
    """Seconds for each byte of one large file."""
    from artifactpack.recorder.hashing import sha256_file

    large(base / "large", megabytes)
    return timed(lambda: sha256_file(base / "large")) / (megabytes << 20)


def large(path: Path, megabytes: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    block = os.urandom(1 << 20)
    with path.open("wb") as file:
        for _ in range(megabytes):
            file.write(block)


def archiving(count: int, megabytes: int, base: Path) -> dict[str, float]:
    """Seconds for each file and each byte to bundle, and to verify: a project of small files, and one large one."""
    from artifactpack.pipeline.bundle import Options, bundle
    from artifactpack.pipeline.verify import verify

    found = {}
    files(base / "many" / "data", count)
    large(base / "one" / "data" / "large.bin", megabytes)
    for name, per, number in (("many", "file", count), ("one", "byte", megabytes << 20)):
        target = base / f"{name}.zip"
        root = base / name
        (root / "README.md").write_text("A project.\n")
        found[f"bundle_{per}"] = timed(lambda r=root, t=target: bundle(r, t, Options(pdf=False))) / number  # type: ignore[misc]
        found[f"verify_{per}"] = timed(lambda t=target: verify(t)) / number  # type: ignore[misc]
    return found


def recording(base: Path, seeds: int = 10) -> float:
    """Seconds that recording adds to each run of a program that does nothing."""
    (base / "job").mkdir()
    (base / "job" / "artifactpack.toml").write_text('[commands.train]\nrun = ["{python}", "-c", "pass"]\n')
    command = [sys.executable, "-m", "artifactpack", "record", str(base / "job"), "-q", "--seeds"]
    subprocess.run([*command, "0"], check=True)  # what is looked up once and remembered
    one, all_ = (timed(lambda s=s: subprocess.run([*command, s], check=True)) for s in ("1", f"2-{seeds + 1}"))  # type: ignore[misc]
    bare = timed(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True))
    return max(0.0, (all_ - one) / (seeds - 1) - bare)


def collecting(count: int, base: Path) -> float:
    """Seconds for each of *count* run folders to be read and summarised."""
    from artifactpack.core.reference import reference_run
    from artifactpack.models.run import Metric, RunRecord
    from artifactpack.recorder.store import RunStore, commit

    store = RunStore(base / "runs")
    one = RunRecord(id="x", command="train", seed=0, metrics=(Metric(name="a", last=1, minimum=0, maximum=1),))
    for number in range(count):
        folder = store.runs / f"train-s{number}"
        folder.mkdir(parents=True)
        commit(folder, replace(one, id=folder.name, seed=number))
    return timed(lambda: reference_run(RunStore(base / "runs").records())) / count


def plans(slopes: dict[str, float]) -> str:
    """What each plan costs, beside the programs' own time and the environment."""
    columns = ("record", "hash", "hash again", "bundle", "verify", "fetch at 1 Gbit/s", "read records")
    rows = [f"| plan | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for name, (count, size, runs, artifacts) in PLANS.items():

        def line(of: str, count: float = count, size: float = size) -> float:
            return count * slopes[f"{of}file"] + size * slopes[f"{of}byte"]

        once = (runs * slopes["record"], line(""), count * slopes["again"], line("bundle_"), line("verify_"))
        cells = (*once, size / LINE, runs * slopes["run"])
        rows.append(f"| {name} | " + " | ".join(hours(cell * artifacts) for cell in cells) + " |")
    return "\n".join(rows)


def hours(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"


def measured(count: int, runs: int, megabytes: int) -> dict[str, float]:
    """All slopes of this machine."""
    with tempfile.TemporaryDirectory() as place:
        base = Path(place)
        os.environ |= {"XDG_CACHE_HOME": f"{base}/cache", "XDG_STATE_HOME": f"{base}/state"}
        slopes = hashing(count, base) | {"byte": hashing_bytes(megabytes, base)}
        slopes |= archiving(min(count, 5000), megabytes, base)
        return slopes | {"record": recording(base), "run": collecting(runs, base)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--plan", metavar="SLOPES", help="slopes as JSON: measure nothing")
    options = parser.parse_args()
    slopes = json.loads(options.plan) if options.plan else measured(options.files, options.runs, options.megabytes)
    print(json.dumps({k: float(f"{v:.2e}") for k, v in slopes.items()}))
    print(plans(slopes))
    print(f"bytes cost more to hash than files from {slopes['file'] / slopes['byte'] / 1024:.0f} KiB a file on")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")


if __name__ == "__main__":
    sys.exit(main())
