"""`bundle --anonymous`: a redacted copy that still runs, and the check that nothing in the archive names anybody."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

from artifactpack.archive.anonymise import Copied, collect_marks, copy_redacted, make_redactor
from artifactpack.archive.anonymise_runs import copy_runs
from artifactpack.archive.anonymise_scan import check_archive, scan_archive
from artifactpack.archive.choose import PROJECT, choose
from artifactpack.archive.runs import bundled
from artifactpack.folders import home
from artifactpack.models.anonymise import RedactedCopy
from artifactpack.models.event import Event, Notify, silent
from artifactpack.models.scan import Mark
from artifactpack.pipeline.anonymise_smoke import run_smoke
from artifactpack.pipeline.scratch import scratch
from artifactpack.project import Project, open_project
from artifactpack.project.git import GitError, git
from artifactpack.recorder.store import RunStore
from artifactpack.scan.identity_shapes import people

__all__ = ["check_archive", "redacted_copy", "scan_archive"]
_FORGES = ("github.com", "gitlab.com", "bitbucket.org", "huggingface.co", "codeberg.org", "sr.ht", "localhost")


def redacted_copy(
    root: Path, terms: Iterable[str] = (), *, smoke: bool = True, notify: Notify = silent
) -> RedactedCopy:
    """A redacted copy of the project at *root* in a new folder, which the caller removes.

    *terms* are marks besides those found and those of ``[anonymous]``. With *smoke*, the commands of the smoke tier
    run once more on (a copy of) the copy. Raises :class:`RefusedError` when they fail there, InputError as
    :func:`~artifactpack.archive.choose.choose` does.
    """
    project = open_project(root)
    store = RunStore(project.root)
    taken, _ = bundled(store.records(), project.config)
    chosen = choose(project, taken)
    files = {
        path.removeprefix(PROJECT): project.root / path.removeprefix(PROJECT)
        for path in chosen.entries
        if path.startswith(PROJECT)
    }
    files = {path: chosen.entries[PROJECT + path].file or file for path, file in files.items()}
    notify(Event(stage="anonymising", text="looking for what names the authors"))
    marks = collect_marks(project.root, files, known_marks(project, terms))
    redactor = make_redactor(marks, files)
    folder = scratch("artifactpack-anonymous-")
    target = folder / "project"
    try:
        target.mkdir()
        copied = copy_redacted(files, target, redactor)
        copy_runs(store, target, redactor, copied, project.config)
        ran, told = run_smoke(project, target, notify) if smoke else ((), ())
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return RedactedCopy(
        root=str(target),
        marks=redactor.matcher.marks,
        placeholders=redactor.placeholders,
        files=tuple(copied.files),
        notes=(*_notes(copied, ran, smoke=smoke), *told),
        smoke=ran,
    )


def _notes(copied: Copied, ran: tuple[str, ...], *, smoke: bool) -> tuple[str, ...]:
    changed = [f for f in copied.files if f.sha256 != f.redacted_sha256 or f.path != f.redacted_path]
    notes = [f"{len(changed)} of {len(copied.files)} files were changed in the anonymous copy"]
    if smoke and not ran:
        notes.append("no command of the smoke tier is declared: nothing was run on the redacted copy")
    return (*notes, *(f"'{name}' ran on the redacted copy" for name in ran))


# --- marks that are not in the files


def known_marks(project: Project, terms: Iterable[str]) -> Iterator[Mark]:
    """The author's terms, this machine and its user, git's identities and remotes, the project's own place."""
    for term in (*terms, *project.config.anonymous.terms):
        yield Mark(kind="term", text=term, source="[anonymous] terms")
    yield from _machine()
    yield from _repository(project)
    if len(project.root.parts) > 3:
        yield Mark(kind="path", text=str(project.root), source="the project's place")


def _machine() -> Iterator[Mark]:
    own = str(home())
    if own.count("/") > 1:
        yield Mark(kind="path", text=own, source="this machine")
    try:
        entry = pwd.getpwuid(os.getuid())
        yield Mark(kind="user name", text=entry.pw_name, source="this machine")
        yield from people(entry.pw_gecos.split(",")[0], "this machine")
    except KeyError:
        pass
    try:
        yield Mark(kind="user name", text=getpass.getuser(), source="this machine")
    except (KeyError, OSError):
        pass
    host = socket.gethostname()
    for name in dict.fromkeys((host, host.partition(".")[0])):
        if len(name) > 3 and name != "localhost":
            yield Mark(kind="host", text=name, source="this machine")
    for variable in ("CONDA_PREFIX", "SCRATCH", "WORK"):
        place = os.environ.get(variable, "")
        if place.startswith("/") and place.count("/") > 2 and not place.startswith(("/opt/conda", "/usr/")):
            yield Mark(kind="path", text=place, source=f"${variable}")


def _repository(project: Project) -> Iterator[Mark]:
    """Names and addresses of git's own configuration and of every author in the history; remotes' owners and hosts."""
    yield from _identities(
        _told("config", project, "--get-all", "user.name"), _told("config", project, "--get-all", "user.email")
    )
    if not project.git.present:
        return
    for name, email in _authors(project):
        yield from _identities(name, email)
    if project.git.commit:
        yield Mark(kind="commit", text=project.git.commit, source="git")
    for remote in project.git.remotes:
        yield from remote_marks(remote)


def _told(command: str, project: Project, *arguments: str) -> str:
    try:
        return git(project.root, command, *arguments).decode("utf-8", "replace")
    except GitError:
        return ""


def _authors(project: Project) -> list[tuple[str, str]]:
    lines = _told("log", project, "--all", "-n", "2000", "--format=%an%x09%ae%n%cn%x09%ce").splitlines()
    return sorted({(n, e) for n, _, e in (line.partition("\t") for line in lines)})[:200]


def _identities(names: str, emails: str) -> Iterator[Mark]:
    for name in names.splitlines():
        if "[bot]" in name or name in ("GitHub", "GitLab"):
            continue
        found = list(people(name, "git"))
        yield from found
        if not found and len(name.strip()) > 2:
            yield Mark(kind="user name", text=name.strip(), source="git")
    for email in emails.splitlines():
        local, _, host = email.strip().partition("@")
        if not host or ("noreply" in email and "+" not in local):
            continue
        yield Mark(kind="e-mail", text=email.strip(), source="git")
        yield Mark(kind="user name", text=local.rpartition("+")[2], source="git")


def remote_marks(url: str) -> Iterator[Mark]:
    """The owner in a remote's address, and its host when that is nobody's public forge."""
    rest = url.partition("://")[2] or url
    rest = rest.rpartition("@")[2].replace(":", "/", 1) if "://" not in url else rest.rpartition("@")[2]
    host, *parts = [part for part in rest.split("/") if part]
    if url.startswith(("/", ".", "file:")):
        yield Mark(kind="path", text=url.removeprefix("file://"), source="a git remote")
        return
    host = host.partition(":")[0]
    if "." in host and host.lower() not in _FORGES:
        yield Mark(kind="host", text=host, source="a git remote")
    for owner in parts[:-1]:
        yield Mark(kind="user name", text=owner, source="a git remote")
