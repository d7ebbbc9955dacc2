"""The engines that `--executor` names."""

from __future__ import annotations

from pathlib import Path

from artifactpack.errors import ConfigError, InputError
from artifactpack.executors.base import Executor

ENGINES = ("local", "slurm", "ray")
_OWNED = {  # why nobody can detach from it
    "local": "runs on this machine end with this program",
}


def check(name: str, *, detach: bool = False) -> None:
    """Raise ConfigError where there is no engine *name*, InputError where one cannot *detach* from it."""
    if name not in ENGINES:
        raise ConfigError(f"--executor {name}: not one of {', '.join(ENGINES)}")
    if detach and name in _OWNED:
        raise InputError(f"--detach: {_OWNED[name]}; use --executor slurm or ray, or leave it running (tmux, nohup)")


def make(name: str, root: Path, jobs: int | None = None) -> Executor:
    """The engine called *name* for the project at *root*, with at most *jobs* runs at once (None: its own choice)."""
    check(name)
    if name == "local":
        from artifactpack.executors.local import Local

        return Local(jobs)
    if name == "slurm":
        from artifactpack.executors.slurm import Slurm

        return Slurm(root, jobs)
    from artifactpack.executors.on_ray import OnRay

    return OnRay(root, jobs)
