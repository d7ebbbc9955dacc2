"""For people who like an API: report a metric, seed everything; both do nothing surprising when not recording."""

from __future__ import annotations

import json
import math
import os
import random
from importlib.util import find_spec

_WHOLE = 2**32


def log_metric(name: str, value: float, step: float | None = None) -> None:
    """Report one value of a metric to the recorded run; when nothing records, only the arguments are checked.

    ``value`` may be anything ``float()`` takes (a one-element tensor too). Raises TypeError or ValueError for a name
    that is no text or a value that is no number; never fails because of the recorder.
    """
    if not isinstance(name, str) or not name:
        raise TypeError("log_metric: the name must be a non-empty string")
    number, place = float(value), None if step is None else float(step)
    folder = os.environ.get("ARTIFACTPACK_EVENTS")
    if not folder:
        return
    line = json.dumps([name, place, number if math.isfinite(number) else str(number)]) + "\n"
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    try:
        fd = os.open(f"{folder}/logged.metrics", flags, 0o600)
        try:
            os.write(fd, line.encode("utf-8"))
        finally:
            os.close(fd)
    except OSError:
        return  # a full disk is no reason to end a training


def seed_everything(seed: int) -> int:
    """Seed ``random``, numpy and torch (CPU and CUDA), where they are installed, and return *seed*.

    Raises ValueError for a seed outside of 0 … 2³² − 1, which numpy would not take. ``PYTHONHASHSEED`` cannot be set
    from within a process: set it in ``commands.X.env``.
    """
    if not 0 <= seed < _WHOLE:
        raise ValueError(f"seed_everything: {seed} is not between 0 and {_WHOLE - 1}")
    random.seed(seed)
    if find_spec("numpy") is not None:
        import numpy

        numpy.random.seed(seed)
    if find_spec("torch") is not None:
        import torch

        torch.manual_seed(seed)
    return seed
