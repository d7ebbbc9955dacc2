"""DVC experiments: commits under `refs/exps`, read through git plumbing without DVC."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from artifactpack.models.system import TrackedRun
from artifactpack.project import git
from artifactpack.systems.outputs import rows_to_series
from artifactpack.systems.reading import Unreadable, parse_yaml
from artifactpack.systems.values import flatten, metric, seed_of

if TYPE_CHECKING:
    from artifactpack.project import Project


def experiments(project: Project) -> Iterator[TrackedRun]:
    """One run an experiment reference; nothing outside a git repository."""
    listing = _git(project, "for-each-ref", "--format=%(refname) %(objectname)", "refs/exps")
    for line in listing.splitlines():
        reference, _, commit = line.partition(" ")
        parts = reference.split("/")
        if len(parts) == 5:
            yield _run(project, parts[4], commit)


def _git(project: Project, *arguments: str) -> str:
    try:
        return git.git(project.root, *arguments).decode("utf-8", "replace")
    except git.GitError:
        return ""


def _show(project: Project, commit: str, path: str) -> str:
    return _git(project, "cat-file", "blob", f"{commit}:./{path}")


def _run(project: Project, name: str, commit: str) -> TrackedRun:
    lock = _first(_show(project, commit, "dvc.lock"))
    parameters: dict[str, Any] = {}
    for stage in (lock.get("stages") or {}).values():
        for values in (stage.get("params") or {}).values() if isinstance(stage, dict) else ():
            parameters.update(flatten(values) if isinstance(values, dict) else {})
    if not parameters:
        parameters = flatten(_first(_show(project, commit, "params.yaml")))
    series = rows_to_series([_json(_show(project, commit, path)) for path in ("dvclive/metrics.json",)])
    series = series or rows_to_series([_json(_show(project, commit, "metrics.json"))])
    series.pop("step", None)
    return TrackedRun(
        system="DVC", id=name, name=name, source=f"refs/exps: {name}", state="finished", parameters=parameters,
        seed=seed_of(parameters), metrics=tuple(m for key, v in series.items() if (m := metric(key, v, name))),
        series=series, commit=commit, commit_known=True,
    )  # fmt: skip


def _first(text: str) -> dict[str, Any]:
    try:
        data = next(iter(parse_yaml(text)), None)
    except Unreadable:
        return {}
    return data if isinstance(data, dict) else {}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return {}
