"""The slopes that docs/scale.md plans with, measured on this machine, and what they come to at sizes it has not.

    python benchmarks/scale.py [--files 20000] [--runs 2000] [--plan]

``--plan`` measures nothing and prints the table of plans from the slopes below, which this script printed before.
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
from dataclasses import replace
from pathlib import Path

from artifactpack.core.reference import reference_run
from artifactpack.models.run import Metric, RunRecord
from artifactpack.recorder.folder_hash import hash_folder
from artifactpack.recorder.store import RunStore, commit

# name: (files, bytes, runs, artifacts)
PLANS = {
    "a paper: 2,000 files, 2 GB, 50 runs": (2_000, 2e9, 50, 1),
    "a million files, 100 GB": (1_000_000, 1e11, 50, 1),
    "10 TB in 10,000 files": (10_000, 1e13, 50, 1),
    "10,000 runs": (2_000, 2e9, 10_000, 1),
    "a conference of 10,000 artifacts": (2_000, 2e9, 50, 10_000),
}


def files(folder: Path, count: int, size: int = 1024) -> None:
    """*count* files of *size* bytes, 1,000 in a folder, older than the time stamps' resolution."""
    for start in range(0, count, 1000):
        inner = folder / f"{start // 1000:04}"
        inner.mkdir()
        for number in range(start, min(count, start + 1000)):
            path = inner / str(number)
            path.write_bytes(number.to_bytes(4, "little") * (size // 4))
            os.utime(path, (1_000_000_000, 1_000_000_000))


def timed(work: object) -> float:
    began = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - began


def hashing(count: int) -> dict[str, float]:
    """Seconds for *count* small files: sha256sum on two processes, ours, ours again."""
    with tempfile.TemporaryDirectory() as base:
        os.environ["XDG_CACHE_HOME"] = f"{base}/cache"
        data = Path(base, "data")
        data.mkdir()
        files(data, count)
        command = f"find {data} -type f -print0 | xargs -0 -P2 -n 256 sha256sum >/dev/null"
        subprocess.run(["sh", "-c", command], check=True)
        peer = timed(lambda: subprocess.run(["sh", "-c", command], check=True))
        time.sleep(2.5)  # fresher files would not be remembered: they may change within one tick of their time stamp
        first = timed(lambda: hash_folder(data))
        again = timed(lambda: hash_folder(data))
    return {"sha256sum -P2": peer, "first": first, "again": again}


def collecting(count: int) -> float:
    """Seconds to read *count* run folders and summarise them."""
    with tempfile.TemporaryDirectory() as base:
        os.environ["XDG_STATE_HOME"] = f"{base}/state"
        store = RunStore(Path(base))
        one = RunRecord(id="x", command="train", seed=0, metrics=(Metric(name="a", last=1, minimum=0, maximum=1),))
        for number in range(count):
            folder = store.runs / f"train-s{number}"
            folder.mkdir(parents=True)
            commit(folder, replace(one, id=folder.name, seed=number))
        return timed(lambda: reference_run(RunStore(Path(base)).records()))


def plans(slopes: dict[str, float]) -> str:
    """What each plan costs: hashing once, hashing again, moving over 1 Gbit/s, reading the records."""
    rows = ["| plan | first hash | again | fetch at 1 Gbit/s | read the records |", "|---|---|---|---|---|"]
    for name, (count, size, runs, artifacts) in PLANS.items():
        first = (count * slopes["file"] + size * slopes["byte"]) * artifacts
        cells = (first, count * slopes["again"] * artifacts, size / 125e6 * artifacts, runs * slopes["run"] * artifacts)
        rows.append(f"| {name} | " + " | ".join(hours(c) for c in cells) + " |")
    return "\n".join(rows)


def hours(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--plan", metavar="SLOPES", help="slopes as JSON: file, byte, again, run (seconds each)")
    options = parser.parse_args()
    if options.plan:
        print(plans(json.loads(options.plan)))
        return
    told = hashing(options.files)
    print(f"{options.files} files of 1 KiB: " + ", ".join(f"{k} {v:.2f} s" for k, v in told.items()))
    faster = told["first"] / told["again"]
    print(f"ours / sha256sum speed: {told['sha256sum -P2'] / told['first']:.2f}; again: {faster:.1f}x")
    records = collecting(options.runs)
    print(f"{options.runs} run folders read and summarised: {records:.2f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")
    with tempfile.NamedTemporaryFile() as large:
        large.write(os.urandom(1 << 20) * 256)
        large.flush()
        from artifactpack.recorder.hashing import sha256_file

        byte = timed(lambda: sha256_file(Path(large.name))) / (1 << 28)
    slopes = {"file": told["first"] / options.files, "byte": byte, "again": told["again"] / options.files}
    slopes["run"] = records / options.runs
    print(json.dumps({k: float(f"{v:.2e}") for k, v in slopes.items()}))
    print(plans(slopes))


if __name__ == "__main__":
    sys.exit(main())
