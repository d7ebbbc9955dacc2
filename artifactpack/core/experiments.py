"""Which recorded runs decide what happened: the ones that make results, as they are now."""

from __future__ import annotations

from artifactpack.core.reference import counting
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.run import RunRecord


def experiments(runs: RunEvidence) -> tuple[RunRecord, ...]:
    """Observed, finished runs, the last attempt of each; current ones where any is. Evaluations are left out where
    there are others: they build a model, which draws and sets nothing, and then load its weights over that."""
    seen = [run for run in _latest(runs) if run.tier != "evaluate"]
    return tuple(seen) or _latest(runs)


def evaluations(runs: RunEvidence) -> tuple[RunRecord, ...]:
    """The evaluations that :func:`experiments` leaves out."""
    kept = {run.id for run in experiments(runs)}
    return tuple(run for run in _latest(runs) if run.id not in kept)


def _latest(runs: RunEvidence) -> tuple[RunRecord, ...]:
    observed = [run for run in counting(runs.records) if run.observed]
    current = [run for run in observed if run.id in runs.current]
    return tuple(current or observed)
