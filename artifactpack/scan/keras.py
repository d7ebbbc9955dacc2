"""Keras: the .keras zip's configuration, and HDF5 files, where a Lambda layer or a custom class is code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from artifactpack.models.weights import Safety
from artifactpack.patterns import late
from artifactpack.scan.opcodes import MalformedError
from artifactpack.scan.pickle_stack import worst
from artifactpack.scan.torchfiles import Contents
from artifactpack.scan.zips import inflate, read_directory

_PARTS = {"config.json", "metadata.json", "model.weights.h5", "assets/", "_assets/"}
_BUILT_IN = late(
    r"keras(?:\.src)?\.(?:layers|models|initializers|optimizers|losses|metrics|regularizers|constraints|activations|"
    r"saving|random|dtype_policies)(?:\.|$)"
)
_MARKERS_OF_VALUES = {"__keras_tensor__", "__tensor__", "__numpy__", "__ellipsis__", "__slice__", "__bytes__"}
HDF5 = b"\x89HDF\r\n\x1a\n"
CHUNK, OVERLAP = 4 << 20, 64
_MARKERS = (b'"Lambda"', b"__lambda__", b"model_config")


def read_keras(file: BinaryIO, size: int) -> Contents:
    """A Keras 3 archive; raises :class:`MalformedError`. The weights inside are HDF5, whose tensors are not listed."""
    members = {entry.name: entry for entry in read_directory(file, size)}
    if "config.json" not in members:
        raise MalformedError("is a zip without config.json")
    reasons: list[str] = []
    safety: Safety = "safe"
    for name in members:
        if name not in _PARTS and not name.startswith(("assets/", "_assets/")):
            safety = worst(safety, "unknown")
            reasons.append(f"has a member that Keras does not write ({name[:80]!r})")
    try:
        config = json.load(inflate(file, members["config.json"]))
    except (ValueError, RecursionError) as error:
        raise MalformedError("has a configuration that is not JSON") from error
    verdict, why = judge(config)
    return Contents("keras", (), {}, worst(safety, verdict), (*reasons, *why))


def judge(config: Any) -> tuple[Safety, tuple[str, ...]]:
    """What building a model from *config* could run: a Lambda is code, and so may be a class that is not Keras's."""
    safety: Safety = "safe"
    reasons: dict[str, None] = {}
    for node in _nodes(config):
        verdict, why = _node(node)
        safety = worst(safety, verdict)
        if why:
            reasons.setdefault(why)
    return safety, tuple(reasons)[:20]


def _node(node: dict[str, Any]) -> tuple[Safety, str]:
    name, module, registered = (str(node.get(key) or "") for key in ("class_name", "module", "registered_name"))
    if name in ("Lambda", "__lambda__", "TorchModuleWrapper", "TFSMLayer"):
        return "unsafe", f"has a {name} layer, which is code"
    if ">" in registered:
        return "unknown", f"needs the class {registered[:80]!r}"
    if not name or (not module and name in _MARKERS_OF_VALUES):
        return "safe", ""
    if not module:
        return "unknown", f"names {name[:60]!r} without saying whose it is"
    if module == "keras" or _BUILT_IN.match(module):
        return "safe", ""
    foreign = module.split(".")[0] not in ("keras", "tensorflow", "keras_nlp", "keras_cv", "keras_hub")
    hostile = foreign and (name == "function" or module.split(".")[0] in sys.stdlib_module_names)
    return "unsafe" if hostile else "unknown", f"names {module[:60]}.{name[:40]}, which is not a part of Keras"


def _nodes(config: Any) -> Iterator[dict[str, Any]]:
    todo = [config]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            yield value
            todo.extend(value.values())
        elif isinstance(value, list):
            todo.extend(value)
        elif isinstance(value, str) and value[:1] == "{" and '"class_name"' in value:
            try:
                todo.append(json.loads(value))
            except (ValueError, RecursionError):
                yield {"class_name": "?", "module": "unreadable"}


def read_hdf5(file: BinaryIO) -> Contents:
    """An HDF5 file: data alone runs nothing, a Keras model's stored configuration may; never called safe.

    Without an HDF5 library the file is only searched for what matters; something may be compressed.
    """
    found = _search(file)
    if b'"Lambda"' in found or b"__lambda__" in found:
        return Contents("hdf5", (), {}, "unsafe", ("holds a Keras configuration with a Lambda layer, which is code",))
    what = "holds a Keras configuration, which is not parsed" if b"model_config" in found else "is not parsed"
    return Contents("hdf5", (), {}, "unknown", (f"an HDF5 file that {what}: looked for code by name only",))


def _search(file: BinaryIO) -> set[bytes]:
    found: set[bytes] = set()
    before = b""
    file.seek(0)
    while piece := file.read(CHUNK):
        compact = (before + piece).replace(b" ", b"")
        found |= {marker for marker in _MARKERS if marker in compact}
        before = piece[-OVERLAP:]
    return found
