"""Imports held against declarations, and hub downloads without a revision."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from artifactpack.core.brought_along import with_brought
from artifactpack.core.declared import Declared
from artifactpack.core.facts import at
from artifactpack.core.packages import canonical, distribution, spoken
from artifactpack.models.fact import Source
from artifactpack.patterns import late
from artifactpack.probes._declared import listed_names
from artifactpack.project import Project


def undeclared(project: Project, packages: Iterable[Declared]) -> dict[str, list[Source]]:
    """Map each imported third-party distribution that nothing declares to where it is imported."""
    packages = list(packages)
    declared = with_brought(spoken(d.name) for d in packages) | {canonical(d.name) for d in packages}
    declared |= listed_names(project)
    missing: dict[str, list[Source]] = {}
    local = _local_modules(project)
    lines = cache(lambda path: project.read_text(path).split("\n"))
    for module, places in project.index.imported.items():
        name = "" if module in local else distribution(module)
        if {name, spoken(name), canonical(module.partition(".")[0])} & declared:
            continue
        if name and not all(path.endswith(".py") and _optional(lines(path), line) for path, line in places):
            missing.setdefault(name, []).extend(at(path, line, module) for path, line in places[:3])
    return missing


_ASKS = late(
    r"\s*(?:try\s*:|except\b|(?:el)?if\b.*(?:available|enabled|installed|find_spec|exists|\bhas_|\bTYPE_CHECKING\b))",
    re.I,
)


_ABOVE = 400  # lines in which what is asked stands


def _optional(lines: list[str], line: int) -> bool:
    """Whether what is imported there may be absent: the import is tried, or asked for first."""
    depth = _depth(lines[line - 1]) if line <= len(lines) else 0
    for above in reversed(lines[max(line - 1 - _ABOVE, 0) : line - 1]):
        if not depth:
            return False
        if above.strip() and _depth(above) < depth:
            if _ASKS.match(above):
                return True
            depth = _depth(above)
    return False


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _local_modules(project: Project) -> set[str]:
    """Names that any file or folder of the project could be imported as."""
    names = {canonical(part).replace("-", "_") for part in (project.name, *re.split(r"\+|__", project.name))}
    for path in project.files:
        parts = path.split("/")
        names.update(parts[:-1])
        names.add(parts[-1].split(".", 1)[0])
    return names


_HUB = late(r"(?:.*\.)?(?:from_pretrained|load_dataset|hf_hub_download|snapshot_download)$|torch\.hub\.load$")
_LOCAL_NAME = late(r"^(?:\.{0,2}/|~|[A-Za-z]:)|\.(?:csv|json[l]?|parquet|txt|arrow|py|pt|pth|bin)$")
_BUILDERS = frozenset({"csv", "json", "text", "parquet", "arrow", "imagefolder", "audiofolder", "pandas", "webdataset"})


class HubLoad(NamedTuple):
    """A model or dataset that code takes from a hub; ``revision`` is "" where none is given."""

    kind: str
    name: str
    revision: str
    source: Source


def hub_loads(project: Project) -> list[HubLoad]:
    """Return the hub models and datasets that code loads by a literal name, each once."""
    found: dict[str, HubLoad] = {}
    for path, name, event, scope in project.index.calls(_HUB):
        if project.index.graph.target(path, scope.name, event.name):
            continue  # a function of the project's own
        args = event.args or {}
        atoms = next((args[k] for k in ("0", "path", "repo_id", "pretrained_model_name_or_path") if k in args), ())
        literal = _literal(atoms)
        if not literal or literal in _BUILDERS or _LOCAL_NAME.search(literal):
            continue
        torch_hub = name == "torch.hub.load"
        revision = (
            literal.partition(":")[2]
            if torch_hub
            else _literal(args.get("revision", ())) or ("given" if "revision" in args else "")
        )
        kind = (
            "dataset" if name.endswith("load_dataset") or "dataset" in _literal(args.get("repo_type", ())) else "model"
        )
        source = at(path, project.index.line(path, event.line), literal)
        if literal not in found or not revision:
            found[literal] = HubLoad(kind, literal, revision, source)
    return list(found.values())


def _literal(atoms: Iterable[str]) -> str:
    return next((a[1:].strip('"') for a in atoms if a.startswith('="')), "")


def unpinned_hub(project: Project) -> list[tuple[str, Source]]:
    """Return names of hub models and datasets that code loads without a ``revision``, with where."""
    return [(load.name, load.source) for load in hub_loads(project) if not load.revision]
