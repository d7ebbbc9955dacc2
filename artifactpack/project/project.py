"""The project: one folder, opened once, read many times."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from artifactpack.errors import InputError
from artifactpack.models.config import Config
from artifactpack.models.project import GitState, Skipped
from artifactpack.project import git
from artifactpack.project.config import load_config
from artifactpack.project.reading import Unreadable, decode, read_file
from artifactpack.project.tree import Tree, read_tree

if TYPE_CHECKING:
    from artifactpack.project.index import PythonIndex
    from artifactpack.project.notes import Fingerprint, Notes
    from artifactpack.project.prose import Prose

READ_LIMIT = 2 << 20
T = TypeVar("T")


class Helper(Protocol):
    """Somebody who works out some results for us at the same time."""

    def await_result(self, name: str) -> dict[str, Any]:
        """Results that came so far, *name* among them where it was promised."""


def open_project(path: Path | str) -> Project:
    """Open the folder at *path*; InputError if it is no folder or empty, ConfigError for a faulty configuration."""
    root = Path(path)
    if not root.exists():
        raise InputError(f"{path}: no such folder; give the project's folder")
    if not root.is_dir():
        raise InputError(f"{path}: not a folder; give the project's folder")
    try:
        tree = read_tree(root.absolute())
    except PermissionError as error:
        raise InputError(f"{path}: cannot be read: permission denied") from error
    if not tree.files:
        raise InputError(f"{path}: no files in this folder; nothing to look at")
    config, config_path = load_config(root)
    return Project(root.absolute(), tree, config, config_path)


class Project:
    """A folder as every probe sees it; nothing in it is executed, imported or followed out of it."""

    def __init__(self, root: Path, tree: Tree, config: Config, config_path: str) -> None:
        self.root, self.tree, self.config, self.config_path = root, tree, config, config_path
        self.files, self.tracked, self.links = tree.files, tree.tracked, tree.links
        self.skipped: list[Skipped] = list(tree.skipped)
        self.helper: Helper | None = None
        self._texts: dict[str, str] = {}
        self._once: dict[str, Any] = {}

    @cached_property
    def name(self) -> str:
        """The folder's name, as text: bytes that are none are shown as such."""
        return os.fsencode(self.root.resolve().name).decode("utf-8", "replace")

    @cached_property
    def git(self) -> GitState:
        """The repository's state, found out when first asked for."""
        return git.read_state(self.root, self.tree.head)

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """What the files look like from outside: equal means unchanged."""
        from artifactpack.project.notes import Fingerprint

        return Fingerprint(self)

    @cached_property
    def notes(self) -> Notes:
        """Small results kept while no file changes."""
        from artifactpack.project.notes import Notes

        return Notes(self)

    @cached_property
    def index(self) -> PythonIndex:
        """What the project's Python says."""
        from artifactpack.project.index import PythonIndex

        return PythonIndex(self)

    @property
    def prose(self) -> Prose:
        """What the project's documents say."""
        from artifactpack.project.prose import read_prose

        return self.once("prose", lambda: read_prose(self))

    def once(self, name: str, work: Callable[[], T]) -> T:
        """What *work* gives, worked out once, or by the process that helps; *name* tells it from other works."""
        if name not in self._once and self.helper is not None:
            self._once.update(self.helper.await_result(name))
        if name not in self._once:
            self._once[name] = work()
        return cast("T", self._once[name])

    def __contains__(self, path: object) -> bool:
        return path in self.tree.sizes

    def size(self, path: str) -> int:
        """Size of *path* in bytes; 0 where it is not one of the project's files."""
        return self.tree.sizes.get(path, 0)

    def read_bytes(self, path: str, limit: int = READ_LIMIT) -> bytes:
        """The first *limit* bytes of *path*; b"" where it cannot be read, which is then noted as skipped."""
        if path not in self.tree.sizes:
            return b""
        try:
            return read_file(f"{os.fspath(self.root)}/{path}", limit)
        except FileNotFoundError:
            return b""
        except Unreadable as error:
            self.skip(path, str(error))
            return b""

    def read_text(self, path: str, limit: int = READ_LIMIT) -> str:
        """The text of *path*, its first *limit* bytes; "" where it cannot be read."""
        if limit != READ_LIMIT:
            return decode(self.read_bytes(path, limit), cut=self.size(path) > limit)
        if path not in self._texts:
            self._texts[path] = decode(self.read_bytes(path), cut=self.size(path) > READ_LIMIT)
            if self.size(path) > READ_LIMIT:
                self.skip(path, f"larger than {READ_LIMIT >> 20} MB: only its beginning was read")
        return self._texts[path]

    def named(self, name: str) -> tuple[str, ...]:
        """Files whose last part is *name*."""
        return tuple(self._by_name.get(name, ()))

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self.files:
            found.setdefault(path.rpartition("/")[2], []).append(path)
        return found

    def glob(self, *patterns: str) -> tuple[str, ...]:
        """Files that match one of *patterns*, ignoring case; a pattern without a slash matches names anywhere,
        one that starts with a slash only at the root, `**/` any folders."""
        matchers = [_matcher(p) for p in patterns]
        return tuple(f for f in self.files if any(m(f) for m in matchers))

    def skip(self, path: str, reason: str) -> None:
        """Note that *path* was not (fully) looked at."""
        entry = Skipped(path=path, reason=reason)
        if entry not in self.skipped:
            self.skipped.append(entry)


def _matcher(pattern: str) -> Callable[[str], object]:
    """A matcher of whole paths: `*` and `?` stay within one folder, `**/` spans any, `[…]` is a class."""
    anywhere = "/" not in pattern
    parts = re.split(r"(\*\*/|\*|\?|\[[^]/]+\])", pattern.lstrip("/"))
    body = "".join(_WILD.get(p) or (p if p[:1] == "[" else re.escape(p)) for p in parts)
    return re.compile(f"(?is){'(?:.*/)?' if anywhere else ''}{body}").fullmatch


_WILD = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
