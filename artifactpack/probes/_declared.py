"""Where a project declares packages: every file form, and lists and sentences of its documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from weakref import WeakKeyDictionary

from artifactpack.core.declared import Declared, conda_environment, requirement, requirements_file
from artifactpack.core.declared_files import install_commands, installed, pipfile, pyproject, setup_cfg, setup_py
from artifactpack.core.declared_locks import LOCK_NAME, lock_file
from artifactpack.core.declared_text import packages_in
from artifactpack.core.packages import canonical
from artifactpack.patterns import late
from artifactpack.probes._cloned import cloned
from artifactpack.probes._own import own
from artifactpack.project import Project
from artifactpack.project.prose import Line

Reader = Callable[[str, str], list[Declared]]
MOST = 60  # files of one kind: a corpus of environments is no declaration of this project's

_REQUIREMENTS = late(
    r"(?:^|/)(?:[\w.-]*require(?:ment)?s?[\w.-]*|(?:conda|pip|env)[_-]?(?:reqs?|list|packages|freeze"
    r"|env)[\w.-]*|reqs?|freeze"
    r"|[\w-]*constraints[\w.-]*|packages|dependencies|conda-spec|spec-file|explicit)\.(?:txt|in|pip|lock)$"
    r"|(?:^|/)requirements?/[\w.-]+\.(?:txt|in)$|(?:^|/)requirements?$",
    re.IGNORECASE,
)
_YAML = late(r"\.ya?ml$", re.IGNORECASE)
_CONTAINER = late(
    r"(?:^|/)(?:[\w.-]*(?:docker|container)file[\w.-]*|[\w.-]+\.(?:def|recipe|dockerfile)|singularity[\w.]*)$",
    re.IGNORECASE,
)
_SCRIPT = late(
    r"(?:^|/)[\w.-]*(?:install|setup|env|build|bootstrap|conda|requirements|docker)[\w.-]*\.(?:sh|bash)$", re.I
)
_SECTION = late(
    r"requir|needed|dependenc|prerequisit|pre-requisit|install|environment|set[- ]?up|getting started"
    r"|package|librar|software"
    r"|preparation|built with|what you need",
    re.IGNORECASE,
)
_SAYS = late(
    r"\b(?:requires?|required|requirements?|needs?|needed|depends?|dependenc\w+|prerequisites?|tested"
    r"|install(?:ed|ation)?|"
    r"(?:implemented|written|built|developed|coded|based|trained|runs?|works?|using|uses|used|compatible|experiments?)\s+"
    r"(?:in(?! C(?:\+\+|\b))|with|on|over|using|under|for|upon|the)|versions?(?! of (?:this|our)\b))\b",
    re.IGNORECASE,
)
_NOT_A_LIST = late(
    r"\b(?:train|evaluate|results?|dataset|data|citation|references?|related|acknowledg\w*)\b", re.IGNORECASE
)


_RECORDED = late(r"(?:^|/)(?:wandb/(?:offline-)?run-[^/]+|mlruns/[^/]+/[^/]+|mlartifacts/[^/]+/[^/]+)/")
"""What a tracker noted of a run: that was used, and is no declaration."""


def declared_files(project: Project) -> list[tuple[str, str, list[Declared]]]:
    """Return (kind, path, packages) of every own file that declares some; kinds are lock, file and container."""
    if project not in _CACHE:
        _CACHE[project] = list(_read_all(project, own(project)))
    return _CACHE[project]


_CACHE: WeakKeyDictionary[Project, list[tuple[str, str, list[Declared]]]] = WeakKeyDictionary()


def _read_all(project: Project, ours: Callable[[str], bool]) -> Iterator[tuple[str, str, list[Declared]]]:
    seen: dict[str, int] = {}
    for path in project.files:
        kind, reader = _reader(path)
        if (
            reader is None
            or not ours(path)
            or _RECORDED.search(path)
            or seen.get(kind, 0) >= MOST
            or project.size(path) > 4_000_000
        ):
            continue
        text = project.read_text(path)
        if reader is conda_environment and not re.search(r"^dependencies:", text, re.MULTILINE):
            continue
        seen[kind] = seen.get(kind, 0) + 1
        if packages := reader(text, path):
            yield kind, path, packages


def _reader(path: str) -> tuple[str, Reader | None]:
    name = path.rsplit("/", 1)[-1]
    if LOCK_NAME.fullmatch(name):
        return "lock", lock_file
    exact = _EXACT.get(name)
    if exact:
        return "file", exact
    if _REQUIREMENTS.search(path):
        return "file", requirements_file
    if _YAML.search(name):
        return "file", conda_environment
    if _CONTAINER.search(path):
        return "container", install_commands
    if _SCRIPT.search(path):
        return "file", install_commands
    return "", None


_EXACT: dict[str, Reader] = {
    "pyproject.toml": pyproject,
    "pixi.toml": pyproject,
    "Pipfile": pipfile,
    "setup.py": setup_py,
    "setup.cfg": setup_cfg,
}


def declared_documents(project: Project) -> list[Declared]:
    """Return the packages that documents tell to install, list, or say to be needed."""
    return project.once("declared in documents", lambda: _declared_documents(project))


def _declared_documents(project: Project) -> list[Declared]:
    found: list[Declared] = []
    announced = False
    for line in project.prose.lines:
        announced = _announces(line, announced)
        if line.kind == "code":
            found += (
                installed(line.raw, line.path, line.number) if "install" in line.raw or "create" in line.raw else []
            )
            bare = _BARE.match(line.raw[:_LONGEST]) is not None
            needed = (announced and bare) or _SECTION.search(line.section.rsplit(" / ", 1)[-1])
            if line.language in {"", "text", "txt"} and needed:
                found += _listed(line, bare=bare)
        else:
            found += _spoken(line, announced)
    return found + list(cloned(project))


def _announces(line: Line, before: bool) -> bool:
    """Whether a sentence that ends in a colon said that packages follow, and nothing but a list came since."""
    if line.kind == "code":
        return before
    if line.kind != "text" or not line.text:
        return before and line.kind == "text"
    if _ENTRY.match(line.raw):
        return before
    return line.text.rstrip().endswith(":") and bool(_FOLLOWING.search(line.text))


def _spoken(line: Line, announced: bool = False) -> list[Declared]:
    if _THANKS.search(line.section.rsplit(" / ", 1)[-1]):
        return []
    if "install" in line.raw:
        commands = installed(line.raw, line.path, line.number)
        if commands and not line.path.endswith(".ipynb"):
            return commands
    entry = _ENTRY.match(line.raw) or line.kind == "table"
    needed = _lists(line.section) or announced
    if line.kind == "heading" and not needed:
        return []
    if (needed and (entry or len(line.text) < 60 or _ENUMERATES.search(line.text))) or _SAYS.search(line.text):
        return list(packages_in(line.text, line.raw, line.path, line.number))
    return []


def listed_names(project: Project) -> frozenset[str]:
    """Names, known or not, with which documents begin an entry of what is needed, or which they mark as code there."""
    entries = (x.raw for x in project.prose.lines if x.kind == "text" and _ENTRY.match(x.raw) and _lists(x.section))
    return frozenset(canonical(name) for raw in entries for pair in _NAME.findall(raw) for name in pair if name)


_NAME = late(r"`([A-Za-z][\w.-]{1,60})`|^\s*(?:[-*+]|\d+[.)])\s+\W{0,2}([A-Za-z][\w.-]{1,60})")
_FOLLOWING = late(r"\b(?:dependenc\w+|packages?|librar\w+|requirements?|versions|tools)\b", re.IGNORECASE)
_THANKS = late(r"acknowledg|references|related|citation", re.IGNORECASE)
_ENUMERATES = late(r":(?: ?[\w.-]{1,40},){2,40} ?(?:and )?[\w.-]{1,40}$")
_ENTRY = late(r"\s*(?:[-*+]|\d+[.)])\s")
_LONGEST = 60
_BARE = late(r"[\s*-]*[A-Za-z][\w.-]*(?:\s?[=<>~]{1,2}\s?[\w.]+)?(?:,[^\n]*)?\s*(?:#[^\n]*)?$")
"""A line of a listing that names a package, and runs nothing."""


@lru_cache(maxsize=1 << 12)
def _lists(section: str) -> bool:
    """Whether the last title of *section* announces what is needed."""
    titles = section.split(" / ")[-2:]
    return any(_SECTION.search(title) for title in titles) and not _NOT_A_LIST.search(titles[-1])


def _listed(line: Line, *, bare: bool) -> list[Declared]:
    if len(line.raw) >= _LONGEST:
        return []
    named = list(packages_in(line.text, line.raw, line.path, line.number))
    pinned = requirement(line.raw, line.path, line.number) if bare and not named and "==" in line.raw else None
    return named if pinned is None or pinned.name == "python" else [pinned]
