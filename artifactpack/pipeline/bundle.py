"""`bundle`: a project, its records, its verdicts and their report, in one archive."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from artifactpack import __version__
from artifactpack.archive import bag, lock, runs
from artifactpack.archive.choose import RUNS, Selection, choose
from artifactpack.archive.content import CRATE, Entry
from artifactpack.archive.crate import Subject, crate
from artifactpack.archive.readme import readme
from artifactpack.archive.roles import role
from artifactpack.archive.sbom import sbom
from artifactpack.archive.writer import write_bundle
from artifactpack.errors import InputError, MissingExtraError
from artifactpack.models.bundle import BundleResult
from artifactpack.models.config import Config
from artifactpack.models.event import Event, Notify, silent
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.manifest import Manifest, Member
from artifactpack.models.records import to_json
from artifactpack.models.reference import ClaimsFile
from artifactpack.models.run import RunRecord
from artifactpack.models.verdict import CheckResult
from artifactpack.project import Project, open_project
from artifactpack.project.config import resolve_command

if TYPE_CHECKING:
    from artifactpack.recorder.store import RunStore


@dataclass
class Plan:
    """Everything that is known before the first byte is written."""

    project: Project
    evidence: RunEvidence
    check: CheckResult
    taken: tuple[RunRecord, ...]
    chosen: Selection
    name: str
    pdf: bool = True
    environment: list[Entry] = field(default_factory=list)


def bundle(
    root: Path,
    target: Path,
    *,
    compress: bool = False,
    pdf: bool = True,
    dry_run: bool = False,
    checklists: tuple[str, ...] = (),
    notify: Notify = silent,
) -> BundleResult:
    """Bundle the project at *root* into the zip *target*.

    Raises :class:`InputError` naming what is missing or has changed since it was recorded, and what
    :func:`~artifactpack.archive.writer.write_bundle` raises.
    """
    plan = prepare(root, checklists, pdf=pdf, target=target)
    if dry_run:
        return _result(plan, target, dry_run=True)
    written = write_bundle(
        target, plan.chosen.entries.values(), lambda m: tags(plan, m), name=plan.name, compress=compress, notify=notify
    )
    notify(Event(stage="packing", text=str(target), state="finished"))
    return replace(_result(plan, target), digest=written.digest, size=target.stat().st_size)


def prepare(root: Path, checklists: tuple[str, ...], *, pdf: bool, target: Path | None = None) -> Plan:
    """Open, gather, check and choose."""
    from artifactpack.pipeline.check import check_project
    from artifactpack.pipeline.evidence import gather

    project = open_project(root)
    evidence = gather(project)
    taken, notes = runs.bundled(evidence.records, project.config)
    _refuse_stale(project, evidence, taken)
    chosen = choose(project, taken)
    if target is not None:
        _drop(chosen, project, target)
    chosen.findings += notes
    if not taken:
        chosen.findings.append("no recorded runs: nothing in this bundle shows where the numbers come from")
    for run in taken:
        _run_members(chosen, project, run)
    _shipped(chosen, project, taken)
    environment, told = lock.freeze(project, taken)
    chosen.findings += told
    for entry in environment:
        chosen.take(entry, "the frozen environment")
    name = project_name(project)
    check = check_project(project, evidence, checklists)
    check = replace(check, project=replace(check.project, name=name))
    return Plan(project, evidence, check, taken, chosen, name, pdf, environment)


def _refuse_stale(project: Project, evidence: RunEvidence, taken: tuple[RunRecord, ...]) -> None:
    """Records that no longer say what a run would say now must not travel as if they did."""
    stale = [r for r in taken if r.state == "finished" and r.id not in evidence.current]
    if not stale:
        return
    from artifactpack.recorder.current import changed_inputs
    from artifactpack.recorder.hashing import Hashes

    hashes = Hashes.kept(project.root)
    files = sorted({use.path for run in stale for use in changed_inputs(run, project.root, hashes)})
    commands = sorted({r.command for r in stale})
    if files:
        more = f" and {len(files) - 5} more" if len(files) > 5 else ""
        what = f"{', '.join(files[:5])}{more} changed since the runs of {', '.join(commands)} read it"
    else:
        what = f"the runs of {', '.join(commands)} were made with another command table or with runs that are gone"
    raise InputError(f"{what}; restore it or record again (artifactpack record)")


def _drop(chosen: Selection, project: Project, target: Path) -> None:
    """An earlier bundle at *target*, inside the project, is not part of the project."""
    try:
        inside = target.resolve().relative_to(project.root.resolve()).as_posix()
    except ValueError:
        return
    if chosen.entries.pop(f"data/project/{inside}", None) is not None:
        chosen.choices = [c for c in chosen.choices if c.path != f"data/project/{inside}"]


def project_name(project: Project) -> str:
    """The paper's title, else the package's name, else "artifact": never the folder's name, which differs by copy."""
    if project.config.paper.title:
        return project.config.paper.title
    import tomllib

    try:
        told = tomllib.loads(project.read_text("pyproject.toml")).get("project", {}).get("name", "")
    except (tomllib.TOMLDecodeError, AttributeError, RecursionError):
        told = ""
    return told if isinstance(told, str) and told else "artifact"


def _run_members(chosen: Selection, project: Project, run: RunRecord) -> None:
    folder = _store(project).folder(run.id)
    for name in ("record.json", "metrics.json", "log.txt"):
        _take_run_file(chosen, run, folder, folder / name, "the record of a run that counts")


def _take_run_file(chosen: Selection, run: RunRecord, folder: Path, file: Path, why: str) -> None:
    if not file.is_file() or file.is_symlink():
        return
    inside = file.relative_to(folder).as_posix()
    kind = "record" if "/" not in inside else role(inside)
    hashes = {w.path: w.sha256 for w in run.written} | {w.path: w.sha256 for w in run.weights}
    expected = hashes.get(f".artifactpack/runs/{run.id}/{inside}", "") if kind != "record" else ""
    entry = Entry(
        path=f"{RUNS}{run.id}/{inside}",
        role="record" if kind in ("meta", "config") else kind,
        file=file,
        executable=False,
        expected=expected,
        size=file.stat().st_size,
    )
    if entry.path not in chosen.entries:
        chosen.take(entry, why)


def _store(project: Project) -> RunStore:
    from artifactpack.recorder.store import RunStore

    return RunStore(project.root)


def _shipped(chosen: Selection, project: Project, taken: tuple[RunRecord, ...]) -> None:
    """Declared outputs: all must exist, those that ``ship`` names go in."""
    folder_of = _store(project).folder
    for name in sorted({r.command for r in taken}):
        command = resolve_command(project.config, name)
        shipped = {r.id for r in runs.shipped(taken, name, command, project.config)}
        for run in (r for r in taken if r.command == name and r.state == "finished" and r.origin == "recorded"):
            files = runs.declared(run, command, folder_of(run.id), (*command.weights, *command.outputs))
            if run.id in shipped:
                for file in files:
                    _take_run_file(chosen, run, folder_of(run.id), file, f"shipped: commands.{name}.ship")


def tags(plan: Plan, payload: Iterable[Member]) -> list[Entry]:
    """Every tag file that is not derived from the manifest, the crate last because it lists the others."""
    payload = tuple(payload)
    entries = _content_tags(plan, payload)
    content = bag.manifest(plan.name, [*payload, *map(_member, entries)], __version__)
    entries += _reports(plan, content)
    listed = [*payload, *map(_member, entries)]
    return [*entries, Entry(CRATE, "meta", crate(_subject(plan), listed))]


def _content_tags(plan: Plan, payload: tuple[Member, ...]) -> list[Entry]:
    config, evidence = plan.project.config, plan.evidence
    packages, _ = lock.packages_of(plan.taken)
    files = {e.path.removeprefix(lock.ENVIRONMENT): e for e in plan.environment}
    python = (files["python-version"].data or b"").decode().strip() if "python-version" in files else ""
    locked = next((n for n in (lock.PYLOCK, lock.LOCK) if n in files), "")
    told = {
        "README.md": readme(plan.name, _resolved(plan.project), evidence.claims, plan.taken, python, locked),
        "artifactpack/check.json": to_json(plan.check).encode(),
        "artifactpack/claims.json": to_json(ClaimsFile(claims=evidence.claims)).encode(),
        "artifactpack/reference.json": to_json(evidence.reference).encode(),
        "sbom.cdx.json": sbom(plan.name, config, packages, payload, plan.taken),
    }
    for name in ("CITATION.cff", "codemeta.json"):
        if name in plan.project.files and (data := plan.project.read_bytes(name)):
            told[name] = data
    return [Entry(path, "meta", data) for path, data in told.items()]


def _resolved(project: Project) -> Config:
    config = project.config
    return replace(config, commands={n: resolve_command(config, n) for n in config.commands})


def _reports(plan: Plan, content: Manifest) -> list[Entry]:
    from artifactpack.pipeline.report import build_report_data
    from artifactpack.report import html
    from artifactpack.report import pdf as pdf_writer

    data = build_report_data(
        plan.project, plan.check, plan.evidence, digest=content.digest, manifest=content, bundled=True, runs=plan.taken
    )
    page = html.render(replace(data, name=plan.name))
    entries = [Entry("report.html", "report", page.encode())]
    if plan.pdf:
        try:
            entries.append(Entry("report.pdf", "report", pdf_writer.render(page)))
        except MissingExtraError as error:
            plan.chosen.findings.append(f"no report.pdf inside: {error}")
    return entries


def _member(entry: Entry) -> Member:
    import hashlib

    data = entry.data or b""
    return Member(path=entry.path, size=len(data), sha256=hashlib.sha256(data).hexdigest(), role=entry.role)


def _subject(plan: Plan) -> Subject:
    project = plan.project
    web = next((r for r in project.git.remotes if r.startswith("https://") and "@" not in r), "")
    repository = project.config.paper.url or web.removesuffix(".git")
    return Subject(
        name=plan.name,
        config=project.config,
        runs=plan.taken,
        published=published(plan),
        repository=repository if repository.startswith("https://") else "",
        commit=project.git.commit,
        license=project.config.paper.license,
    )


def published(plan: Plan) -> str:
    """The day that the newest run ended, else of the last commit, else SOURCE_DATE_EPOCH's, else today (ISO 8601)."""
    ends = [when for run in plan.taken if (when := _end(run)) is not None]
    if ends:
        return max(ends).date().isoformat()
    from artifactpack.project.git import history

    commits = history(plan.project.root, 1) if plan.project.git.present else ()
    if commits:
        return commits[0][1][:10]
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)
    return now.date().isoformat()


def _end(run: RunRecord) -> datetime | None:
    try:
        return datetime.fromisoformat(run.started).astimezone(UTC) + timedelta(seconds=run.cost.wall)
    except ValueError:
        return None


def _result(plan: Plan, target: Path, *, dry_run: bool = False) -> BundleResult:
    return BundleResult(
        tool_version=__version__,
        path=str(target),
        dry_run=dry_run,
        size=sum(c.size for c in plan.chosen.choices if c.state == "in"),
        runs=tuple(r.id for r in plan.taken),
        choices=tuple(sorted(plan.chosen.choices, key=lambda c: (c.state, c.path))),
        findings=tuple(dict.fromkeys(plan.chosen.findings)),
    )


def default_target(root: Path) -> Path:
    """Where a bundle goes when nobody said: beside the project, because inside it would be part of the next one."""
    resolved = root.resolve()
    if resolved.parent == resolved:
        raise InputError("give --output: a project at the root of the file system has no folder beside it")
    return resolved.parent / f"{resolved.name}.zip"
