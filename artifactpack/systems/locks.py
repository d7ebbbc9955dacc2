"""Python environments: requirements, Poetry, Pipenv, uv, pylock.toml, `pip inspect`, virtual environments."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from artifactpack.models.system import DeclaredEnvironment, SystemReading
from artifactpack.patterns import late
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.reading import Unreadable, attempt, read_json, read_text, read_toml

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="Python locks",
    also="pip, venv, Poetry, Pipenv, uv, pylock.toml",
    reads="requirements, `poetry.lock`, `Pipfile.lock`, `uv.lock`, `pylock*.toml`, `pip inspect`, `pyvenv.cfg`",
    proves="E",
    limits="that a lock lies beside the code does not prove that a run used it; staleness of a lock is not recomputed",
)
_REQUIREMENTS = late(r"(?:^|/)(?:requirements[\w.-]*\.txt|requirements/[\w.-]+\.txt|[\w-]*requirements\.txt)$")
_PIN = late(r"^\s*([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*(===?|@|[<>~!]=?|$|;|\s)\s*([^\s;#,]*)")


def detect(project: Project) -> bool:
    """Whether any lock or requirements file is there."""
    return bool(_sources(project))


def _sources(project: Project) -> list[tuple[str, Callable[[Project, str], DeclaredEnvironment]]]:
    found: list[tuple[str, Callable[[Project, str], DeclaredEnvironment]]] = []
    for path in files_of(project).authored:
        name = path.rsplit("/", 1)[-1]
        reader = _READERS.get(name)
        if reader is None and name.startswith("pylock.") and name.endswith(".toml"):
            reader = pylock
        if reader is None and _REQUIREMENTS.search(path):
            reader = requirements
        if reader is not None:
            found.append((path, reader))
    return found


def read(project: Project) -> SystemReading:
    """One declared environment a file."""
    warnings: list[str] = []
    made = (attempt(path, warnings, reader, project, path) for path, reader in _sources(project))
    environments = [environment for environment in made if environment]
    sources = tuple(environment.source for environment in environments)
    return SystemReading(
        system=ABOUT.title, sources=sources, environments=tuple(environments), warnings=tuple(warnings)
    )


def _environment(
    system: str, path: str, packages: dict[str, str], hashed: int = 0, python: str = ""
) -> DeclaredEnvironment:
    return DeclaredEnvironment(
        system=system,
        source=path,
        packages=dict(sorted(packages.items())),
        pinned=sum(bool(version) for version in packages.values()),
        hashed=hashed,
        python=python,
    )


def requirements(project: Project, path: str) -> DeclaredEnvironment:
    """Version "" unless exact (``==``); included files (``-r``) are sources of their own."""
    packages, hashed = {}, 0
    text = read_text(project.root / path).replace("\\\n", " ")
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith(("#", "-")):
            continue
        match = _PIN.match(line)
        if match:
            packages[match[1].lower()] = match[3] if match[2] in ("==", "===") and "*" not in match[3] else ""
            hashed += "--hash=" in line
    return _environment("pip", path, packages, hashed)


def poetry(project: Project, path: str) -> DeclaredEnvironment:
    """poetry.lock: files with hashes beside each package, before 1.2 under ``metadata.files``."""
    data = read_toml(project.root / path)
    entries = [entry for entry in data.get("package", ()) if isinstance(entry, dict)]
    metadata: dict[str, Any] = data.get("metadata", {})
    files = metadata.get("files", {})
    hashed = sum(bool(entry.get("files") or files.get(entry.get("name"))) for entry in entries)
    packages = {str(entry["name"]): str(entry["version"]) for entry in entries}
    return _environment("Poetry", path, packages, hashed, str(metadata.get("python-versions", "")))


def pipenv(project: Project, path: str) -> DeclaredEnvironment:
    """Pipfile.lock: the default and develop sections."""
    data = read_json(project.root / path)
    entries = {**data.get("develop", {}), **data.get("default", {})}
    packages = {name: str(entry.get("version", "")).removeprefix("==") for name, entry in entries.items()}
    python = str(data.get("_meta", {}).get("requires", {}).get("python_version", ""))
    return _environment("Pipenv", path, packages, sum(bool(e.get("hashes")) for e in entries.values()), python)


def uv(project: Project, path: str) -> DeclaredEnvironment:
    """uv.lock: every package but the project itself."""
    data = read_toml(project.root / path)
    entries = [entry for entry in data.get("package", ()) if not _is_self(entry.get("source", {}))]
    packages = {str(entry["name"]): str(entry.get("version", "")) for entry in entries}
    hashed = sum(
        any("hash" in wheel for wheel in entry.get("wheels", ())) or "hash" in (entry.get("sdist") or {})
        for entry in entries
    )
    return _environment("uv", path, packages, hashed, str(data.get("requires-python", "")))


def _is_self(source: dict[str, Any]) -> bool:
    return "virtual" in source or "editable" in source


def pylock(project: Project, path: str) -> DeclaredEnvironment:
    """pylock.toml (PEP 751): the hash is the evidence, not the URL."""
    data = read_toml(project.root / path)
    entries = [entry for entry in data.get("packages", ()) if isinstance(entry, dict)]
    packages = {str(entry["name"]): str(entry.get("version", "")) for entry in entries}
    return _environment("pylock", path, packages, sum(map(_has_hashes, entries)), str(data.get("requires-python", "")))


def _has_hashes(entry: dict[str, Any]) -> bool:
    files = [*entry.get("wheels", ()), entry.get("sdist") or {}, entry.get("archive") or {}]
    return any(isinstance(file, dict) and file.get("hashes") for file in files)


def pip_inspect(project: Project, path: str) -> DeclaredEnvironment:
    """The JSON that `pip inspect` prints."""
    data = read_json(project.root / path)
    if "pip_version" not in data:
        raise Unreadable("not what `pip inspect` prints")
    packages = {
        str(entry["metadata"]["name"]): str(entry["metadata"]["version"]) for entry in data.get("installed", ())
    }
    python = str(data.get("environment", {}).get("python_full_version", ""))
    return _environment("pip inspect", path, packages, python=python)


def venv(project: Project, path: str) -> DeclaredEnvironment:
    """pyvenv.cfg: only the Python version (its paths are left unread)."""
    pairs = (line.partition("=") for line in read_text(project.root / path).splitlines())
    settings = {key.strip(): value.strip() for key, mark, value in pairs if mark}
    return _environment("venv", path, {}, python=settings.get("version") or settings.get("version_info", ""))


_READERS: dict[str, Callable[[Project, str], DeclaredEnvironment]] = {
    "poetry.lock": poetry,
    "Pipfile.lock": pipenv,
    "uv.lock": uv,
    "pylock.toml": pylock,
    "pip-inspect.json": pip_inspect,
    "pyvenv.cfg": venv,
}
