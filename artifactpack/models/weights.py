"""What a weight file holds, read without loading it (`scan.weights.inspect`)."""

from __future__ import annotations

from typing import Literal

from artifactpack.models.records import record

Safety = Literal["safe", "unsafe", "unknown"]


@record
class Tensor:
    """One tensor; ``sha256`` is over its elements in row-major order, "" where it was not asked for or not possible."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    sha256: str = ""


@record
class WeightReport:
    """A weight file: ``size`` in bytes, ``parameters`` the elements of its distinct tensors (None: cannot be told).

    ``safety`` says whether loading it the usual way can run code: *safe* only where every byte was understood,
    *unsafe* where it names something that has no place in weights, *unknown* otherwise; ``reasons`` say why.
    """

    path: str
    format: str
    size: int
    sha256: str = ""
    parameters: int | None = None
    dtypes: tuple[str, ...] = ()
    tensors: tuple[Tensor, ...] = ()
    safety: Safety = "unknown"
    reasons: tuple[str, ...] = ()
