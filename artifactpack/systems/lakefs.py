"""lakeFS: local references (`.lakefs_ref.yaml`) and `lakefs://` addresses in code and configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artifactpack.models.system import DataVersion, SystemReading
from artifactpack.patterns import late
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.reading import Unreadable, read_yaml

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="lakeFS",
    reads="`.lakefs_ref.yaml` (repository, commit), `lakefs://` addresses in code and configuration",
    proves="D",
    limits="holds no content hashes; an address that names a branch is no version",
)
NAME = ".lakefs_ref.yaml"
_ADDRESS = late(rb"lakefs://([A-Za-z0-9][\w-]*)/([\w.~^-]+)(/[\w./-]*)?")
_COMMIT = late(r"[0-9a-f]{64}")
_READ = (".py", ".yaml", ".yml", ".toml", ".json", ".sh", ".cfg", ".ini")


def detect(project: Project) -> bool:
    """Whether a local reference or an address is there."""
    return bool(files_of(project).named(NAME)) or any(True for _ in _addresses(project))


def read(project: Project) -> SystemReading:
    """A data version a reference or address; a branch is a warning."""
    data, warnings = [], []
    for path in files_of(project).named(NAME):
        version, warning = _reference(project, path)
        data += [version] if version else []
        warnings += [warning] if warning else []
    for path, repository, reference, rest in _addresses(project):
        exact = bool(_COMMIT.fullmatch(reference))
        algorithm = "lakefs-commit" if exact else ""
        url = f"lakefs://{repository}/{reference}{rest}"
        digest = reference if exact else ""
        data.append(DataVersion(system=ABOUT.title, path=path, hash=digest, algorithm=algorithm, url=url))
        if not exact:
            warnings.append(f"{path}: lakefs://{repository}/{reference} names a branch or tag, not a commit")
    return SystemReading(
        system=ABOUT.title, sources=files_of(project).named(NAME), data=tuple(data),
        warnings=tuple(dict.fromkeys(warnings)),
    )  # fmt: skip


def _reference(project: Project, path: str) -> tuple[DataVersion | None, str]:
    try:
        content = read_yaml(project.root / path)
    except Unreadable as error:
        return None, f"{path}: {error}"
    if not isinstance(content, dict) or not content.get("src"):
        return None, f"{path}: no `src`"
    version = DataVersion(
        system=ABOUT.title, path=path.rpartition("/")[0] or ".", hash=str(content.get("at_head") or ""),
        algorithm="lakefs-commit", url=str(content["src"]),
    )  # fmt: skip
    operation = content.get("operation")
    return version, f"{path}: `lakectl local {operation}` was interrupted" if operation else ""


def _addresses(project: Project) -> list[tuple[str, str, str, str]]:
    found = []
    for path in project.files:
        if path.endswith(_READ) and not path.endswith(NAME) and project.size(path) < 1 << 20:
            for match in _ADDRESS.finditer(project.read_bytes(path)):
                found.append((path, match[1].decode(), match[2].decode(), (match[3] or b"").decode()))  # noqa: PERF401
    return found
