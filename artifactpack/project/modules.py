"""Which file an import means: by the folder it stands in, those above it, and the usual roots."""

from __future__ import annotations

import sys
from collections.abc import Iterable

_STDLIB = frozenset(sys.stdlib_module_names)


class Modules:
    """Own files by dotted module name, for imports seen from anywhere in the project."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.by_suffix: dict[str, list[str]] = {}
        for path in paths:
            if not path.endswith(".py"):
                continue
            parts = path[:-3].split("/")
            if parts[-1] == "__init__":
                parts = parts[:-1]
            for start in range(max(0, len(parts) - 6), len(parts)):
                self.by_suffix.setdefault(".".join(parts[start:]), []).append(path)
        self.known: dict[tuple[str, str], tuple[str, str] | None] = {}

    def find(self, importer: str, target: str) -> tuple[str, str] | None:
        """(file, what of it) for the dotted *target* imported in *importer*; None where it is not the project's."""
        folder = importer.rpartition("/")[0]
        key = (folder, target)
        if key not in self.known:
            self.known[key] = self._find(folder, target)
        return self.known[key]

    def _find(self, folder: str, target: str) -> tuple[str, str] | None:
        if target.startswith("."):
            return self._relative(folder, target)
        parts = target.split(".")
        for length in range(len(parts), 0, -1):
            name = ".".join(parts[:length])
            candidates = self.by_suffix.get(name)
            if candidates and (found := _nearest(candidates, folder, length, name)):
                return found, ".".join(parts[length:])
        if len(parts) > 2 and parts[0] not in _STDLIB and (inner := self._find("", ".".join(parts[1:]))):
            path, rest = inner  # the project's own folder is the package
            return inner if path.count("/") + 1 >= len(parts) - 1 - (rest.count(".") + 1 if rest else 0) > 0 else None
        return None

    def _relative(self, folder: str, target: str) -> tuple[str, str] | None:
        dots = len(target) - len(target.lstrip("."))
        parents = folder.split("/") if folder else []
        if dots - 1 > len(parents):
            return None
        base = parents[: len(parents) - dots + 1]
        parts = [p for p in target[dots:].split(".") if p]
        for length in range(len(parts), -1, -1):
            path = "/".join([*base, *parts[:length]])
            for candidate in (f"{path}.py" if path else "", f"{path}/__init__.py" if path else "__init__.py"):
                name = ".".join([*base, *parts[:length]])
                if candidate and candidate in self.by_suffix.get(name, ()):
                    return candidate, ".".join(parts[length:])
        return None


def _nearest(candidates: list[str], folder: str, length: int, name: str) -> str:
    """The candidate that an import in *folder* would find: beside it, above it, at a root; longer names anywhere."""
    file = name.replace(".", "/")
    above = [folder, *("/".join(folder.split("/")[:n]) for n in range(folder.count("/"), 0, -1)), "", "src"]
    for base in above:
        prefix = f"{base}/" if base else ""
        for candidate in (f"{prefix}{file}.py", f"{prefix}{file}/__init__.py"):
            if candidate in candidates:
                return candidate
    if length > 1:
        return min(candidates, key=lambda c: (c.count("/"), c))
    if name in _STDLIB:
        return ""
    shallow = [c for c in candidates if c.count("/") <= 2]
    return shallow[0] if len(shallow) == 1 else ""
