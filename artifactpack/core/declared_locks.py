"""Declared packages of lock files: uv, Poetry, pylock, PDM, Pipenv, conda-lock; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from artifactpack.core.declared import Declared
from artifactpack.core.packages import canonical
from artifactpack.patterns import late

LOCK_NAME = late(r"(?:uv|poetry|pdm|Pipfile|conda-lock|pixi)\.(?:lock|ya?ml)|pylock(?:\.[\w-]+)?\.toml")


def lock_file(text: str, path: str) -> list[Declared]:
    """Read the packages of a lock file; an unreadable one gives none."""
    name = path.rsplit("/", 1)[-1]
    if name == "Pipfile.lock":
        try:
            return list(_pipfile(json.loads(text), text, path))
        except (ValueError, RecursionError):
            return []
    return list(_conda_lock(text, path) if name.startswith("conda-lock") else _toml_lock(text, path))


_PACKAGE = late(r"^\[\[packages?\]\]\s*$", re.MULTILINE)
_KEY = late(r"^(name|version|source|commit-id|resolved_reference)\s*=\s*(.+)$", re.MULTILINE)
_LOCAL = late(r"\b(?:virtual|editable|directory)\s*=")


def _toml_lock(text: str, path: str) -> Iterator[Declared]:
    """Read ``[[package]]`` tables by their lines: a parser needs ten times as long for files of this size."""
    starts = [m.end() for m in _PACKAGE.finditer(text)]
    line, position = 1, 0
    for start, end in pairwise([*starts, len(text)]):
        line += text.count("\n", position, start)
        position = start
        entry = text[start:end]
        keys = {m.group(1): m.group(2).strip().strip("\"'") for m in _KEY.finditer(entry[:2000])}
        if "name" not in keys or _LOCAL.search(keys.get("source", "")):
            continue
        version = keys.get("version") or keys.get("commit-id") or keys.get("resolved_reference") or ""
        hashed = "sha256:" in entry or "hash" in entry
        yield Declared(canonical(keys["name"]), version, f"=={version}", path, line, hashed)


def _pipfile(data: Any, text: str, path: str) -> Iterator[Declared]:
    lines = {
        m.group(1): text.count("\n", 0, m.start()) + 1 for m in re.finditer(r"\"([\w.-]+)\":\s*\{", text[:2_000_000])
    }
    for group in ("default", "develop"):
        entries = data.get(group) if isinstance(data, dict) else None
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            version = str(entry.get("version") or entry.get("ref") or "") if isinstance(entry, dict) else ""
            hashed = isinstance(entry, dict) and bool(entry.get("hashes"))
            yield Declared(canonical(name), version.lstrip("="), version, path, lines.get(name, 1), hashed)


_CONDA_ENTRY = late(r"^[ -]*name:\s*['\"]?([\w.-]+)['\"]?\s*\n\s*version:\s*['\"]?([^\s'\"]+)", re.MULTILINE)


def _conda_lock(text: str, path: str) -> Iterator[Declared]:
    hashed = "sha256:" in text
    line, position = 1, 0
    for m in _CONDA_ENTRY.finditer(text):
        line += text.count("\n", position, m.start())
        position = m.start()
        yield Declared(canonical(m.group(1)), m.group(2), f"=={m.group(2)}", path, line, hashed)
