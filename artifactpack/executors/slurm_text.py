"""Slurm in words: the options of sbatch for a job, and what squeue says of it. Pure."""

from __future__ import annotations

import math
import re
import shlex

from artifactpack.errors import ConfigError
from artifactpack.patterns import late
from artifactpack.recorder.plan import RunPlan

FORMAT = "%i|%T|%r|%N"
ALIVE = {
    *("PENDING", "RUNNING", "CONFIGURING", "COMPLETING", "SUSPENDED", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED"),
    *("RESIZING", "SIGNALING", "SPECIAL_EXIT", "STAGE_OUT", "STOPPED", "RESV_DEL_HOLD"),
}
SLACK = 5  # minutes that Slurm gives beyond the run's own time limit, so that ours is the one that says so
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SIZE = late(r"(\d+(?:\.\d+)?)\s*([KMGT]?)I?B?", re.IGNORECASE)


def mebibytes(text: str, where: str) -> int:
    """``2G``, ``500M`` or plain bytes in MiB, rounded up; ConfigError for anything else."""
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise ConfigError(f"{where}: {text!r} is no size; write 500M or 16G")
    return math.ceil(float(match[1]) * _UNITS[match[2].upper()] / (1 << 20))


def options(plan: RunPlan) -> tuple[str, ...]:
    """What *plan* asks of Slurm, as options of sbatch; equal for all runs that can share an array."""
    wanted, slurm = plan.resources, plan.slurm
    found = [f"--cpus-per-task={wanted.cpus}"]
    if wanted.gpus:
        found.append(f"--gres=gpu:{wanted.gpus}")
    if wanted.memory:
        found.append(f"--mem={mebibytes(wanted.memory, f'commands.{plan.command}.resources.memory')}M")
    if slurm.pack < 1:
        raise ConfigError(f"commands.{plan.command}.slurm.pack: {slurm.pack} runs in a task; write 1 or more")
    limit = slurm.time or (str(math.ceil(slurm.pack * plan.timeout / 60) + SLACK) if plan.timeout else "")
    for name, value in (("partition", slurm.partition), ("account", slurm.account), ("time", limit)):
        if value:
            found.append(f"--{name}={value}")
    return (*found, *slurm.extra)


def script(python: str, folder: str, tasks: int) -> str:
    """The batch script: each of an array's *tasks* runs its own job files in *folder*, every *tasks*-th of them."""
    words = [python, "-P", "-m", "artifactpack.executors.worker"]
    return f'#!/bin/sh\nexec {shlex.join(words)} {shlex.quote(folder)} "$SLURM_ARRAY_TASK_ID" {tasks}\n'


def states(text: str) -> dict[str, tuple[str, str, str]]:
    """``{"12_3": (state, reason, nodes)}`` from squeue's lines in :data:`FORMAT`; foreign lines are left out."""
    found = {}
    for line in text.splitlines():
        parts = line.strip().split("|")
        if len(parts) == 4:
            found[parts[0]] = (parts[1].split("+")[0], parts[2], parts[3])
    return found


def said_last(text: str) -> str:
    """The last line that our worker wrote of itself, without its name; "" where there is none."""
    lines = [line for line in text.splitlines() if line.startswith("artifactpack: ")]
    return lines[-1].removeprefix("artifactpack: ") if lines else ""
