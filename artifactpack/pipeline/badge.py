"""`badge`: what a project or bundle may state about itself, and whether a badge still holds."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from artifactpack import __version__
from artifactpack.errors import InputError, RefusedError
from artifactpack.models.badge import Badge, BadgeCheck, BadgeDifference, BadgeScore
from artifactpack.models.outcome import RerunResult
from artifactpack.models.verdict import CheckResult
from artifactpack.report import badge as drawing

if TYPE_CHECKING:
    from artifactpack.archive.reader import Bundle
    from artifactpack.project import Project

GOOD = ("identical", "reproduced", "differs-better")
CHUNK = 1 << 20


def make_badge(
    path: Path,
    *,
    checklists: tuple[str, ...] = (),
    bundle: Path | None = None,
    rerun: Path | None = None,
    date: str = "",
    files: tuple[Path, ...] = (),
) -> Badge:
    """State what the project or bundle at *path* has, naming *files* as the badge's own.

    *bundle* gives the digest, *rerun* (a rerun.json of that bundle) the tier and its outcome. Raises InputError for
    what cannot be read, RefusedError when the re-run was of another bundle.
    """
    if path.is_file():
        bundle = bundle or path
    check, tree, day, own = _look(path, checklists, files)
    digest = _digest(bundle) if bundle else ""
    outcome = _rerun(rerun, digest)
    scores = drawing.scores(check)
    told = {"tier": outcome[0], "reproduced": outcome[1], "claims": outcome[2]}
    return Badge(
        tool_version=__version__,
        name=check.project.name,
        message=drawing.message(scores, *outcome),
        color=drawing.colour(scores, *outcome),
        scores=scores,
        date=date or day,
        commit=check.project.commit,
        dirty=check.project.dirty,
        tree=tree,
        digest=digest,
        files=own,
        **told,  # type: ignore[arg-type]
    )


def sign_badge(statement: Path, key: Path) -> Path:
    """Sign *statement* with the SSH *key* and return the signature's path, FILE.json.sig; InputError if it fails."""
    from artifactpack.archive.sign import sign

    return sign(_signed(statement), key)


def _signed(statement: Path) -> Bundle:
    """*statement* as what the signing of bundles takes, told apart from a bundle by its first line."""
    from artifactpack.archive.reader import Bundle

    class Statement(Bundle):
        path = statement
        what = "statement"

        def tagmanifest(self) -> bytes:
            return b"artifactpack badge\n" + statement.read_bytes()

    return Statement()


def verify_badge(statement: Path, path: Path, *, bundle: Path | None = None, signer: Path | None = None) -> BadgeCheck:
    """Hold the badge *statement* (badge.json) against the project or bundle at *path* as it is now.

    Raises RefusedError for a signature that is not of this statement, or not of *signer*.
    """
    badge = read_badge(statement)
    signature = _signature(statement, signer)
    if path.is_file():
        bundle = bundle or path
    files = tuple(path / name for name in badge.files) if path.is_dir() else ()
    check, tree, _, _ = _look(path, tuple(s.checklist for s in badge.scores), files)
    stale = _changed("checked files", badge.tree, tree) if badge.tree and tree else []
    digest = _digest(bundle) if bundle else ""
    if digest:
        stale += _changed("bundle digest", badge.digest or "none", digest)
    differs = [*_scores(badge.scores, drawing.scores(check)), *_drawn(badge)]
    state = "stale" if stale else "differs" if differs else "holds"
    return BadgeCheck(
        state=state,
        differences=(*stale, *differs),
        not_checked=_not_checked(badge, tree, digest),
        signature=signature,
    )


def _signature(statement: Path, signer: Path | None) -> str:
    """What the signature beside *statement* says, in words; "" where there is none and none is asked for."""
    from artifactpack.archive.sign import check

    found = check(_signed(statement), None, signer)
    if found.state == "bad" or (signer is not None and found.state != "good"):
        raise RefusedError(f"{statement}: {found.note or 'not signed'}")
    who = f"signed by {found.principal} with" if found.principal else "signed with"
    told = {"good": f"{who} the expected key {found.key}", "unknown-key": f"signed with {found.key}; {found.note}"}
    return told.get(found.state, found.note)


def read_badge(path: Path) -> Badge:
    """Read badge.json; the endpoint file beside it is named for what it is."""
    from artifactpack.pipeline.files import read_record

    try:
        return read_record(Badge, path)
    except InputError:
        if path.is_file() and b'"schemaVersion"' in path.read_bytes()[:4096]:
            raise InputError(f"{path}: this is the shields.io file; verify the badge.json beside the SVG") from None
        raise


def _look(
    path: Path, checklists: tuple[str, ...], files: tuple[Path, ...]
) -> tuple[CheckResult, str, str, tuple[str, ...]]:
    """The check, the digest of the checked files, the commit's day and the badge's own files ("" for a bundle)."""
    if path.is_file() or (path / "artifactpack" / "manifest.json").is_file():
        return _bundle_check(path), "", "", ()
    from artifactpack.pipeline.check import check_project
    from artifactpack.pipeline.evidence import gather
    from artifactpack.project import open_project

    project = open_project(path)
    own = own_files(project.root, files)
    check = check_project(project, gather(project), checklists)
    return check, tree_digest(project, own), commit_day(project), own


def _bundle_check(path: Path) -> CheckResult:
    from artifactpack.pipeline.report import report_data

    data = report_data(path)
    if data.check is None:
        raise InputError(f"{path}: holds no check.json; make the bundle again")
    return data.check


def own_files(root: Path, files: tuple[Path, ...]) -> tuple[str, ...]:
    """Those of *files* that lie in the project, as its own paths."""
    base = root.resolve()
    resolved = [(f.parent.resolve() / f.name) for f in files]
    return tuple(sorted(f.relative_to(base).as_posix() for f in resolved if f.is_relative_to(base)))


def tree_digest(project: Project, without: tuple[str, ...]) -> str:
    """SHA-256 over ``<sha256>  <path>`` lines of the project's files, sorted, *without* the badge's own."""
    whole = hashlib.sha256()
    for name in sorted(set(project.files) - set(without)):
        whole.update(f"{_sha256(project.root / name)}  {name}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return "unreadable"
    with os.fdopen(descriptor, "rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def commit_day(project: Project) -> str:
    """The day of the checked commit (UTC, YYYY-MM-DD), "" where there is none: a badge holds no clock of its own."""
    from datetime import UTC, datetime

    from artifactpack.project.git import GitError, git

    if not project.git.commit:
        return ""
    try:
        lines = git(project.root, "cat-file", "commit", project.git.commit).decode("utf-8", "replace").splitlines()
        stamp = next(line for line in lines if line.startswith("committer ")).split()[-2]
        return datetime.fromtimestamp(int(stamp), UTC).date().isoformat()
    except (GitError, StopIteration, ValueError, IndexError, OverflowError, OSError):
        return ""


def _digest(bundle: Path) -> str:
    from artifactpack.archive.reader import open_bundle

    with open_bundle(bundle) as opened:
        return opened.digest


def _rerun(path: Path | None, digest: str) -> tuple[str, int, int]:
    if path is None:
        return "", 0, 0
    from artifactpack.pipeline.files import read_record

    result = read_record(RerunResult, path)
    if digest and result.digest and result.digest != digest:
        raise RefusedError(f"{path}: was a re-run of another bundle ({result.digest[:16]}, not {digest[:16]})")
    return result.tier, sum(c.outcome in GOOD for c in result.claims), len(result.claims)


def _changed(what: str, stated: str, found: str) -> list[BadgeDifference]:
    return [] if stated == found else [BadgeDifference(what=what, stated=stated, found=found)]


def _scores(stated: tuple[BadgeScore, ...], found: tuple[BadgeScore, ...]) -> list[BadgeDifference]:
    now = {s.checklist: s for s in found}
    differences = []
    for score in stated:
        other = now.get(score.checklist)
        if other != score:
            differences.append(
                BadgeDifference(what=score.checklist, stated=_said(score), found=_said(other) if other else "not there")
            )
    return differences


def _drawn(badge: Badge) -> list[BadgeDifference]:
    """What *badge* shows that does not follow from the numbers that it states."""
    outcome = badge.scores, badge.tier, badge.reproduced, badge.claims
    message, colour = drawing.message(*outcome), drawing.colour(*outcome)
    return _changed("its words", badge.message, message) + _changed("its colour", badge.color, colour)


def _said(score: BadgeScore) -> str:
    return (
        f"{score.met}/{score.applicable} met, {score.contradicted} contradicted, "
        f"{score.author_only} author only, {score.not_applicable} not applicable"
    )


def _not_checked(badge: Badge, tree: str, digest: str) -> tuple[str, ...]:
    notes = []
    if badge.digest and not digest:
        notes.append("the bundle digest: give the bundle with --bundle")
    if badge.tree and not tree:
        notes.append("the project's files: a bundle holds only what is needed to run")
    if not tree:
        notes.append(
            "the verdicts: they are the bundle's own check.json, which `artifactpack check BUNDLE` judges again"
        )
    if badge.tier:
        notes.append(f"the {badge.tier} re-run: `artifactpack rerun` repeats it")
    return tuple(notes)
