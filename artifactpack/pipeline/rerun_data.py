"""Data that is not in the bundle: given by the reviewer, used where it is, or fetched by its address."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from urllib.parse import unquote

from artifactpack.errors import ArtifactPackError, InputError
from artifactpack.models.event import Event, Notify
from artifactpack.models.manifest import Member
from artifactpack.models.records import record
from artifactpack.models.tree import Tree
from artifactpack.pipeline.bundled import PROJECT
from artifactpack.pipeline.rerun_read import Reviewed
from artifactpack.pipeline.rerun_wish import Wish
from artifactpack.recorder.folder_hash import hash_folder
from artifactpack.recorder.hashing import BLOCK, Hashes


@record
class Supplied:
    """The project's paths that stay ``missing``, its ``links`` to where data is, what runs see of that."""

    missing: tuple[str, ...] = ()
    links: dict[Path, Path] = field(default_factory=dict)
    shown: tuple[Path, ...] = ()


def supply(bundle: Reviewed, wish: Wish, project: Path, notify: Notify) -> Supplied:
    """Put every thin member and every tree of the project in its place, hash checked.

    What ``--data`` names is copied, what ``--data-root`` or a ``file://`` address has stays there and is linked to, and
    so does a tree. Raises
    InputError where something given is not there or is not the recorded one.
    """
    supply = _Supply(bundle, wish, project, notify)
    missing = [path for path in supply.members() if path] + [tree.path for tree in supply.trees()]
    return Supplied(missing=tuple(missing), links=supply.links, shown=tuple(dict.fromkeys(supply.shown)))


class _Supply:
    def __init__(self, bundle: Reviewed, wish: Wish, project: Path, notify: Notify) -> None:
        self.bundle, self.wish, self.project, self.notify = bundle, wish, project, notify
        self.root = Path(os.path.realpath(Path(wish.data_root).expanduser())) if wish.data_root else None
        self.links: dict[Path, Path] = {}
        self.shown: list[Path] = []

    def members(self) -> Iterator[str]:
        """The paths of thin members that nobody has."""
        hashes = Hashes.kept(self.root) if self.root else Hashes()
        for member in self.bundle.thin:
            path = member.path.removeprefix(PROJECT)
            if path == member.path:
                continue
            target = self.project / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if (source := self._given(path)) is not None:
                _copy(source, target, member)
            elif (there := next((p for p in self._rooted(path) if p[0].is_file()), None)) is not None:
                _same(there[0], hashes.of(there[0]), member.sha256, path)
                self._link(*there, target)
            elif (place := self._local(member.url)) is not None:
                _same(place, hashes.of(place), member.sha256, path)
                self._link(place, place, target)
            elif not (self.wish.network and _fetch(member, target, self.notify)):
                yield path
        hashes.keep()

    def _local(self, url: str) -> Path | None:
        """The file of a shared file system that *url* names: only a bundle that is trusted may say which."""
        if not url.startswith("file:///") or not (self.bundle.own or self.wish.trust):
            return None
        place = Path(unquote(url.removeprefix("file://")))
        return place if place.is_file() else None

    def trees(self) -> Iterator[Tree]:
        """The trees that nobody has."""
        for tree in self.bundle.trees:
            named = self.wish.data.get(tree.name)
            places = [Path(named).expanduser()] if named else [place for place, _ in self._rooted(tree.path)]
            source = next((place for place in places if place.is_dir()), None)
            if source is None and named:
                raise InputError(f"--data {tree.name}={named}: no such folder")
            if source is None:
                yield tree
                continue
            found = hash_folder(source, notify=self.notify)
            _same(source, found.node, tree.node, tree.path, f" ({found.files} files, recorded {tree.files})")
            self._link(source, source, self.project / tree.path)

    def _given(self, path: str) -> Path | None:
        """The reviewer's file for *path*: ``--data NAME=PATH`` is the data set's file, or the folder that holds it."""
        for name, place in self.wish.data.items():
            inside = self._inside(path, name)
            if inside is None:
                continue
            source = Path(place).expanduser()
            found = source / inside if source.is_dir() and inside else source
            found = found / Path(path).name if found.is_dir() else found
            if not found.is_file():
                raise InputError(f"--data {name}={place}: {found} is not there")
            return found
        return None

    def _inside(self, path: str, name: str) -> str | None:
        """Where *path* is in the data set *name*, "" for itself; None where it is not of it."""
        base = self.bundle.config.data[name].path.removeprefix("./").rstrip("/")
        within = bool(base) and (path == base or path.startswith(f"{base}/"))
        return path[len(base) :].lstrip("/") if within else None

    def _rooted(self, path: str) -> Iterator[tuple[Path, Path]]:
        """Where *path* may be below ``--data-root``, and what of that a run must see of it: in a folder of the data
        set's name, or by its path here."""
        if self.root is None:
            return
        for name in self.bundle.config.data:
            inside = self._inside(path, name)
            if inside is not None and name == Path(name).name != "..":  # a name may lead out: `..`, `/home/me`
                yield self.root / name / (inside or Path(path).name), self.root / name
                yield self.root / name, self.root / name
        yield self.root / path, self.root / path

    def _link(self, source: Path, shown: Path, target: Path) -> None:
        real, whole = Path(os.path.realpath(source)), Path(os.path.realpath(shown))
        self.links[target] = real
        self.shown.append(whole if real.is_relative_to(whole) else real)


def _same(source: Path, found: str, recorded: str, path: str, more: str = "") -> None:
    if found != recorded:
        told = f"{found[:16]}…, recorded {recorded[:16]}…" if found else "it cannot be read"
        raise InputError(f"{source} is not the recorded {path}: sha256 {told}{more}")


def _copy(source: Path, target: Path, member: Member) -> None:
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        while block := reader.read(BLOCK):
            digest.update(block)
            writer.write(block)
    try:
        _same(source, digest.hexdigest(), member.sha256, member.path.removeprefix(PROJECT))
    except InputError:
        target.unlink()
        raise


def _fetch(member: Member, target: Path, notify: Notify) -> bool:
    """Put the recorded file into *target*, from the cache or its address; False where it fails or is something else."""
    from artifactpack.archive.thin import fetch

    if not member.url:
        return False
    try:
        found = fetch(member.url, member.sha256, member.size, notify=notify)
        _copy(found, target, member)
    except (ArtifactPackError, OSError) as error:
        notify(Event(stage="data", text=str(error), state="failed"))
        return False
    return True
