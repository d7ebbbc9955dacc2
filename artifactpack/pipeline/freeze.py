"""Freeze the environment when runs are recorded: what they imported, with the hashes that the index knows now."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

from artifactpack.archive import lock
from artifactpack.archive.atomic import write_bytes
from artifactpack.core.reference import counting
from artifactpack.errors import ArtifactPackError
from artifactpack.project import open_project
from artifactpack.recorder.store import RunStore
from artifactpack.rerun.indexes import configured, for_uv
from artifactpack.rerun.interpreters import uv_program
from artifactpack.scan.digests import hash_file

_SECONDS = 120


def freeze(root: Path) -> str:
    """Resolve hashes for what the counted runs at *root* imported and keep them in the state folder.

    Returns a sentence where that was not possible, "" where it was or is not needed: the project's own lock has
    hashes, they are kept already, or nothing was imported. Never raises: a missing lock must not cost a recorded run.
    """
    project = open_project(root)
    taken = counting(RunStore(project.root).records())
    packages, _ = lock.packages_of(taken)
    if not packages or lock.hashed(project, packages):
        return ""
    uv = uv_program()
    if uv is None:
        return "no hashes were frozen with the versions: pip install 'artifactpack[uv]' for that"
    python = next((r.python for r in reversed(taken) if r.python), "")
    text = _resolve(uv, lock.pins(packages), python)
    if not text:
        return "no hashes were frozen with the versions: the package index did not give them (offline?)"
    target = project.root / lock.STATE / lock.kept_name(packages)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(target, text.encode())
    except (OSError, ArtifactPackError) as error:
        return f"the frozen environment could not be kept: {error}"
    return ""


def _resolve(uv: str, pins: str, python: str) -> str:
    """The pins with hashes, or "" when uv could not tell all of them."""
    version = ["--python-version", ".".join(python.split(".")[:2])] if python.count(".") else []
    options = ["--no-deps", "--generate-hashes", "--no-header", "--no-annotate", "--no-config", "-q", *version]
    indexes = configured()
    try:
        done = subprocess.run(
            [uv, "pip", "compile", *options, *for_uv(indexes), "-"],
            input=pins,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    lines = [line for line in done.stdout.splitlines() if not line.startswith("--")]  # options would name an index
    text = lock.with_hashes("\n".join(lines), _local(lines, indexes.links))
    return text if done.returncode == 0 and lock.fully_hashed(text) else ""


def _local(lines: list[str], links: tuple[str, ...]) -> dict[str, list[str]]:
    """The hashes of wheels that lie in a local folder of pip's find-links, which uv leaves out, by package."""
    bare = [line.partition("==") for line in lines if "==" in line and not line.endswith("\\")]
    return {name: [hash_file(wheel) for wheel in _wheels(name, version, links)] for name, _, version in bare}


def _wheels(name: str, version: str, links: tuple[str, ...]) -> list[Path]:
    start = f"{re.sub(r'[-_.]+', '_', name).lower()}-{version.strip()}-"
    folders = [Path(unquote(link.removeprefix("file://"))) for link in links]
    local = [f for folder in folders if folder.is_absolute() and folder.is_dir() for f in sorted(folder.glob("*.whl"))]
    return [f for f in local if f.name.lower().startswith(start)]
