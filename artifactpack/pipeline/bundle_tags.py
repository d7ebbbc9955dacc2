"""The tag files of a bundle: README, check, claims, statistics, bill of materials, reports, crate."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from artifactpack import __version__
from artifactpack.archive import bag, lock, trees
from artifactpack.archive.content import CRATE, Entry
from artifactpack.archive.crate import Subject, crate
from artifactpack.archive.croissant import describe
from artifactpack.archive.readme import readme
from artifactpack.archive.sbom import sbom
from artifactpack.errors import MissingExtraError
from artifactpack.models.config import Config
from artifactpack.models.manifest import Manifest, Member
from artifactpack.models.records import to_json
from artifactpack.models.reference import ClaimsFile
from artifactpack.models.run import RunRecord
from artifactpack.patterns import late
from artifactpack.pipeline.bundle_plan import Plan
from artifactpack.project import Project
from artifactpack.project.config import resolve_command

_OVER_SSH = late(
    r"(?:ssh://)?git@(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)[:/]([\w./-]{3,200}?)(?:\.git)?/?"
)


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
    told |= describe(config, payload)
    for name in ("CITATION.cff", "codemeta.json"):
        if name in plan.project.files and (data := plan.project.read_bytes(name)):
            told[name] = data
    listed = [trees.entry(plan.chosen.trees)] if plan.chosen.trees else []
    return [*(Entry(path, "meta", data) for path, data in told.items()), *listed]


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
    data = entry.data or b""
    return Member(path=entry.path, size=len(data), sha256=hashlib.sha256(data).hexdigest(), role=entry.role)


def _subject(plan: Plan) -> Subject:
    project = plan.project
    repository = project.config.paper.url or next(filter(None, map(web_address, project.git.remotes)), "")
    return Subject(
        name=plan.name,
        config=project.config,
        runs=plan.taken,
        published=published(plan),
        repository=repository if repository.startswith("https://") else "",
        commit=project.git.commit,
        license=project.config.paper.license,
    )


def web_address(remote: str) -> str:
    """Where people see the repository that *remote* names, "" when that cannot be told; never with credentials."""
    if remote.startswith("https://"):
        return "" if "@" in remote else remote.removesuffix(".git")
    match = _OVER_SSH.fullmatch(remote)
    return f"https://{match[1]}/{match[2]}" if match else ""


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
    except (ValueError, OverflowError):
        return None
