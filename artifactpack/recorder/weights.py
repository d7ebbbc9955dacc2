"""A weight file as a run record keeps it, read without loading it."""

from __future__ import annotations

from pathlib import Path

from artifactpack.models.run import Weights
from artifactpack.scan.weights import inspect

MOST_TENSORS = 400  # kept by name in a record; their number is kept in any case


def weights_of(file: Path, shown: str) -> Weights:
    """Inspect *file*; *shown* is the path that the record holds."""
    report = inspect(file, hashes="file")
    return Weights(
        path=shown,
        sha256=report.sha256,
        format=report.format,
        parameters=report.parameters,
        dtypes=report.dtypes,
        safety=report.safety,
        tensor_count=len(report.tensors),
        tensors=report.tensors[:MOST_TENSORS],
    )
