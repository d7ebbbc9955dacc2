"""Every system: its module, and the path pattern that makes it worth importing. Imports nothing heavy."""

from __future__ import annotations

import re

from artifactpack.models.records import record


@record
class System:
    """One row: ``module`` below ``artifactpack.systems``; ``paths`` matches a file that such a system leaves
    (full-path search, case ignored); ``imports`` are top-level Python packages whose import shows its use."""

    module: str
    title: str
    kind: str
    paths: str = ""
    imports: tuple[str, ...] = ()


_YAML = r"\.ya?ml$"
SYSTEMS: tuple[System, ...] = (
    System(module="forges", title="Git", kind="code", paths=r"\A"),
    System(module="dvc", title="DVC", kind="data", paths=r"(?:^|/)dvc\.(?:yaml|lock)$|\.dvc$|dvclive/metrics\.json$"),
    System(
        module="pachyderm", title="Pachyderm", kind="data", paths=r"pipeline[^/]*\.(?:json|ya?ml|jsonnet)$|pachyderm"
    ),
    System(
        module="lakefs",
        title="lakeFS",
        kind="data",
        paths=r"\.lakefs_ref\.yaml$|lakefs|lakectl",
        imports=("lakefs", "lakefs_spec"),
    ),
    System(
        module="conda", title="conda", kind="environment", paths=r"environment|conda|(?:^|/)env" + _YAML + r"|explicit"
    ),
    System(
        module="locks",
        title="Python locks",
        kind="environment",
        paths=r"requirements|poetry\.lock$|Pipfile\.lock$|uv\.lock$|pylock\.|pip-inspect\.json$|pyvenv\.cfg$",
    ),
    System(
        module="docker",
        title="Containers",
        kind="environment",
        paths=r"dockerfile|containerfile|compose[^/]*\.ya?ml$|devcontainer\.json$|\.def$|singularity|apptainer|oci-layout$|\.tar$",
    ),
    System(
        module="mlflow",
        title="MLflow",
        kind="tracking",
        paths=r"\.(?:db|sqlite3?)$|/meta\.yaml$|(?:^|/)ML(?:project|model)$",
    ),
    System(module="wandb", title="Weights & Biases", kind="tracking", paths=r"\.wandb$"),
    System(module="tensorboard", title="TensorBoard", kind="tracking", paths=r"events\.out\.tfevents\."),
    System(module="comet", title="Comet", kind="tracking", paths=r"\.zip$"),
    System(module="sacred", title="Sacred", kind="tracking", paths=r"(?:^|/)runs?\.json$"),
    System(
        module="neptune",
        title="Neptune",
        kind="tracking",
        paths=r"\.neptune/|_part_\d+\.parquet$|run_operations\.sqlite3$",
    ),
    System(module="kedro", title="Kedro", kind="pipeline", paths=r"(?:^|/)conf/.*" + _YAML),
    System(
        module="kubeflow",
        title="Kubeflow Pipelines",
        kind="pipeline",
        paths=r"(?:pipeline|workflow|kfp|kubeflow)[^/\n]*\.(?:ya?ml|json)$|executor_output\.json$",
        imports=("kfp",),
    ),
    System(module="airflow", title="Airflow", kind="pipeline", paths=r"(?:^|/)airflow\.db$", imports=("airflow",)),
    System(module="metaflow", title="Metaflow", kind="pipeline", paths=r"(?:^|/)\.metaflow/"),
    System(module="mlmd", title="ML Metadata", kind="pipeline", paths=r"\.(?:db|sqlite3?)$"),
    System(
        module="sagemaker",
        title="Amazon SageMaker",
        kind="pipeline",
        paths=r"(?:training|sagemaker|job)[^/\n]*\.json$",
        imports=("sagemaker",),
    ),
    System(module="hydra", title="Hydra", kind="configuration", paths=r"\.hydra/config\.yaml$"),
    System(module="gin", title="Gin", kind="configuration", paths=r"\.gin$"),
    System(
        module="dumps",
        title="Configuration dumps",
        kind="configuration",
        paths=r"/(?:args|config|hparams|params|opts?|options|flags|arguments)\.(?:json|ya?ml)$",
    ),
    System(module="lightning", title="Lightning", kind="framework", paths=r"/version_\d+/"),
    System(module="transformers", title="Transformers Trainer", kind="framework", paths=r"trainer_state\.json$"),
    System(
        module="frameworks",
        title="Frameworks",
        kind="framework",
        paths=r"\.keras$",
        imports=("torch", "tensorflow", "keras", "jax", "sklearn", "lightning", "pytorch_lightning", "transformers"),
    ),
)
"""Every system, in the order of the report. A path pattern may be wide: ``detect`` decides."""


def wanted(system: System, paths: str, imports: frozenset[str]) -> bool:
    """Whether *system* is worth reading, given all *paths* joined by newlines and what the code imports."""
    if system.paths and re.search(system.paths, paths, re.IGNORECASE | re.MULTILINE):
        return True
    return any(name in imports for name in system.imports)
