"""The recorded runs as probes see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from artifactpack.models.fact import Known
from artifactpack.models.records import record
from artifactpack.models.reference import ClaimCheck, ReferenceRun
from artifactpack.models.run import RunRecord


@record
class RunEvidence:
    """All records of a project; ``own`` names those that this user's own recorder made."""

    records: tuple[RunRecord, ...] = ()
    own: frozenset[str] = frozenset()
    current: frozenset[str] = frozenset()
    reference: ReferenceRun = field(default_factory=ReferenceRun)
    claims: tuple[ClaimCheck, ...] = ()

    def known(self, run: RunRecord) -> Known:
        """How what *run* says is known: ``run`` for our own records, ``author`` where declared, else ``author-run``."""
        if run.origin == "declared":
            return "author"
        if run.origin == "imported":
            return "system"
        return "run" if run.id in self.own else "author-run"

    def together(self, runs: Iterable[RunRecord]) -> Known:
        """How what *runs* (at least one) say together is known: no better than its least trusted part."""
        order: tuple[Known, ...] = ("run", "system", "author-run", "author")
        return max((self.known(run) for run in runs), key=order.index)
