"""Which Python runs the user's commands, and what is installed there; asked from outside."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import field
from functools import cache
from pathlib import Path

from artifactpack.core.packages import canonical
from artifactpack.errors import ConfigError, InputError
from artifactpack.models.config import Config
from artifactpack.models.records import record
from artifactpack.project.reading import read_file

_LARGEST = 16 << 20  # bytes of a package's list of files
_TOOL_HOMES = ("/pipx/", "/uv/tools/")


def find_python(config: Config, root: Path) -> Path:
    """The interpreter of ``environment.python``; else of the active virtual or conda environment, `.venv`, the
    environment we run in, PATH. Raises ConfigError when the configured one is not there."""
    if config.environment.python:
        return _configured(config.environment.python, root)
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        found = Path(os.environ.get(name) or "/nowhere") / "bin" / "python"
        if found.exists():
            return found
    own = root / ".venv" / "bin" / "python"
    if own.exists():
        return own
    if sys.prefix != sys.base_prefix and not any(home in sys.prefix for home in _TOOL_HOMES):
        return Path(sys.executable)
    for name in ("python3", "python"):
        there = shutil.which(name)
        if there:
            return Path(there)
    raise InputError("no Python found: activate an environment or set environment.python in artifactpack.toml")


def first_on_path(python: Path, path: str) -> str:
    """*path* as in the activated environment of *python*: a `python` in a script is that one too."""
    home = python.absolute().parent
    environment = (home.parent / "pyvenv.cfg").exists() or (home.parent / "conda-meta").is_dir()
    return f"{home}{os.pathsep}{path}" if environment and path.split(os.pathsep)[0] != str(home) else path


def _configured(text: str, root: Path) -> Path:
    path = Path(text).expanduser()
    if "/" not in text:
        there = shutil.which(text)
        if there:
            return Path(there)
    if not path.is_absolute():
        path = root / path
    if not path.exists():
        raise ConfigError(f"environment.python: {text}: no such interpreter")
    return path


@record
class Interpreter:
    """Version, implementation and installed distributions (by normalised name) of a Python."""

    version: str = ""
    implementation: str = ""
    paths: tuple[str, ...] = ()
    installed: dict[str, str] = field(default_factory=dict)


_ASK = "import sys,json;print(json.dumps([sys.implementation.name,'%d.%d.%d'%sys.version_info[:3],sys.path]))"


@cache
def describe(python: Path) -> Interpreter:
    """Ask *python* who it is; an empty :class:`Interpreter` where it does not answer."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ARTIFACTPACK_")}
    try:
        done = subprocess.run(
            [str(python), "-c", _ASK],
            capture_output=True,
            timeout=60,
            check=True,
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
        )
        name, version, paths = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return Interpreter()
    kept = tuple(p for p in paths if isinstance(p, str) and p.endswith("-packages"))
    return Interpreter(version=version, implementation=name, paths=kept, installed=distributions(kept))


def distributions(paths: Iterable[str]) -> dict[str, str]:
    """``{normalised name: version}`` of what lies in these site-packages folders; earlier folders win."""
    found: dict[str, str] = {}
    for path in paths:
        for entry in _listing(path):
            if entry.endswith((".dist-info", ".egg-info")):
                name, _, version = entry.rpartition(".")[0].partition("-")
                found.setdefault(canonical(name), version.partition("-py")[0])
    return found


def _listing(path: str) -> list[str]:
    try:
        return sorted(entry.name for entry in os.scandir(path))
    except OSError:
        return []


@cache
def owners(path: str) -> Mapping[str, tuple[str, str]]:
    """``{import name: (distribution, version)}`` for one site-packages folder."""
    found: dict[str, tuple[str, str]] = {}
    for entry in _listing(path):
        if entry.endswith(".dist-info"):
            name, _, version = entry.removesuffix(".dist-info").partition("-")
            for top in _tops(Path(path, entry), name):
                found.setdefault(top, (name.replace("_", "-"), version))
    return found


def _tops(info: Path, name: str) -> set[str]:
    """Import names of a distribution: from RECORD, which every installer writes, else top_level.txt, else its name."""
    lines = _text(info / "RECORD").splitlines()
    tops = {top for line in lines for top in _top(line.split(",")[0])}
    tops |= set(_text(info / "top_level.txt").split())
    return {top for top in tops if top} or {name}


def _text(path: Path) -> str:
    """The text of a regular file: what a program said of its packages may lead anywhere."""
    try:
        return read_file(path, _LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""


def _top(path: str) -> tuple[str, ...]:
    """``google/protobuf/message.py`` → google, google.protobuf, google.protobuf.message: whose the first is cannot be
    told where several distributions share it, but whose the others are."""
    first, _, rest = path.partition("/")
    if first.endswith((".dist-info", ".data", ".libs")) or first in ("..", "__pycache__", "bin"):
        return ()
    if not rest:
        return (first.split(".", 1)[0],)
    parts = [first, *(part.split(".", 1)[0] for part in rest.split("/")[:2])]
    return tuple(".".join(parts[: depth + 1]) for depth in range(len(parts)))


def environment_digest(version: str, implementation: str, packages: Mapping[str, str]) -> str:
    """SHA-256 of the interpreter and the packages that a run imported."""
    lines = [f"{implementation} {version}", *(f"{canonical(k)}=={v}" for k, v in sorted(packages.items()))]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
