"""What a project's file is for, told from its name."""

from __future__ import annotations

from pathlib import PurePosixPath

from artifactpack.models.manifest import Role

_WEIGHTS = {
    *(".pt", ".pth", ".ckpt", ".safetensors", ".h5", ".hdf5", ".keras", ".onnx", ".gguf", ".tflite", ".msgpack"),
    *(".pkl", ".pickle", ".joblib", ".pdparams", ".params"),
}
_CODE = {
    *(".py", ".ipynb", ".sh", ".bash", ".c", ".cc", ".cpp", ".cu", ".cuh", ".h", ".hpp", ".r", ".jl", ".m", ".lua"),
    *(".go", ".rs", ".java", ".scala", ".js", ".ts", ".pyx", ".pxd", ".pyi", ".sbatch", ".smk", ".nf"),
}
_CONFIG = {".toml", ".yaml", ".yml", ".ini", ".cfg", ".json5", ".gin", ".conf", ".env", ".jsonnet", ".lock"}
_META = {".md", ".rst", ".tex", ".bib", ".cff", ".pdf", ".html", ".css", ".sty", ".bst"}
_META_STEMS = ("license", "licence", "copying", "notice", "authors", "changelog", "citation")
_CONFIG_NAMES = ("requirements", "environment", "dockerfile", "containerfile", "makefile", "snakefile", ".gitignore")


def role(path: str) -> Role:
    """The role of the project's file *path*."""
    name = PurePosixPath(path).name.lower()
    suffix = PurePosixPath(name).suffix
    if suffix in _WEIGHTS or (suffix == ".bin" and "model" in name):
        return "weights"
    if suffix in _CODE:
        return "code"
    if suffix in _CONFIG or name.startswith(_CONFIG_NAMES) or (suffix == ".json" and "config" in path.lower()):
        return "config"
    if suffix in _META or name.startswith(_META_STEMS) or name.startswith("readme"):
        return "meta"
    return "data"


def matches(path: str, patterns: tuple[str, ...]) -> str:
    """The first of *patterns* that *path* matches, or ``""``.

    ``paper/`` and ``paper`` name a folder and all below it; without a slash a pattern also matches names anywhere.
    """
    from fnmatch import fnmatchcase

    for pattern in patterns:
        plain = pattern.strip("/")
        if path == plain or path.startswith(f"{plain}/") or fnmatchcase(path, plain):
            return pattern
        if "/" not in plain and any(fnmatchcase(part, plain) for part in path.split("/")):
            return pattern
    return ""
