"""`report`: a project or a bundle in, the page or the PDF out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from artifactpack import __version__
from artifactpack.core.toml_safe import parse_toml
from artifactpack.errors import InputError
from artifactpack.models.config import Config
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.manifest import Manifest
from artifactpack.models.outcome import RerunResult
from artifactpack.models.records import Invalid, load
from artifactpack.models.reference import ClaimsFile, ReferenceRun
from artifactpack.models.report import ReportData
from artifactpack.models.run import RunRecord
from artifactpack.models.verdict import CheckResult
from artifactpack.report import gather

if TYPE_CHECKING:
    from artifactpack.archive.reader import Bundle
    from artifactpack.project import Project

T = TypeVar("T")
SUFFIXES = {".html": "html", ".htm": "html", ".pdf": "pdf"}


def report(
    path: Path, output: Path, *, checklists: tuple[str, ...] = (), paper: str = "a4", rerun: Path | None = None
) -> Path:
    """Write the report of the project or bundle at *path* to *output*, HTML or PDF by its suffix.

    *rerun* is a `rerun.json` to show with it. Raises InputError for another suffix, MissingExtraError (with the HTML
    written beside) where a PDF cannot be made here.
    """
    kind = SUFFIXES.get(output.suffix.lower())
    if kind is None:
        raise InputError(f"{output}: a report is .html or .pdf")
    return write(report_data(path, checklists=checklists, rerun=rerun), output, paper=paper)


def write(data: ReportData, output: Path, *, paper: str = "a4") -> Path:
    """Render *data* and write *output* atomically."""
    from artifactpack.errors import MissingExtraError
    from artifactpack.report import html, pdf

    page = html.render(data)
    if output.suffix.lower() != ".pdf":
        return _put(output, page.encode())
    try:
        return _put(output, pdf.render(page, size=paper))
    except MissingExtraError as error:
        beside = _put(output.with_suffix(".html"), page.encode())
        raise InputError(f"{error}; the same report is in {beside}") from error


def report_data(path: Path, *, checklists: tuple[str, ...] = (), rerun: Path | None = None) -> ReportData:
    """Gather what the report of *path* shows: a project's folder, a bundle's zip, or an unpacked bundle."""
    from dataclasses import replace

    from artifactpack.pipeline.files import read_record

    data = _bundle_data(path) if _is_bundle(path) else _project_data(path, checklists)
    return replace(data, rerun=read_record(RerunResult, rerun)) if rerun else data


def _is_bundle(path: Path) -> bool:
    return path.is_file() or (path / "artifactpack" / "manifest.json").is_file()


def _project_data(path: Path, checklists: tuple[str, ...]) -> ReportData:
    from artifactpack.pipeline.check import check_project
    from artifactpack.pipeline.evidence import gather as gather_evidence
    from artifactpack.project import open_project

    project = open_project(path)
    evidence = gather_evidence(project)
    return build_report_data(project, check_project(project, evidence, checklists), evidence)


def build_report_data(
    project: Project,
    check: CheckResult,
    evidence: RunEvidence,
    *,
    digest: str = "",
    manifest: Manifest | None = None,
    bundled: bool = False,
    runs: Iterable[RunRecord] | None = None,
) -> ReportData:
    """Gather the report of an open *project*; *bundled* if it will lie at the root of a bundle that holds *runs*."""
    from artifactpack.recorder.store import RunStore

    store = RunStore(project.root)
    shown = tuple(evidence.records if runs is None else runs)
    return _data(
        config=project.config,
        name=project.name,
        check=check,
        reference=evidence.reference,
        claims=evidence.claims,
        runs=shown,
        own=evidence.own,
        digest=digest,
        manifest=manifest,
        bundled=bundled,
        read=project.read_text,
        series=store.series,
        readme=next(iter(project.glob("/README*")), ""),
    )


def _bundle_data(path: Path) -> ReportData:
    from artifactpack.archive.reader import open_bundle
    from artifactpack.pipeline.bundled import bundled_series

    with open_bundle(path) as bundle:
        runs = tuple(_runs(bundle))
        return _data(
            config=_config(bundle),
            name=bundle.manifest.name,
            check=_member(bundle, CheckResult, "artifactpack/check.json"),
            reference=_member(bundle, ReferenceRun, "artifactpack/reference.json") or ReferenceRun(),
            claims=(_member(bundle, ClaimsFile, "artifactpack/claims.json") or ClaimsFile()).claims,
            runs=runs,
            own=frozenset(),
            digest=bundle.digest,
            manifest=bundle.manifest,
            bundled=not bundle.zipped,
            read=lambda name: _text(bundle, f"data/project/{name}"),
            series=lambda run: bundled_series(bundle, run),
            readme=next((p for p in map(_project_path, bundle.manifest.members) if _is_readme(p)), ""),
        )


def _data(
    *,
    config: Config,
    name: str,
    check: CheckResult | None,
    reference: ReferenceRun,
    claims: tuple[object, ...],
    runs: tuple[RunRecord, ...],
    own: frozenset[str],
    digest: str,
    manifest: Manifest | None,
    bundled: bool,
    read: Callable[[str], str],
    series: Callable[[str], Any],
    readme: str,
) -> ReportData:
    return ReportData(
        name=name,
        title=config.paper.title,
        authors=tuple(author.name for author in config.paper.authors),
        readme=read(readme) if readme else "",
        digest=digest,
        tool_version=__version__,
        bundled=bundled,
        check=check,
        reference=reference,
        claims=claims,  # type: ignore[arg-type]
        claim_values=gather.claim_values(config, runs, series),
        runs=runs,
        own=own,
        curves=gather.curves(runs, series),
        weights=gather.weights(runs, manifest),
        data=gather.data(config, runs, manifest),
        manifest=manifest,
        snippets=gather.snippets(check, read) if check else (),
        commands=gather.commands(config),
    )


def _project_path(member: object) -> str:
    path: str = member.path  # type: ignore[attr-defined]
    return path.removeprefix("data/project/") if path.startswith("data/project/") else ""


def _is_readme(path: str) -> bool:
    return "/" not in path and path.lower().startswith("readme")


def _runs(bundle: Bundle) -> Iterable[RunRecord]:
    for member in bundle.manifest.members:
        if member.path.startswith("data/runs/") and member.path.endswith("/record.json"):
            record = _member(bundle, RunRecord, member.path)
            if record is not None:
                yield record


def _config(bundle: Bundle) -> Config:
    import tomllib

    text = _text(bundle, "data/project/artifactpack.toml")
    try:
        return load(Config, parse_toml(text)) if text else Config()
    except (tomllib.TOMLDecodeError, Invalid, RecursionError):
        return Config()  # the report shows what can be read; `verify` says what is wrong


def _member(bundle: Bundle, cls: type[T], path: str) -> T | None:
    text = _text(bundle, path)
    try:
        return load(cls, json.loads(text)) if text else None
    except (json.JSONDecodeError, Invalid, RecursionError) as error:
        told = f"{bundle.path}: {path} is not what it should be ({error}); `artifactpack verify` it"
        raise InputError(told) from error


def _text(bundle: Bundle, path: str) -> str:
    member = bundle.member(path)
    return "" if member is None or member.url else bundle.read(path).decode("utf-8", "replace")


def _put(output: Path, content: bytes) -> Path:
    import os

    from artifactpack.archive.atomic import replacing

    with replacing(output) as descriptor, os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(content)
    return output
