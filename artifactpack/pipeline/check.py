"""`check`: a folder in, facts judged against checklists out."""

from __future__ import annotations

from pathlib import Path

from artifactpack import __version__
from artifactpack.core.checklist import available, load_checklist, unknown_facts
from artifactpack.core.judge import judge
from artifactpack.errors import ChecklistError
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.verdict import ChecklistResult, CheckResult, ProjectInfo, ToolInfo
from artifactpack.pipeline.answers import gather_answers
from artifactpack.pipeline.evidence import gather
from artifactpack.probes import find, run_probes
from artifactpack.project import Project, open_project
from artifactpack.project.notes import looks
from artifactpack.systems import files_of, read_systems

DEFAULT_CHECKLIST = "essentials"


def check(path: Path, checklists: tuple[str, ...] = (), *, static: bool = False) -> CheckResult:
    """Check the project or bundle at *path*; ``static`` leaves recorded runs and tracked systems out.

    Raises InputError for a path or configuration that cannot be used, ChecklistError for a checklist.
    """
    if path.is_file() and path.suffix == ".zip":
        from artifactpack.pipeline.check_bundle import check_bundle

        return check_bundle(path, checklists, static=static)
    project = open_project(path)
    evidence = RunEvidence() if static else gather(project)
    return check_project(project, evidence, checklists, static=static)


def check_project(
    project: Project, evidence: RunEvidence, checklists: tuple[str, ...] = (), *, static: bool = False
) -> CheckResult:
    """Probe an open project, then judge what was found against each checklist."""
    findings = run_probes(project, evidence) if static else probed(project, evidence)
    names = checklists or project.config.checklists or (DEFAULT_CHECKLIST,)
    base = None if checklists else project.root  # what a user types may lie anywhere; what a project names may not
    judged = [_judge(project, findings, name, base) for name in names]
    return CheckResult(
        tool=ToolInfo(version=__version__),
        project=_info(project),
        findings=findings,
        checklists=tuple(result for result, _ in judged),
        claims=evidence.claims,
        ignored=dict(project.config.check.ignore),
        not_verified=tuple(
            dict.fromkeys([n for _, notes in judged for n in notes] + _not_verified(findings, evidence))
        ),
        not_scanned=tuple(project.skipped),
    )


def probed(project: Project, evidence: RunEvidence) -> dict[str, Finding]:
    """What the probes find; systems are read only where a file that they may read has changed."""
    ours = set(project.files)
    others = (path for path in files_of(project).paths if path not in ours)
    return find(project, evidence, lambda: read_systems(project), f"systems {looks(project.root, others)}")


def _judge(
    project: Project, findings: dict[str, Finding], name: str, base: Path | None
) -> tuple[ChecklistResult, tuple[str, ...]]:
    """The verdicts of one list, and what the author's form left unreadable or open."""
    checklist = load_checklist(name, base)
    unknown = () if name in available() else unknown_facts(checklist.items, _known_facts())
    if unknown:
        raise ChecklistError("\n".join(f"{name}: {fault}" for fault in unknown))
    gathered = gather_answers(project, checklist)
    result = judge(checklist, findings, gathered.answers, project.config.check.ignore)
    return result, gathered.notes


def _known_facts() -> frozenset[str]:
    from artifactpack.probes import PROBES  # importing every probe is what a remembered check saves

    return frozenset(f"{probe}.{fact}" for probe, module in PROBES.items() for fact in module.FACTS)


def _info(project: Project) -> ProjectInfo:
    git = project.git
    return ProjectInfo(name=project.name, commit=git.commit, dirty=git.dirty, files=len(project.files))


def _not_verified(findings: dict[str, Finding], evidence: RunEvidence) -> list[str]:
    notes = [note for finding in findings.values() for note in finding.not_verified]
    if not evidence.records:
        notes.append("nothing was run: what happens at run time is not known (artifactpack record observes it)")
    notes.append("links were not followed: whether a download still works was not looked at")
    return notes


def shortfall(result: CheckResult, fail_on: str, baseline: CheckResult | None = None) -> tuple[str, ...]:
    """The items that make *result* fall short under ``--fail-on``, as ``checklist:item``; empty is exit 0."""
    if fail_on == "never":
        return ()
    bad = _items(result, ("contradicted",) if fail_on != "no-evidence" else ("contradicted", "no-evidence"))
    bad += [f"claim:{claim.id}" for claim in result.claims if claim.verdict == "contradicted"]
    if fail_on == "new" and baseline is not None:
        known = set(shortfall(baseline, "contradicted"))
        bad = [item for item in bad if item not in known]
    return tuple(bad)


def _items(result: CheckResult, verdicts: tuple[str, ...]) -> list[str]:
    return [
        f"{checklist.id}:{item.id}"
        for checklist in result.checklists
        for item in checklist.items
        if item.verdict in verdicts
    ]
