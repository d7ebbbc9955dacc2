"""What a re-run adds to the code's own time, and how fast uv rebuilds an environment: `python -m benchmarks.rerun`.

A toy project of plain Python is recorded, bundled and re-run at its smoke tier; our share is everything but the run's
own seconds. The environment is 20 wheels made here, installed from uv's warm cache. Medians; exits 1 above a target.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OVERHEAD_TARGET, REBUILD_TARGET = 3.0, 2.0  # seconds


def overhead(folder, rounds):
    """Seconds of verify, unpack, plan, walls and compare around one smoke run, environment cached, whole process."""
    from tests.rerun.toy import make_toy, pack

    bundle = pack(make_toy(folder / "project"), folder / "toy.zip")
    command = [sys.executable, "-m", "artifactpack", "rerun", str(bundle), "--tier", "smoke", "--no-pdf", "-q"]
    found = []
    for number in range(rounds + 1):
        began = time.monotonic()
        done = subprocess.run(
            [*command, "--work", str(folder / f"w{number}"), "-f", "json"], capture_output=True, check=True
        )
        total = time.monotonic() - began
        import json

        result = json.loads(done.stdout)
        found.append(total - (result["seconds"] - result["overhead"]))
    return found[1:]  # the first one builds the environment


def rebuild(folder, rounds, count=20):
    """Seconds to build an environment of *count* wheels anew, wheels in uv's cache."""
    from artifactpack.rerun.environment import build
    from artifactpack.rerun.lock import Lock, Pin
    from tests.rerun.wheels import make_wheel

    pins = []
    for number in range(count):
        _, digest = make_wheel(folder / "wheels", f"package{number:02d}")
        pins.append(Pin(name=f"package{number:02d}", version="1.0", hashes=(digest,)))
    found = []
    for _ in range(rounds + 1):
        built = build(Lock(source="pylock.toml", pins=tuple(pins)), wheels=folder / "wheels")
        if built.info.missing:
            sys.exit(f"not built: {built.info.missing}")
        found.append(built.info.seconds)
        shutil.rmtree(built.prefix)
    return found[1:]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CACHE_HOME"], os.environ["XDG_STATE_HOME"] = str(folder / "cache"), str(folder / "state")
        ours, uv = overhead(folder / "rerun", args.rounds), rebuild(folder / "rebuild", args.rounds)
    rows = (
        ("smoke tier: ours, whole process", ours, OVERHEAD_TARGET),
        ("20 wheels by uv, warm cache", uv, REBUILD_TARGET),
    )
    print("| what | median s | best | worst | target |\n|---|---|---|---|---|")
    for what, found, target in rows:
        print(f"| {what} | {statistics.median(found):.2f} | {min(found):.2f} | {max(found):.2f} | {target:.0f} |")
    if any(statistics.median(found) > target for _, found, target in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
