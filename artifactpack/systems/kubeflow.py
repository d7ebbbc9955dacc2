"""Kubeflow Pipelines: compiled pipelines (IR of version 2, Argo workflows of version 1), local outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from artifactpack.models.records import Json
from artifactpack.models.system import DeclaredEnvironment, Pipeline, SystemReading, TrackedRun
from artifactpack.patterns import late
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.images import image
from artifactpack.systems.outputs import rows_to_series
from artifactpack.systems.points import kept
from artifactpack.systems.reading import Unreadable, attempt, parse_yaml, read_json, read_text
from artifactpack.systems.values import coerce, metric, number

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="Kubeflow Pipelines",
    reads="compiled `pipeline.yaml` or JSON (v2 IR, v1 workflow), `local_outputs/**/executor_output.json`",
    proves="PsMeh",
    limits="defaults of a pipeline are not the values of a run; integers come back as floats",
    versions=r"kfp-[12]\..*",
)
_QUOTED = late(r"['\"]([A-Za-z][\w.-]*)==([\w.+!-]+)['\"]")
LARGEST = 16 << 20


def detect(project: Project) -> bool:
    """Whether a compiled pipeline or a local output is there."""
    return bool(_compiled(project)) or any(_is_output(path) for path in files_of(project).paths)


def _is_output(path: str) -> bool:
    return path.endswith("/executor_output.json")


def _compiled(project: Project) -> list[str]:
    return [p for p in files_of(project).ending(".yaml", ".yml", ".json") if _marked(project, p)]


def _marked(project: Project, path: str) -> bool:
    if not 0 < project.size(path) <= LARGEST:
        return False
    data = project.read_bytes(path)
    return b"pipelineInfo" in data or b"pipelines.kubeflow.org/" in data


def read(project: Project) -> SystemReading:
    """A pipeline a file, the images and pinned packages of its steps, one run a local output folder."""
    warnings: list[str] = []
    paths = _compiled(project)
    parts = [part for path in paths for part in attempt(path, warnings, _file, project, path) or ()]
    return SystemReading(
        system=ABOUT.title, version=", ".join(sorted({version for _, _, version in parts} - {""})),
        sources=tuple(paths), runs=_runs(project, warnings),
        environments=tuple(environment for _, found, _ in parts for environment in found),
        pipelines=tuple(pipeline for pipeline, _, _ in parts), warnings=tuple(warnings),
    )  # fmt: skip


Parts = tuple[Pipeline, list[DeclaredEnvironment], str]


def _file(project: Project, path: str) -> list[Parts]:
    """The pipelines of one file: a specification a document, given values among them where they are there."""
    parts = []
    for document in parse_yaml(read_text(project.root / path, LARGEST)):
        spec = document.get("pipelineSpec", document) if isinstance(document, dict) else {}
        if "deploymentSpec" in spec:
            values = (document.get("runtimeConfig") or {}).get("parameterValues") or {}
            parts.append(_intermediate(path, spec, values))
        elif "spec" in spec:
            parts.append(_workflow(path, spec))
    return parts


def _intermediate(path: str, spec: dict[str, Any], values: dict[str, Any]) -> Parts:
    inputs = ((spec.get("root") or {}).get("inputDefinitions") or {}).get("parameters") or {}
    parameters: dict[str, Json] = {k: coerce(v.get("defaultValue")) for k, v in inputs.items() if isinstance(v, dict)}
    parameters.update({key: coerce(value) for key, value in values.items()})
    executors = (spec["deploymentSpec"] or {}).get("executors") or {}
    commands, environments = {}, []
    for name, executor in executors.items():
        container = executor.get("container") or {}
        words = [*map(str, container.get("command") or ()), *map(str, container.get("args") or ())]
        commands[str(name)] = " ".join(words)[:2000]
        environments.append(image(path, str(container.get("image", "")), dict(_QUOTED.findall(" ".join(words)))))
    pipeline = Pipeline(
        system=ABOUT.title, source=path, name=str((spec.get("pipelineInfo") or {}).get("name", "")),
        stages=tuple(((spec.get("root") or {}).get("dag") or {}).get("tasks") or ()), commands=commands,
        parameters=parameters,
    )  # fmt: skip
    return pipeline, environments, str(spec.get("sdkVersion", ""))


def _workflow(path: str, document: dict[str, Any]) -> Parts:
    spec, metadata = document["spec"], document.get("metadata") or {}
    arguments = (spec.get("arguments") or {}).get("parameters") or ()
    templates = [t for t in spec.get("templates") or () if isinstance(t, dict) and t.get("container")]
    commands = {str(t.get("name")): " ".join(map(str, t["container"].get("command") or ()))[:2000] for t in templates}
    version = (metadata.get("annotations") or {}).get("pipelines.kubeflow.org/kfp_sdk_version", "")
    pipeline = Pipeline(
        system=ABOUT.title, source=path, name=str(metadata.get("generateName") or metadata.get("name") or ""),
        stages=tuple(commands), commands=commands,
        parameters={str(a.get("name")): coerce(a.get("value")) for a in arguments if isinstance(a, dict)},
    )  # fmt: skip
    images = [image(path, str(t["container"].get("image", ""))) for t in templates]
    return pipeline, images, f"kfp-{version}" if version else ""


def _runs(project: Project, warnings: list[str]) -> tuple[TrackedRun, ...]:
    """One run a folder of local outputs: ``local_outputs/<pipeline>-<time>/<task>/executor_output.json``."""
    folders: dict[str, list[str]] = {}
    for path in files_of(project).paths:
        if _is_output(path):
            folders.setdefault(path.rsplit("/", 2)[0], []).append(path)
    made = (attempt(folder, warnings, _run, project, folder, paths) for folder, paths in sorted(folders.items()))
    return tuple(run for run in made if run)


def _run(project: Project, folder: str, paths: list[str]) -> TrackedRun:
    series = {}
    complete = True
    for path in paths:
        try:
            data = read_json(project.root / path)
        except Unreadable:
            complete = False
            continue
        for values in _metadata(data):
            series.update(rows_to_series([values]))
        outputs = data.get("parameterValues") or {} if isinstance(data, dict) else {}
        series.update(rows_to_series([{k: v for k, v in outputs.items() if number(v) is not None}]))
    return TrackedRun(
        system=ABOUT.title, id=folder, name=folder.rsplit("/", 1)[-1], source=folder,
        series=kept(folder, series), complete=complete,
        metrics=tuple(m for name, points in series.items() if (m := metric(name, points, folder))),
    )  # fmt: skip


def _metadata(data: Any) -> list[dict[str, Any]]:
    artifacts = (data.get("artifacts") or {}) if isinstance(data, dict) else {}
    entries = [entry for group in artifacts.values() for entry in (group.get("artifacts") or ())]
    return [entry["metadata"] for entry in entries if isinstance(entry.get("metadata"), dict)]
