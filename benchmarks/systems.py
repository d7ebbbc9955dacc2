"""Readers of tracked systems against the systems' own: python benchmarks/systems.py [--points N] [--runs N]

Each peer runs in an environment of its own (uv). Times are inside the process; `mlflow.search_runs` and our reader of
the same store are whole processes, imports included. Prints one ratio a line: ours / theirs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tests.systems.make.__main__ import index_settings  # noqa: E402

MAKE_EVENTS = """
import sys
from tensorboardX import SummaryWriter
w = SummaryWriter(sys.argv[1])
for i in range(int(sys.argv[2])):
    w.add_scalar("loss", 1 / (1 + i), i)
w.close()
"""
READ_EVENTS = """
import glob, sys, time
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
t = time.perf_counter()
a = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0}); a.Reload(); n = len(a.Scalars("loss"))
print(time.perf_counter() - t, n)
"""
MAKE_WANDB = """
import sys, wandb
run = wandb.init(mode="offline", dir=sys.argv[1], project="x", settings=wandb.Settings(silent=True))
for i in range(int(sys.argv[2])):
    run.log({"loss": 1 / (1 + i)}, step=i)
run.finish()
"""
READ_WANDB = """
import glob, json, sys, time
from wandb.proto import wandb_internal_pb2 as pb
from wandb.sdk.internal import datastore
t = time.perf_counter()
s = datastore.DataStore(); s.open_for_scan(glob.glob(sys.argv[1] + "/wandb/*/*.wandb")[0]); n = 0
while (data := s.scan_data()) is not None:
    r = pb.Record(); r.ParseFromString(data)
    for item in r.history.item:
        n += bool(json.loads(item.value_json) or 1) and (item.key or item.nested_key[0]) == "loss"
print(time.perf_counter() - t, n)
"""
MAKE_MLFLOW = """
import sys
import mlflow
mlflow.set_tracking_uri(f"sqlite:///{sys.argv[1]}/mlflow.db")
for i in range(int(sys.argv[2])):
    with mlflow.start_run():
        mlflow.log_params({"seed": i, "lr": 0.1}); mlflow.log_metrics({"loss": 1 / (1 + i), "accuracy": 0.5})
"""
READ_MLFLOW = """
import sys, mlflow
mlflow.set_tracking_uri(f"sqlite:///{sys.argv[1]}/mlflow.db")
print(0, len(mlflow.search_runs(search_all_experiments=True, max_results=100000)))
"""
OUR_STORE = """
import sys
sys.path.insert(0, sys.argv[2])
from artifactpack.project import open_project
from artifactpack.systems import mlflow
print(0, len(mlflow.read(open_project(sys.argv[1])).runs))
"""


def uv(packages: list[str], script: str, *arguments: str) -> tuple[float, int, float]:
    """Run *script* where *packages* are installed; (seconds and count it printed, seconds of the whole process)."""
    program = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    command = [program, "run", "--no-project", "--quiet", "--python", sys.executable]
    command += [part for package in packages for part in ("--with", package)] + ["python", "-c", script, *arguments]
    environment = {**os.environ, **index_settings(), "WANDB_SILENT": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    whole = time.perf_counter() - start
    words = done.stdout.split()[-2:]
    return (float(words[0]), int(words[1]), whole) if len(words) == 2 else (0.0, 0, whole)


def timed(read, rounds: int = 3) -> tuple[float, int]:
    """Median seconds of *read* and what it returned."""
    times, count = [], 0
    for _ in range(rounds):
        start = time.perf_counter()
        count = read()
        times.append(time.perf_counter() - start)
    return statistics.median(times), count


def events(points: int) -> None:
    """TensorBoard's EventAccumulator against our reader of event files."""
    from artifactpack.scan.tfevents import read_events

    with tempfile.TemporaryDirectory() as folder:
        uv(["tensorboardX==2.6.5", "numpy==2.4.6"], MAKE_EVENTS, folder, str(points))
        path = next(Path(folder).glob("events*"))
        ours, count = timed(lambda: len(read_events(path).scalars))
        theirs = statistics.median(
            uv(["tensorboard==2.21.0", "numpy==2.4.6", "setuptools==79.0.1"], READ_EVENTS, folder)[0] for _ in range(3)
        )
    ratio = f"ratio {ours / theirs:.3f}"
    print(f"TensorBoard, {count:,} points: ours {ours:.2f} s, EventAccumulator {theirs:.2f} s, {ratio}")


def wandb(points: int) -> None:
    """wandb's DataStore (0.19, the last that has one) with its protobuf records against our reader of the same log."""
    from artifactpack.systems.wandb_log import Log

    with tempfile.TemporaryDirectory() as folder:
        uv(["wandb==0.31.0"], MAKE_WANDB, folder, str(points))
        path = next(Path(folder).glob("wandb/*/*.wandb"))
        ours, count = timed(lambda: len(Log(path).points["loss"]))
        theirs = statistics.median(uv(["wandb==0.19.11"], READ_WANDB, folder)[0] for _ in range(3))
    print(f"W&B, {count:,} points: ours {ours:.2f} s, wandb's DataStore {theirs:.2f} s, ratio {ours / theirs:.3f}")


def mlflow(runs: int) -> None:
    """`mlflow.search_runs` against our reader of the same store, whole processes."""
    with tempfile.TemporaryDirectory() as folder:
        packages = ["mlflow==3.17.2", "setuptools==79.0.1"]
        uv(packages, MAKE_MLFLOW, folder, str(runs))
        command = [sys.executable, "-c", OUR_STORE, folder, str(ROOT)]

        def ours() -> int:
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            return int(done.stdout.split()[-1])

        mine, count = timed(ours)
        theirs = statistics.median(uv(packages, READ_MLFLOW, folder)[2] for _ in range(3))
    print(f"MLflow, {count:,} runs: ours {mine:.2f} s, search_runs {theirs:.2f} s, ratio {mine / theirs:.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--only", choices=("events", "wandb", "mlflow"))
    given = parser.parse_args()
    for benchmark, size in ((events, given.points), (wandb, given.points), (mlflow, given.runs)):
        if given.only in (None, benchmark.__name__):
            benchmark(size)
