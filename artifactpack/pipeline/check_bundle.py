"""`check` on a bundle: unpacked strictly into a folder that goes away; its records are the author's, not ours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from artifactpack.archive.reader import open_bundle
from artifactpack.core.reference import reference_run
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.verdict import CheckResult
from artifactpack.pipeline.check import check_project
from artifactpack.pipeline.rerun_read import Reviewed, read_bundle
from artifactpack.project import open_project


def check_bundle(path: Path, checklists: tuple[str, ...] = (), *, static: bool = False) -> CheckResult:
    """Verify the bundle at *path*, then check the project in it; RefusedError for what our writer cannot have made."""
    with open_bundle(path) as bundle, TemporaryDirectory(prefix="artifactpack-") as folder:
        inside = Path(folder, "bundle")
        bundle.extract(inside)
        reviewed = read_bundle(bundle)
        project = open_project(inside / "data" / "project")
        evidence = RunEvidence() if static else _evidence(reviewed)
        result = check_project(project, evidence, checklists, static=static)
    commit = next((run.code.commit for run in reviewed.records if run.code.commit), "")
    named = replace(result.project, name=reviewed.name or path.stem, commit=commit)
    return replace(result, project=named)


def _evidence(reviewed: Reviewed) -> RunEvidence:
    ids = frozenset(run.id for run in reviewed.records)
    return RunEvidence(
        records=reviewed.records,
        own=ids if reviewed.own else frozenset(),
        current=frozenset(run.id for run in reviewed.records if run.state == "finished"),
        reference=reference_run(reviewed.records),
        claims=reviewed.before,
    )
