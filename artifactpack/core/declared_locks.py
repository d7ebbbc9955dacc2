"""Declared packages of lock files: uv, Poetry, pylock, PDM, Pipenv, conda-lock; pure."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

from artifactpack.core.declared import Declared, line_of
from artifactpack.core.packages import canonical

LOCK_NAME = re.compile(
    r"(?:uv|poetry|pdm|Pipfile|conda-lock|pixi|Cargo)\.(?:lock|ya?ml)|pylock(?:\.[\w-]+)?\.toml|Manifest\.toml"
)


def lock_file(text: str, path: str) -> list[Declared]:
    """Read the packages of a lock file; an unreadable one gives none."""
    name = path.rsplit("/", 1)[-1]
    try:
        if name == "Pipfile.lock":
            return _pipfile(json.loads(text), text, path)
        if name.startswith("conda-lock"):
            return _conda_lock(text, path)
        data = tomllib.loads(text)
    except (ValueError, RecursionError):
        return []
    entries = data.get("package") or data.get("packages") or []
    return [d for e in entries if isinstance(e, dict) for d in _entry(e, text, path)]


def _entry(entry: dict[str, Any], text: str, path: str) -> list[Declared]:
    name, version, source = entry.get("name"), entry.get("version"), entry.get("source")
    local = isinstance(source, dict) and ({"virtual", "editable"} & source.keys())
    if not isinstance(name, str) or local:
        return []
    vcs = entry.get("vcs")
    commit = vcs.get("commit-id", "") if isinstance(vcs, dict) else ""
    keys = "hash" in str(entry.get("files", ""))[:2000] or any(k in entry for k in ("wheels", "sdist", "archive"))
    at = line_of(text, f'name = "{name}"')
    return [Declared(canonical(name), str(version or commit), f"=={version}", path, at, keys)]


def _pipfile(data: Any, text: str, path: str) -> list[Declared]:
    found = []
    for group in ("default", "develop"):
        entries = data.get(group) if isinstance(data, dict) else None
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            version = str(entry.get("version") or entry.get("ref") or "") if isinstance(entry, dict) else ""
            hashed = isinstance(entry, dict) and bool(entry.get("hashes"))
            at = line_of(text, f'"{name}"')
            found.append(Declared(canonical(name), version.lstrip("="), version, path, at, hashed))
    return found


_CONDA_ENTRY = re.compile(r"^\s*-?\s*name:\s*['\"]?([\w.-]+)['\"]?\s*\n\s*version:\s*['\"]?([^\s'\"]+)", re.MULTILINE)


def _conda_lock(text: str, path: str) -> list[Declared]:
    hashed = "sha256:" in text
    return [
        Declared(canonical(m.group(1)), m.group(2), f"=={m.group(2)}", path, text.count("\n", 0, m.start()) + 1, hashed)
        for m in _CONDA_ENTRY.finditer(text)
    ]
