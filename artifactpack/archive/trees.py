"""Data sets that no bundle holds file by file: folders of a million files, or such as have no address."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from artifactpack.archive import names
from artifactpack.archive.content import Entry
from artifactpack.archive.documents import parsed
from artifactpack.errors import RefusedError
from artifactpack.models.config import DataSet
from artifactpack.models.event import Notify, silent
from artifactpack.models.records import Invalid, load, to_json
from artifactpack.models.run import FileUse
from artifactpack.models.tree import Tree, TreesFile

if TYPE_CHECKING:
    from artifactpack.project import Project

MEMBER = "artifactpack/trees.json"
MANY = 10_000  # files from which on a list of them says no more than one hash


def declared(project: Project) -> dict[str, str]:
    """Name by path of the data sets that are known by one hash: ``bundle = false``, a folder, and no address or too
    many files to name each."""
    found = {}
    for name, data in project.config.data.items():
        path = data.path.removeprefix("./").strip("/")
        if not data.bundle and path and ".." not in path.split("/") and _is_tree(project.root / path, data):
            found[path] = name
    return found


def _is_tree(folder: Path, data: DataSet) -> bool:
    if not folder.is_dir():
        return False
    files = (name for _, _, inside in os.walk(folder) for name in inside)
    return not data.url or len(list(islice(files, MANY + 1))) > MANY


def within(path: str, trees: Iterable[str]) -> bool:
    """Whether the project's *path* is one of *trees* or lies in one."""
    return any(path == tree or path.startswith(f"{tree}/") for tree in trees)


def hashed(project: Project, paths: Mapping[str, str], notify: Notify = silent) -> tuple[Tree, ...]:
    """The trees at *paths* (see :func:`declared`) as they are now; InputError for what cannot be hashed."""
    from artifactpack.recorder.folder_hash import hash_folder

    found = []
    for path, name in sorted(paths.items()):
        told = hash_folder(project.root / path, notify=notify)
        url = project.config.data[name].url
        found.append(Tree(name=name, path=path, node=told.node, files=told.files, size=told.size, url=url))
    return tuple(found)


def changed(project: Project, trees: Iterable[str], used: Mapping[str, FileUse]) -> list[str]:
    """The files in *trees* that recorded runs read and that are other ones now."""
    from artifactpack.recorder.hashing import Hashes

    hashes = Hashes.kept(project.root)
    reads = [use for path, use in used.items() if within(path, trees) and use.sha256 and not use.changed]
    found = [use.path for use in reads if hashes.of(project.root / use.path) != use.sha256]
    hashes.keep()
    return sorted(found)


def entry(trees: tuple[Tree, ...]) -> Entry:
    """The member that lists *trees*."""
    return Entry(MEMBER, "meta", to_json(TreesFile(trees=trees)).encode())


def read(data: bytes) -> tuple[Tree, ...]:
    """The trees that *data* lists; RefusedError for what we cannot have written."""
    try:
        found = load(TreesFile, parsed(data, MEMBER)).trees
    except Invalid as error:
        raise RefusedError(f"refused: {MEMBER} is not a list of trees ({str(error)[:200]})") from error
    for tree in found:
        if (
            names.fault(f"data/project/{tree.path}")
            or not names.printable(tree.name)
            or not re.fullmatch("[0-9a-f]{64}", tree.node)
        ):
            raise RefusedError(f"refused: {MEMBER} names {names.shown(tree.path)}, no folder of the project")
    return found
