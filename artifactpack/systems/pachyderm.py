"""Pachyderm: pipeline specifications in JSON or YAML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from artifactpack.models.records import Json
from artifactpack.models.system import DataVersion, Pipeline, SystemReading
from artifactpack.patterns import late
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.images import image
from artifactpack.systems.reading import Unreadable, attempt, parse_yaml, read_text
from artifactpack.systems.values import coerce

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="Pachyderm",
    reads="pipeline specifications (one object, a list, or several documents), JSON or YAML",
    proves="psdeh",
    limits="a branch is no version, only a commit id is; `.jsonnet` templates are not evaluated",
)
LARGEST = 2 << 20
_MARK = late(rb"[\"']?(?:transform|spout)[\"']?\s*:")
_OPTION = late(r"--?([A-Za-z][\w-]*)[= ]([^\s-][^\s]*)")


def detect(project: Project) -> bool:
    """Whether a pipeline specification is there."""
    return bool(_specs(project))


def _specs(project: Project) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for path in files_of(project).ending(".json", ".yaml", ".yml"):
        if not 0 < project.size(path) <= LARGEST:
            continue
        data = project.read_bytes(path)
        if b"pipeline" in data and _MARK.search(data):
            found += [(path, spec) for spec in _objects(project, path) if _is_spec(spec)]
    return found


def _objects(project: Project, path: str) -> list[Any]:
    try:
        text = read_text(project.root / path)
    except Unreadable:
        return []
    try:
        documents = parse_yaml(text)
    except Unreadable:
        try:
            documents = parse_yaml(re.sub(r"\}\s*\{", "}\n---\n{", text))
        except Unreadable:
            return []
    return [item for document in documents for item in (document if isinstance(document, list) else [document])]


def _is_spec(spec: Any) -> bool:
    return (
        isinstance(spec, dict) and isinstance(spec.get("pipeline"), dict) and ("transform" in spec or "spout" in spec)
    )


def read(project: Project) -> SystemReading:
    """A pipeline a specification: image, command, what its command line sets, data repositories, resources."""
    specs = _specs(project)
    warnings = [f"{path}: a template, not evaluated" for path in files_of(project).ending(".jsonnet")]
    pipelines = [made for path, spec in specs if (made := attempt(path, warnings, _pipeline, path, spec))]
    data = [version for _, spec in specs for version in _inputs(spec.get("input"))]
    images = [(path, transform(spec).get("image")) for path, spec in specs]
    return SystemReading(
        system=ABOUT.title,
        sources=tuple(dict.fromkeys(path for path, _ in specs)),
        data=tuple(data),
        environments=tuple(image(path, str(reference)) for path, reference in images if reference),
        pipelines=tuple(pipelines),
        warnings=tuple(warnings),
    )


def transform(spec: dict[str, Any]) -> dict[str, Any]:
    """What a specification runs; {} where it says nothing of the form."""
    found = spec.get("transform")
    return found if isinstance(found, dict) else {}


def _pipeline(path: str, spec: dict[str, Any]) -> Pipeline:
    runs = transform(spec)
    command = " ".join([*map(str, runs.get("cmd") or ()), *map(str, runs.get("stdin") or ())])
    parameters: dict[str, Json] = {name: coerce(value) for name, value in _OPTION.findall(command)}
    limits = spec.get("resource_limits") or spec.get("resourceLimits") or {}
    parameters.update({f"resources.{k}": v for k, v in limits.items() if isinstance(v, str | int | float)})
    gpu = limits.get("gpu")
    if isinstance(gpu, dict):
        parameters.update({f"resources.gpu.{k}": v for k, v in gpu.items() if isinstance(v, str | int)})
    name = str(spec["pipeline"].get("name", ""))
    return Pipeline(
        system=ABOUT.title, source=path, name=name, stages=(name,), commands={name: command}, parameters=parameters
    )


def _inputs(node: Any) -> list[DataVersion]:
    """The tree of cross, union, join and group down to its repositories."""
    if isinstance(node, list):
        return [version for item in node for version in _inputs(item)]
    if not isinstance(node, dict):
        return []
    repository = node.get("pfs")
    if isinstance(repository, dict) and repository.get("repo"):
        branch = repository.get("commit") or f"branch {repository.get('branch', 'master')}"
        return [
            DataVersion(
                system=ABOUT.title, path=str(repository["repo"]), hash=str(repository.get("commit") or ""),
                algorithm="pachyderm-commit" if repository.get("commit") else "", url=f"{repository['repo']}@{branch}",
            )
        ]  # fmt: skip
    return [version for key in ("cross", "union", "join", "group") for version in _inputs(node.get(key))]
