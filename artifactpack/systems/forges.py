"""Git, Git LFS and the forges: where the code lives, which CI files it has, whether LFS files are really there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from artifactpack.models.system import DataVersion, SystemReading
from artifactpack.patterns import late
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.reading import Unreadable, parse_yaml, read_text

if TYPE_CHECKING:
    from artifactpack.models.records import Json
    from artifactpack.project import Project

ABOUT = About(
    title="Git",
    also="Git LFS, GitHub, GitLab, Bitbucket",
    reads="commit, branch, remotes, submodules; LFS pointers; CI files of GitHub, GitLab, Bitbucket",
    proves="Cd",
    limits="a self-hosted forge is not guessed; remote repositories are never contacted",
)
FORGES = {"github.com": "GitHub", "gitlab.com": "GitLab", "bitbucket.org": "Bitbucket"}
CI = late(r"^(?:\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.yml|bitbucket-pipelines\.yml)$")
LFS = late(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-\d[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize (\d+)\n?"
)
_MATRIX = late(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")
LARGEST_POINTER = 1024


def detect(project: Project) -> bool:
    """Whether the folder lies in a git repository or has CI files."""
    return project.git.present or any(CI.match(path) for path in project.files)


def read(project: Project) -> SystemReading:
    """Facts ``commit``, ``remotes``, ``forge``, ``ci``, ``submodules``; LFS pointers left in place as data versions."""
    state = project.git
    remotes = tuple(dict.fromkeys(normalise(remote) for remote in state.remotes))
    ci = tuple(path for path in project.files if CI.match(path))
    facts: dict[str, Json] = {
        "commit": state.commit,
        "dirty": state.dirty,
        "remotes": list(remotes),
        "forge": sorted({forge(remote) for remote in remotes}),
        "submodules": _submodules(project),
        "ci": {path: _ci(project, path) for path in ci},
    }
    return SystemReading(system=ABOUT.title, sources=ci, data=_pointers(project), facts=facts)


def normalise(remote: str) -> str:
    """``git@host:group/sub/project.git`` → ``https://host/group/sub/project``; credentials are dropped."""
    short = re.fullmatch(r"(?:[\w.-]+@)?([\w.-]+):(?!//)(.+)", remote)
    if short and "://" not in remote:
        host, path = short[1], short[2]
    else:
        parts = urlsplit(remote)
        host, path = parts.hostname or "", parts.path
    if not host:
        return "local"
    return f"https://{host.lower()}/{path.strip('/').removesuffix('.git')}"


def forge(url: str) -> str:
    """GitHub, GitLab, Bitbucket, or ``unknown forge``."""
    return FORGES.get(urlsplit(url).hostname or "", "local" if url == "local" else "unknown forge")


def _submodules(project: Project) -> list[str]:
    text = project.read_text(".gitmodules") if ".gitmodules" in project else ""
    return re.findall(r"^[^\S\n]*path\s*=\s*(\S+)", text, re.MULTILINE)


def _ci(project: Project, path: str) -> Json:
    """Images, Python versions and whether something is installed, tested or trained."""
    try:
        documents = parse_yaml(read_text(project.root / path))
    except Unreadable:
        return {"readable": False}
    words = list(_strings(documents))
    commands = "\n".join(words)
    return {
        "images": _named(documents, ("image", "container")),
        "python": _named(documents, ("python-version",)),
        "installs": bool(re.search(r"\b(?:pip|uv|poetry|conda|mamba)\b.*\b(?:install|sync)\b", commands)),
        "tests": bool(re.search(r"\b(?:pytest|tox|nox|unittest)\b", commands)),
        "trains": bool(re.search(r"\bpython\d?\s+\S*train\S*\.py\b", commands)),
    }


def _named(documents: list[Any], keys: tuple[str, ...]) -> list[Json]:
    """Values under *keys*; ``${{ matrix.x }}`` stands for every ``x`` of a matrix; other expressions are left out."""
    found = {value for value in _values(documents, keys) if "${{" not in value}
    for value in _values(documents, keys):
        if match := _MATRIX.fullmatch(value):
            found |= {other for other in _values(documents, (match[1],)) if "${{" not in other}
    return sorted(found)


def _strings(value: Any) -> list[str]:
    waiting, found = [value], []
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
        elif isinstance(item, str):
            found.append(item)
    return found


def _values(value: Any, keys: tuple[str, ...]) -> list[str]:
    waiting, found = [value], []
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            for key, inner in item.items():
                if key in keys:
                    found += [str(part) for part in (inner if isinstance(inner, list) else [inner])
                              if isinstance(part, str | int | float)]  # fmt: skip
                waiting.append(inner)
        elif isinstance(item, list):
            waiting += item
    return found


def _pointers(project: Project) -> tuple[DataVersion, ...]:
    """Files whose content is still the LFS pointer: the bundle would hold a pointer, not the data."""
    small = (path for path in files_of(project).paths if 100 < project.size(path) < LARGEST_POINTER)
    matches = ((path, LFS.fullmatch(project.read_bytes(path))) for path in small)
    return tuple(_pointer(path, match) for path, match in matches if match)


def _pointer(path: str, match: re.Match[bytes]) -> DataVersion:
    oid, size = match[1].decode(), int(match[2])
    return DataVersion(system="Git LFS", path=path, hash=oid, algorithm="sha256", size=size, verified=False)
