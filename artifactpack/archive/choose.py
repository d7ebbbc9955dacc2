"""What goes into the bundle: every file with the reason why it is in, thin, or out."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from artifactpack.archive import names, runs, trees
from artifactpack.archive.content import Entry
from artifactpack.archive.listing import thin_url
from artifactpack.archive.roles import matches, role
from artifactpack.archive.source import kind
from artifactpack.errors import InputError
from artifactpack.models.bundle import Choice
from artifactpack.models.config import DataSet
from artifactpack.models.manifest import Role
from artifactpack.models.project import Skipped
from artifactpack.models.run import FileUse, RunRecord
from artifactpack.models.tree import Tree
from artifactpack.project import Project

PROJECT, RUNS = "data/project/", "data/runs/"
CREDENTIALS = ("conf/local", "*/conf/local/*", "config.local", "airflow.cfg", ".netrc", "_netrc")
NEVER = (
    *(".git", ".hg", ".svn", ".artifactpack", "__pycache__", ".venv", ".ipynb_checkpoints", ".DS_Store"),
    *CREDENTIALS,
)
_POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass
class Selection:
    """Entries to pack, one choice a file, and sentences the author should read."""

    entries: dict[str, Entry] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    trees: tuple[Tree, ...] = ()

    def take(self, entry: Entry, why: str) -> None:
        """Put *entry* in, in the place of an earlier one of its path."""
        if entry.path in self.entries:
            self.choices = [choice for choice in self.choices if choice.path != entry.path]
        self.entries[entry.path] = entry
        size = entry.size if entry.data is None else len(entry.data)
        choice = Choice(path=entry.path, size=size, role=entry.role, state="thin" if entry.url else "in", why=why)
        self.choices.append(choice)

    def leave(self, path: str, size: int, why: str) -> None:
        """Leave the project's file *path* out."""
        self.choices.append(Choice(path=path, size=size, role=role(path), state="out", why=why))


def choose(project: Project, taken: Sequence[RunRecord]) -> Selection:
    """Choose among the project's files; raises :class:`InputError` naming every file that stops the bundle."""
    chosen = Selection()
    used = runs.reads(taken)
    whole = trees.declared(project)
    for path, why in _candidates(project, used, whole).items():
        if not trees.within(path, whole):
            _consider(chosen, project, path, why, used.get(path))
    _links(chosen, project, whole)
    chosen.faults += [f"{path} changed since a recorded run read it" for path in trees.changed(project, whole, used)]
    left = {s.path: s.reason for s in (*_special(project), *project.tree.skipped) if s.path not in project.links}
    chosen.findings += [f"not packed: {names.shown(path)}: {reason}" for path, reason in left.items()]
    chosen.findings += _outside(taken)
    if chosen.faults:
        raise InputError("; ".join(chosen.faults))
    chosen.trees = trees.hashed(project, whole)
    for tree in chosen.trees:
        why = f"{tree.files} files by one hash: data.{tree.name}.bundle is false"
        chosen.choices.append(Choice(path=PROJECT + tree.path, size=tree.size, role="data", state="thin", why=why))
    return chosen


def _candidates(project: Project, used: dict[str, FileUse], whole: Mapping[str, str]) -> dict[str, str]:
    """Every file that could go in, and why it would ("" for one that nothing asks for)."""
    tracked = project.tracked
    found = {p: "tracked by git" if p in tracked else ("" if tracked else "in the folder") for p in project.files}
    for path in used:
        found[path] = "tracked by git, read by a run" if path in tracked else "read by a run"
    for path in sorted(found):
        if hit := matches(path, project.config.bundle.include):
            found[path] = f"bundle.include has '{hit}'"
    listed = {name: data for name, data in project.config.data.items() if name not in whole.values()}
    for name, data in listed.items():
        found |= {p: f"declared as data.{name}" for p in _below(project.root, data) if not found.get(p)}
    if project.config_path and not found.get(project.config_path):
        found[project.config_path] = "the configuration itself"
    return dict(sorted(found.items()))


def _below(root: Path, data: DataSet) -> list[str]:
    """The files of a declared data set, whether or not git ignores them."""
    if not data.path or data.path.startswith(("/", "..")):
        return []
    start = root / data.path
    if start.is_file() and not start.is_symlink():
        return [Path(os.path.relpath(start, root)).as_posix()]
    found = []
    for folder, folders, files in os.walk(start):
        folders[:] = sorted(d for d in folders if d not in NEVER)
        paths = [Path(folder, f) for f in sorted(files)]
        found += [Path(os.path.relpath(p, root)).as_posix() for p in paths if p.is_file() and not p.is_symlink()]
    return found


def _consider(chosen: Selection, project: Project, path: str, why: str, use: FileUse | None) -> None:
    try:
        told = (project.root / path).lstat()
    except OSError as error:
        if use is not None:
            chosen.faults.append(
                f"{path} was read by a recorded run and is not there now ({error.strerror}); restore it"
            )
        return
    pointer, reason = False, _refusal(project, path, told.st_mode, why)
    if not reason:
        pointer, reason = _pointer(project.root / path, told)
    if reason:
        if use is not None and not matches(path, (*NEVER, *project.config.bundle.exclude)):
            chosen.faults.append(f"{names.shown(path)} was read by a recorded run but cannot be packed: {reason}")
        chosen.leave(path, told.st_size, reason)
        if "excluded" in reason and use is not None:
            chosen.findings.append(f"{path} is excluded, but the recorded run read it: a re-run will miss it")
        return
    if pointer:
        chosen.faults.append(f"{path} is a Git LFS pointer, not the file itself; fetch it with `git lfs pull`")
    else:
        _take(chosen, project, path, why, use, told)


def _pointer(file: Path, told: os.stat_result) -> tuple[bool, str]:
    """Whether *file* stands for another one that Git LFS keeps, and why that cannot be seen."""
    if told.st_size >= 1024:
        return False, ""
    try:
        with file.open("rb") as opened:
            return opened.read(len(_POINTER)) == _POINTER, ""
    except OSError as error:
        return False, f"it cannot be read: {(error.strerror or str(error)).lower()}"


def _refusal(project: Project, path: str, mode: int, why: str) -> str:
    if word := kind(mode):
        return word
    if hit := matches(path, NEVER):
        return f"'{hit}' never goes in"
    if hit := matches(path, project.config.bundle.exclude):
        return f"excluded: bundle.exclude has '{hit}'"
    if fault := names.fault(PROJECT + path):
        return f"its name cannot be packed: {fault}"
    if not os.access(project.root / path, os.R_OK):
        return "it cannot be read: permission denied"
    return "" if why else "not tracked by git, and no recorded run read it"


def _take(chosen: Selection, project: Project, path: str, why: str, use: FileUse | None, told: os.stat_result) -> None:
    file = project.root / path
    name, data = _thin(project, path)
    expected = use.sha256 if use is not None and not use.changed else ""
    entry = Entry(
        path=PROJECT + path,
        role=_role(path, name),
        file=file,
        executable=bool(told.st_mode & 0o100),
        expected=expected,
        size=told.st_size,
    )
    if data is None:
        chosen.take(entry, why)
    else:
        chosen.take(_thinned(entry, name, data, path), f"by address: data.{name}.bundle is false")


def _role(path: str, data: str) -> Role:
    told = role(path)
    return "data" if data and told != "weights" else told


def _thin(project: Project, path: str) -> tuple[str, DataSet | None]:
    """The declared data set that *path* belongs to, and its table when it is to be thin."""
    for name, data in project.config.data.items():
        if data.path and matches(path, (data.path.removeprefix("./"),)):
            return name, None if data.bundle else data
    return "", None


def _thinned(entry: Entry, name: str, data: DataSet, path: str) -> Entry:
    """*entry* by address: hashed now, because its bytes will not pass through the writer."""
    from artifactpack.scan.digests import hash_file

    url = address(data, path)
    if not thin_url(url, entry.path):
        raise InputError(f"data.{name}.bundle is false but data.{name}.url is no address to fetch it from; give one")
    if entry.file is None:
        raise InputError(f"{path} is not a file")
    sha256 = hash_file(entry.file)
    if entry.expected not in ("", sha256):
        raise InputError(f"{path} is not the file that the recorded run read; restore it or record again")
    return Entry(path=entry.path, role="data", expected=sha256, url=url, size=entry.size)


def address(data: DataSet, path: str) -> str:
    """Where the project's file *path* of the declared *data* is fetched from: below its address, or in that archive."""
    inside = path.removeprefix(data.path.removeprefix("./").strip("/")).lstrip("/")
    url = data.url if not inside else data.url + (inside if data.url.endswith("/") else f"#{inside}")
    return url.replace(" ", "%20")


def _links(chosen: Selection, project: Project, whole: Iterable[str]) -> None:
    """Links become copies of what they point at inside the tree; anything else is told."""
    root = project.root.resolve()
    for path, target in sorted(project.links.items()):
        if matches(path, (*NEVER, *project.config.bundle.exclude)) or trees.within(path, whole):
            continue
        try:
            real = (project.root / path).resolve(strict=True)
        except (OSError, RuntimeError):
            chosen.findings.append(
                f"not packed: {names.shown(path)}: a link to {names.shown(target)}, which is not there"
            )
            continue
        if not real.is_relative_to(root):
            chosen.findings.append(f"not packed: {names.shown(path)}: a link out of the project; a re-run will miss it")
            continue
        _copy_link(chosen, project, path, real.relative_to(root).as_posix())


def _copy_link(chosen: Selection, project: Project, path: str, real: str) -> None:
    for member in [m for m in chosen.entries if m == PROJECT + real or m.startswith(f"{PROJECT}{real}/")]:
        entry = chosen.entries[member]
        name = PROJECT + path + member.removeprefix(PROJECT + real)
        if names.fault(name) or name in chosen.entries:
            continue
        copy = Entry(name, entry.role, None, entry.file, entry.executable, entry.expected, entry.url, entry.size)
        chosen.take(copy, f"a copy, because {path} is a link to {real}")


def _special(project: Project) -> list[Skipped]:
    """Pipes, sockets and devices beside the project's files: git lists none of them."""
    found = []
    for folder in sorted({"", *(path.rpartition("/")[0] for path in project.files)}):
        with contextlib.suppress(OSError), os.scandir(project.root / folder) as listing:
            odd = [e.name for e in listing if not (e.is_symlink() or e.is_file() or e.is_dir())]
            found += [Skipped(path=f"{folder}/{name}".lstrip("/"), reason="not a regular file") for name in sorted(odd)]
    return found


def _outside(taken: Sequence[RunRecord]) -> list[str]:
    """Files that runs read from outside the project: nobody else has them. Records only say where, never which."""
    told = [re.fullmatch(r"(home|elsewhere) \((\d+)\)", text) for run in taken for text in run.outside]
    most = max((int(m[2]) for m in told if m), default=0)
    if not most:
        return []
    places = " or ".join(
        sorted({"your home folder" if m[1] == "home" else "elsewhere" for m in told if m}, reverse=True)
    )
    return [
        f"recorded runs read up to {most} files outside the project ({places}): a re-run on another machine will not "
        f"find them unless an installed package brings them; copy them in, or declare them under [data]"
    ]
