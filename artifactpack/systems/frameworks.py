"""Frameworks that leave no log of their own: PyTorch, TensorFlow and Keras, JAX, scikit-learn."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

from artifactpack.models.system import SystemReading
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of

if TYPE_CHECKING:
    from artifactpack.models.records import Json
    from artifactpack.project import Project

ABOUT = About(
    title="Frameworks",
    also="PyTorch, TensorFlow, JAX, scikit-learn",
    reads="which of PyTorch, TensorFlow/Keras, JAX, scikit-learn the code imports; versions inside saved Keras models",
    proves="e",
    limits="weights are read by the weights probe; seeds and settings in force come from recorded runs",
)
PACKAGES = {
    "torch": "PyTorch", "tensorflow": "TensorFlow", "keras": "Keras", "jax": "JAX", "flax": "Flax",
    "sklearn": "scikit-learn", "lightning": "Lightning", "pytorch_lightning": "Lightning",
    "transformers": "Transformers", "accelerate": "Accelerate",
}  # fmt: skip
LARGEST_MEMBER = 1 << 20


def detect(project: Project) -> bool:
    """Whether the code imports a framework or a saved Keras model is there."""
    return bool(project.index.modules_named(PACKAGES)) or bool(files_of(project).ending(".keras"))


def read(project: Project) -> SystemReading:
    """Fact ``imports``: framework → where it is first imported; ``keras``: version and date inside each model."""
    imports = project.index.modules_named(PACKAGES)
    facts: dict[str, Json] = {
        "imports": {PACKAGES[name]: f"{places[0][0]}:{places[0][1]}" for name, places in imports.items() if places}
    }
    keras = {path: _keras(project, path) for path in files_of(project).ending(".keras")}
    if keras:
        facts["keras"] = keras
    return SystemReading(system=ABOUT.title, sources=tuple(keras), facts=facts)


def _keras(project: Project, path: str) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(project.root / path) as archive, archive.open("metadata.json") as stream:
            data = json.loads(stream.read(LARGEST_MEMBER))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, RuntimeError, NotImplementedError, RecursionError):
        return {"readable": False}
    return (
        {"version": str(data.get("keras_version", "")), "saved": str(data.get("date_saved", ""))}
        if isinstance(data, dict)
        else {}
    )
