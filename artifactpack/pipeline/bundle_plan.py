"""What a bundle will hold, decided before the first byte is written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from artifactpack.archive import lock, names, runs
from artifactpack.archive.choose import NEVER, RUNS, Selection, choose
from artifactpack.archive.content import Entry
from artifactpack.archive.roles import matches, role
from artifactpack.core.toml_safe import parse_toml
from artifactpack.errors import InputError
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.run import RunRecord
from artifactpack.models.verdict import CheckResult
from artifactpack.project import Project, open_project
from artifactpack.project.changes import without as without_files
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


def prepare(root: Path, checklists: tuple[str, ...], *, pdf: bool, target: Path | None = None) -> Plan:
    """Open, gather, check and choose."""
    from artifactpack.pipeline.check import check_project
    from artifactpack.pipeline.evidence import gather

    project = open_project(root) if target is None else without(open_project(root), target)
    evidence = gather(project)
    taken, notes = runs.bundled(evidence.records, project.config)
    _refuse_stale(project, evidence, taken)
    chosen = choose(project, taken)
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
        what = f"{_few(files)} changed since the runs of {', '.join(commands)} read it"
    else:
        what = f"the runs of {', '.join(commands)} were made with another command table or with runs that are gone"
    raise InputError(
        f"{what}; restore it or record again (artifactpack record); of seeds and settings that are not asked for any "
        f"more, remove the runs (artifactpack runs rm): {_few([r.id for r in stale])}"
    )


def _few(words: list[str]) -> str:
    return ", ".join(words[:5]) + (f" and {len(words) - 5} more" if len(words) > 5 else "")


def without(project: Project, target: Path) -> Project:
    """*project* as if an earlier bundle at *target*, its signature, key and mapping were not in it."""
    try:
        inside = target.resolve().relative_to(project.root.resolve()).as_posix()
    except ValueError:
        return project
    gone = {inside + suffix for suffix in ("", ".sig", ".key", ".key.pub", ".mapping.json")}
    tree = project.tree
    kept = tree._replace(
        files=tuple(f for f in tree.files if f not in gone),
        sizes={f: size for f, size in tree.sizes.items() if f not in gone},
        tracked=tree.tracked - gone,
    )
    return Project(project.root, kept, project.config, project.config_path)


def project_name(project: Project) -> str:
    """The paper's title, else the package's name, else "artifact": never the folder's name, which differs by copy."""
    return _line(project.config.paper.title) or _line(_package(project)) or "artifact"


def _line(text: str) -> str:
    """*text* on one line of at most 300 characters, without what would steer a terminal."""
    return "".join(filter(names.printable, " ".join(text.split())))[:300]


def _package(project: Project) -> str:
    import tomllib

    try:
        told = parse_toml(project.read_text("pyproject.toml")).get("project", {}).get("name", "")
    except (tomllib.TOMLDecodeError, AttributeError, RecursionError):
        told = ""
    return told if isinstance(told, str) else ""


def _run_members(chosen: Selection, project: Project, run: RunRecord) -> None:
    folder = _store(project).folder(run.id)
    for name in ("record.json", "metrics.json", "log.txt"):
        _take_run_file(chosen, run, folder, folder / name, "the record of a run that counts")
    _changes(chosen, project, run, folder)


def _changes(chosen: Selection, project: Project, run: RunRecord, folder: Path) -> None:
    """How the tree differed from its commit when *run* started, without files that stay out of the bundle."""
    file = folder / "changes.patch"
    if not run.code.changes or not file.is_file() or file.is_symlink():
        return
    patch = without_files(file.read_bytes(), lambda path: matches(path, (*NEVER, *project.config.bundle.exclude)))
    if patch:
        entry = Entry(f"{RUNS}{run.id}/changes.patch", "record", patch, size=len(patch))
        chosen.take(entry, "how the tree differed from its commit")


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
    recorded = [r for r in taken if r.state == "finished" and r.origin == "recorded"]
    for name in sorted({r.command for r in recorded}):
        command = resolve_command(project.config, name)
        shipped = {r.id for r in runs.shipped(taken, name, command, project.config)}
        for run in (r for r in recorded if r.command == name):
            files = runs.declared(run, command, folder_of(run.id), (*command.weights, *command.outputs))
            if run.id in shipped:
                for file in files:
                    _take_run_file(chosen, run, folder_of(run.id), file, f"shipped: commands.{name}.ship")
