"""The engines that `--executor` names."""

from __future__ import annotations

from pathlib import Path

from artifactpack.errors import ConfigError
from artifactpack.executors.base import Executor

ENGINES = ("local", "slurm", "ray")


def make(name: str, root: Path, jobs: int | None = None) -> Executor:
    """The engine called *name* for the project at *root*, with at most *jobs* runs at once (None: its own choice)."""
    if name == "local":
        from artifactpack.executors.local import Local

        return Local(jobs)
    if name == "slurm":
        from artifactpack.executors.slurm import Slurm

        return Slurm(root, jobs)
    if name == "ray":
        from artifactpack.executors.on_ray import OnRay

        return OnRay(root, jobs)
    raise ConfigError(f"--executor {name}: not one of {', '.join(ENGINES)}")
