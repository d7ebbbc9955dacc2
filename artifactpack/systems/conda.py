"""Conda: environment files, explicit lists, conda-lock, and the `conda-meta` folder of a live prefix."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from artifactpack.models.system import DeclaredEnvironment, SystemReading
from artifactpack.patterns import late
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.reading import attempt, read_json, read_text, read_yaml

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="conda",
    also="conda-lock, explicit lists, live prefixes",
    reads="`environment*.yml`, `conda list --explicit` lists, `conda-lock.yml`, `conda-meta/*.json`",
    proves="E",
    limits="an environment file has no hashes; pip packages in an explicit list are only comments",
)
_FILE = late(r"(?:^|/)(?:[\w.-]*environment[\w.-]*|conda[\w.-]*|env)\.ya?ml$", re.IGNORECASE)
_HASH = late(r"#(?:sha256:|md5:)?([0-9a-f]{64}|[0-9a-f]{32})$")
_PIP = late(r"^#\s*pip\s+([\w.-]+)\s+@\s+(\S+)")
_SPEC = late(r"^(?:[\w.-]+::)?([\w.-]+)\s*(==|=|[<>!~]=?)?\s*([^\s=,|]*)(?:=(\S+))?")


def detect(project: Project) -> bool:
    """Whether a conda file or a prefix is there."""
    return bool(_environments(project))


def _environments(project: Project) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    prefixes = set()
    for path in files_of(project).authored:
        name = path.rsplit("/", 1)[-1]
        if name in ("conda-lock.yml", "conda-lock.yaml"):
            found.append((path, conda_lock))
        elif _FILE.search(path):
            found.append((path, environment_file))
        elif name.endswith((".txt", ".lock")) and _is_explicit(project, path):
            found.append((path, explicit))
        elif "/conda-meta/" in f"/{path}" and name.endswith(".json"):
            prefixes.add(path.rpartition("/")[0])
    return found + [(folder, prefix) for folder in sorted(prefixes)]


def _is_explicit(project: Project, path: str) -> bool:
    if project.size(path) > 4 << 20:
        return False
    try:
        with (project.root / path).open("rb") as stream:
            return b"\n@EXPLICIT" in b"\n" + stream.read(4096)
    except OSError:
        return False


def read(project: Project) -> SystemReading:
    """One declared environment a file, list or prefix."""
    warnings: list[str] = []
    made = (attempt(path, warnings, reader, project, path) for path, reader in _environments(project))
    environments = [environment for environment in made if environment]
    sources = tuple(environment.source for environment in environments)
    return SystemReading(
        system=ABOUT.title, sources=sources, environments=tuple(environments), warnings=tuple(warnings)
    )


def environment_file(project: Project, path: str) -> DeclaredEnvironment | None:
    """`environment.yml`: pinned means an exact version; None where it declares no packages."""
    data = read_yaml(project.root / path)
    entries = data.get("dependencies") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        return None
    packages, pip = {}, []
    for entry in entries:
        if isinstance(entry, dict):
            pip += [str(line) for line in entry.get("pip") or ()]
        elif isinstance(entry, str) and (match := _SPEC.match(entry.strip())):
            exact = match[2] in ("=", "==") and "*" not in match[3]
            packages[match[1].lower()] = match[3] if exact else ""
    for line in pip:
        name, mark, version = line.partition("==")
        packages[re.split(r"[\[<>=!~; ]", name)[0].lower()] = version.split(";")[0].strip() if mark else ""
    python = packages.pop("python", "")
    return DeclaredEnvironment(
        system=ABOUT.title, source=path, packages=packages, pinned=sum(map(bool, packages.values())), python=python
    )


def explicit(project: Project, path: str) -> DeclaredEnvironment:
    """A `@EXPLICIT` list of URLs, each with an optional MD5 or SHA-256 behind a hash sign."""
    packages, hashed = {}, 0
    for line in read_text(project.root / path).splitlines():
        if match := _PIP.match(line):
            packages[match[1]] = _pip_version(match[1], match[2])
            hashed += "sha256=" in match[2]
        elif line and not line.startswith(("#", "@")):
            name, version = name_and_version(line)
            packages[name] = version
            hashed += bool(_HASH.search(line.strip()))
    python = packages.pop("python", "")
    return DeclaredEnvironment(
        system=ABOUT.title, source=path, packages=packages, pinned=sum(map(bool, packages.values())), hashed=hashed,
        python=python,
    )  # fmt: skip


def name_and_version(url: str) -> tuple[str, str]:
    """``…/numpy-1.26.4-py311h64a7726_0.conda#…`` → (numpy, 1.26.4)."""
    file = url.split("#")[0].rsplit("/", 1)[-1].removesuffix(".conda").removesuffix(".tar.bz2")
    parts = file.rsplit("-", 2)
    return (parts[0], parts[1]) if len(parts) == 3 else (file, "")


def _pip_version(name: str, url: str) -> str:
    file = url.split("#")[0].rsplit("/", 1)[-1].lower().replace("-", "_")
    rest = file.removeprefix(name.lower().replace("-", "_")).lstrip("_")
    return rest.split("_")[0].removesuffix(".tar.gz")


def conda_lock(project: Project, path: str) -> DeclaredEnvironment:
    """conda-lock.yml: every package of the first platform it was locked for."""
    data = read_yaml(project.root / path)
    entries = [entry for entry in data.get("package") or () if isinstance(entry, dict)]
    platform = next((entry.get("platform") for entry in entries), "")
    entries = [entry for entry in entries if entry.get("platform") == platform]
    packages = {str(entry["name"]): str(entry["version"]) for entry in entries}
    hashed = sum(bool(entry.get("hash")) for entry in entries)
    python = packages.pop("python", "")
    return DeclaredEnvironment(
        system="conda-lock", source=path, packages=packages, pinned=len(packages), hashed=hashed, python=python
    )


def prefix(project: Project, folder: str) -> DeclaredEnvironment:
    """A live prefix: what is really installed, with hashes."""
    packages, hashed = {}, 0
    for path in files_of(project).under(folder):
        if path.endswith(".json"):
            entry = read_json(project.root / path)
            packages[str(entry["name"])] = str(entry["version"])
            hashed += bool(entry.get("sha256") or entry.get("md5"))
    python = packages.pop("python", "")
    return DeclaredEnvironment(
        system="conda-meta", source=folder, packages=packages, pinned=len(packages), hashed=hashed, python=python
    )
