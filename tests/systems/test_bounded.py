"""A store of 1,000 runs of 10,000 points is read in memory that does not grow with the points of the runs."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from artifactpack.scan.tfevents import masked_crc32c
from tests.systems.test_wandb_log import field, item, log, record, varint

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc"),
]
POINTS = 10_000
BOUND = 64  # MiB; the points of 100 runs would take over 100, those of 1,000 over 1,000
READ = """
import json, sys
from pathlib import Path
from artifactpack.project import open_project
from artifactpack.systems import read_systems
runs = [run for reading in read_systems(open_project(Path(sys.argv[1]))) for run in reading.runs]
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:"))
points = [metric.count for run in runs for metric in run.metrics]
print(json.dumps([len(runs), sum(points), all(run.complete for run in runs), int(peak) / 1024]))
"""


def event_file():
    out = bytearray()
    for step in range(POINTS):
        value = field(1, field(1, b"loss") + b"\x15" + struct.pack("<f", 1 / (1 + step)))
        event = b"\x09" + struct.pack("<d", 1.7e9 + step) + b"\x10" + varint(step) + field(5, value)
        length = struct.pack("<Q", len(event))
        out += length + struct.pack("<I", masked_crc32c(length)) + event + struct.pack("<I", masked_crc32c(event))
    return bytes(out)


def wandb_log():
    rows = ([item("loss", 1 / (1 + step)), item("_step", step)] for step in range(POINTS))
    records = [record(1 + step, 2, row, step) for step, row in enumerate(rows)]
    return log([*records, record(POINTS + 1, 18, [])])


def metric_file():
    return "".join(f"{1700000000000 + step} {1 / (1 + step)} {step}\n" for step in range(POINTS)).encode()


def mlflow_run(root, number):
    folder = root / "mlruns" / "1" / f"{number:032x}"
    folder.mkdir(parents=True)
    meta = f"run_id: {number:032x}\nrun_uuid: {number:032x}\nlifecycle_stage: active\nstatus: 3\nstart_time: 1\n"
    (folder / "meta.yaml").write_text(meta + "end_time: 2\n")
    return folder / "metrics" / "loss"


STORES = {
    "tensorboard": (event_file, lambda root, n: root / f"runs/{n}/events.out.tfevents.1.host"),
    "wandb": (wandb_log, lambda root, n: root / f"wandb/offline-run-{n}/run-{n}.wandb"),
    "mlflow": (metric_file, mlflow_run),
}


def peak(tmp_path, kind, runs):
    """Peak memory, in MiB, of a process that reads *runs* runs; all of them link to the points of one."""
    content, place = STORES[kind]
    points, root = tmp_path / f"{kind}-points", tmp_path / f"{kind}-{runs}"
    points.write_bytes(content())
    for number in range(runs):
        path = place(root, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(points, path)
    done = subprocess.run([sys.executable, "-c", READ, str(root)], capture_output=True, text=True, check=True)
    found, count, complete, size = json.loads(done.stdout)
    assert (found, count, complete) == (runs, runs * POINTS, True)
    return size


@pytest.mark.parametrize("kind", sorted(STORES))
@pytest.mark.parametrize("runs", [100, pytest.param(1000, marks=[pytest.mark.exhaustive, pytest.mark.timeout(3600)])])
def test_memory_does_not_grow_with_the_runs(tmp_path, kind, runs):
    assert peak(tmp_path, kind, runs) - peak(tmp_path, kind, 1) < BOUND
