"""Amazon SageMaker: saved descriptions of training jobs, launch scripts of SDK versions 2 and 3."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any

from artifactpack.models.records import Json
from artifactpack.models.run import Gpu, Hardware
from artifactpack.models.system import DataVersion, DeclaredEnvironment, Pipeline, SystemReading, TrackedRun
from artifactpack.project.python_apart import SAFE
from artifactpack.systems.about import About
from artifactpack.systems.airflow import call_name
from artifactpack.systems.files import files_of
from artifactpack.systems.images import image
from artifactpack.systems.reading import attempt, read_json
from artifactpack.systems.values import coerce, metric, number, seed_of

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="Amazon SageMaker",
    reads="`describe-training-job` JSON, pipeline definitions, launch scripts of SDK 2 and 3",
    proves="PSVMdeH",
    limits="an S3 address is no version; an image tag is no digest; no account is ever contacted",
)
LARGEST = 4 << 20
ESTIMATORS = frozenset(
    {"Estimator", "PyTorch", "TensorFlow", "HuggingFace", "SKLearn", "XGBoost", "MXNet", "ModelTrainer"}
)
GPUS = {
    "ml.p3.2xlarge": ("V100", 1), "ml.p3.8xlarge": ("V100", 4), "ml.p3.16xlarge": ("V100", 8),
    "ml.p4d.24xlarge": ("A100", 8), "ml.p4de.24xlarge": ("A100", 8), "ml.p5.48xlarge": ("H100", 8),
    "ml.g4dn.xlarge": ("T4", 1), "ml.g4dn.2xlarge": ("T4", 1), "ml.g4dn.12xlarge": ("T4", 4),
    "ml.g5.xlarge": ("A10G", 1), "ml.g5.2xlarge": ("A10G", 1), "ml.g5.12xlarge": ("A10G", 4),
    "ml.g5.48xlarge": ("A10G", 8),
}  # fmt: skip
"""Accelerators of the common training instances (aws.amazon.com/sagemaker/ai/pricing)."""


def detect(project: Project) -> bool:
    """Whether a saved description or a launch script is there."""
    return bool(_descriptions(project) or _scripts(project))


def _descriptions(project: Project) -> list[str]:
    paths = files_of(project).ending(".json")
    return [p for p in paths if 0 < project.size(p) <= LARGEST and _describes(project.read_bytes(p))]


def _describes(data: bytes) -> bool:
    return b'"TrainingJobName"' in data or b'"AlgorithmSpecification"' in data or b'"2020-12-01"' in data


def _scripts(project: Project) -> list[str]:
    paths = (path for path in project.files if path.endswith(".py") and 0 < project.size(path) <= LARGEST)
    return [path for path in paths if b"sagemaker" in project.read_bytes(path)]


def read(project: Project) -> SystemReading:
    """One run a described job, one pipeline a launch script."""
    runs: list[TrackedRun] = []
    data: list[DataVersion] = []
    environments: list[DeclaredEnvironment] = []
    warnings: list[str] = []
    descriptions, scripts = _descriptions(project), _scripts(project)
    for path in descriptions:
        for run, inputs, images in attempt(path, warnings, _described, project, path) or ():
            runs.append(run)
            data += inputs
            environments += images
    pipelines = [pipeline for path in scripts for pipeline in _launches(project, path)]
    return SystemReading(
        system=ABOUT.title, sources=(*descriptions, *scripts), runs=tuple(runs), data=tuple(data),
        environments=tuple(environments), pipelines=tuple(pipelines), warnings=tuple(warnings),
    )  # fmt: skip


def _described(project: Project, path: str) -> list[tuple[TrackedRun, list[DataVersion], list[DeclaredEnvironment]]]:
    """What each job of one description used: (run, data, images)."""
    found = []
    for job in _jobs(read_json(project.root / path)):
        reference = (job.get("AlgorithmSpecification") or {}).get("TrainingImage")
        found.append((_run(path, job), _inputs(job), [image(path, str(reference))] if reference else []))
    return found


def _jobs(document: Any) -> list[dict[str, Any]]:
    """A description, a list of them, or the training steps of a pipeline definition."""
    if isinstance(document, list):
        return [job for item in document for job in _jobs(item)]
    if not isinstance(document, dict):
        return []
    steps = document.get("Steps")
    if isinstance(steps, list):
        training = [step for step in steps if isinstance(step, dict) and step.get("Type") == "Training"]
        return [{"TrainingJobName": step.get("Name"), **(step.get("Arguments") or {})} for step in training]
    inner = document.get("TrainingJob") or document
    return [inner] if "AlgorithmSpecification" in inner or "TrainingJobName" in inner else []


def hyperparameters(values: dict[str, Any]) -> dict[str, Json]:
    """All values are strings, some JSON inside JSON; plumbing (``sagemaker_*``) is left out."""
    found: dict[str, Json] = {}
    for key, value in values.items():
        if key.startswith("sagemaker_"):
            continue
        decoded: Any = value
        if isinstance(value, str) and value[:1] in '"[{':
            try:
                decoded = json.loads(value)
            except (ValueError, RecursionError):
                decoded = value
        found[key] = coerce(decoded)
    return found


def _run(path: str, job: dict[str, Any]) -> TrackedRun:
    parameters = hyperparameters(job.get("HyperParameters") or {})
    name = str(job.get("TrainingJobName") or "")
    values = [(str(m.get("MetricName")), number(m.get("Value"))) for m in job.get("FinalMetricDataList") or ()]
    state = str(job.get("TrainingJobStatus") or "")
    return TrackedRun(
        system=ABOUT.title, id=name or path, name=name, source=path, state=state.lower(), parameters=parameters,
        seed=seed_of(parameters), hardware=hardware(job.get("ResourceConfig") or {}), complete=state == "Completed",
        metrics=tuple(m for key, v in values if v is not None and (m := metric(key, [(0.0, v)], path))),
        wall=number(job.get("TrainingTimeInSeconds")),
    )  # fmt: skip


def hardware(resources: dict[str, Any]) -> Hardware | None:
    """The instance's accelerators, by its type."""
    kind = str(resources.get("InstanceType") or "")
    if not kind:
        return None
    model, count = GPUS.get(kind, ("", 0))
    instances = int(number(resources.get("InstanceCount")) or 1)
    return Hardware(machine=kind, gpus=(Gpu(name=f"NVIDIA {model}"),) * (count * instances))


def _inputs(job: dict[str, Any]) -> list[DataVersion]:
    found = []
    for channel in job.get("InputDataConfig") or ():
        source = ((channel.get("DataSource") or {}).get("S3DataSource") or {}).get("S3Uri")
        if source:
            found.append(DataVersion(system=ABOUT.title, path=str(channel.get("ChannelName", "")), url=str(source)))
    return found


def _launches(project: Project, path: str) -> list[Pipeline]:
    if project.size(path) > SAFE:
        return []
    try:
        tree = ast.parse(project.read_bytes(path))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and call_name(node.func).rsplit(".", 1)[-1] in ESTIMATORS:
            literals = {k.arg: _literal(k.value) for k in node.keywords if k.arg}
            if "hyperparameters" in literals or "entry_point" in literals or "source_code" in literals:
                found.append(_launch(path, node, literals))
    return found


def _launch(path: str, node: ast.Call, literals: dict[str, Any]) -> Pipeline:
    given = literals.get("hyperparameters")
    parameters = hyperparameters(given) if isinstance(given, dict) else {}
    kept = ("instance_type", "instance_count", "framework_version", "py_version", "image_uri", "training_image")
    parameters.update({f"sagemaker.{key}": literals[key] for key in kept if isinstance(literals.get(key), str | int)})
    entry = literals.get("entry_point") or next(
        (_literal(k.value) for inner in ast.walk(node) if isinstance(inner, ast.Call)
         for k in inner.keywords if k.arg == "entry_script"), "",
    )  # fmt: skip
    name = call_name(node.func).rsplit(".", 1)[-1]
    return Pipeline(
        system=ABOUT.title, source=f"{path}:{node.lineno}", name=name, commands={"train": str(entry or "")},
        parameters=parameters,
    )  # fmt: skip


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
