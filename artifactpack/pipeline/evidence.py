"""The recorded runs of a project, as probes and the report see them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from artifactpack.core.claims import check_claims
from artifactpack.core.comparisons import unsafe_comparisons
from artifactpack.core.reference import reference_run
from artifactpack.models.evidence import RunEvidence
from artifactpack.recorder.store import RunStore

if TYPE_CHECKING:
    from artifactpack.models.run import RunRecord
    from artifactpack.project import Project


def gather(project: Project) -> RunEvidence:
    """All records of *project*, whose they are, which are current, their statistics, and the claims held against them.

    Claims and statistics rest on current records only; where none is current, on all of them. Raises RefusedError for
    a state folder that is a link.
    """
    store = RunStore(project.root)
    records = store.records()
    fresh = _current(project, records) if records else frozenset()
    counted = tuple(r for r in records if r.id in fresh or r.state != "finished") if fresh else records
    reference = reference_run(counted)
    unsafe = unsafe_comparisons(project.config, counted, store.series) if counted else ()
    return RunEvidence(
        records=records,
        own=store.own(),
        current=fresh,
        reference=replace(reference, warnings=(*reference.warnings, *unsafe)),
        claims=check_claims(project.config, counted, store.series),
    )


def _current(project: Project, records: tuple[RunRecord, ...]) -> frozenset[str]:
    from artifactpack.recorder.current import current  # planning and hashing: not for a check without records

    return current(records, project.config, project.root)
