"""Read a weight file without loading it: tensors, hashes, and whether loading it could run code."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Literal

from artifactpack.errors import InputError
from artifactpack.models.weights import Tensor, WeightReport
from artifactpack.scan import safetensors, torchfiles, zips
from artifactpack.scan.digests import Span, beside, hash_file, hash_spans
from artifactpack.scan.opcodes import MalformedError, Stretch
from artifactpack.scan.pickle_stack import worst
from artifactpack.scan.pickles import read_pickle
from artifactpack.scan.tensors import parameter_count, views
from artifactpack.scan.torchfiles import Contents

PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle", ".joblib", ".dump", ".model", ".tar", ".th", ".p", ".dat")
SUFFIXES = (*PICKLES, ".safetensors", ".npy", ".npz", ".keras", ".h5", ".hdf5", ".onnx", ".gguf", ".msgpack", ".tflite")
Hashes = Literal["none", "file", "tensors", "both"]


def inspect(path: Path, *, hashes: Hashes = "both", name: str | None = None) -> WeightReport:
    """Report on the weight file *path* (shown as *name*); never raises for bad content.

    :raises InputError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            contents = _contents(file, size, path.suffix.lower())
        digest, spans = _hash(path, contents, hashes)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    tensors = tuple(
        Tensor(name=v.name, shape=v.shape, dtype=v.dtype, sha256=spans.get(contents.spans.get(v.name, _NOWHERE), ""))
        for v in contents.tensors
    )
    return WeightReport(
        path=name or path.name,
        format=contents.format,
        size=size,
        sha256=digest,
        parameters=parameter_count(list(contents.tensors)) if contents.tensors else None,
        dtypes=tuple(sorted({view.dtype for view in contents.tensors})),
        tensors=tensors,
        safety=contents.safety,
        reasons=contents.reasons,
    )


_NOWHERE = Span(-1, 0)


def _hash(path: Path, contents: Contents, hashes: Hashes) -> tuple[str, dict[Span, str]]:
    """The file's hash and its tensors', side by side: both threads read what the other just brought into memory."""
    wanted = set(contents.spans.values()) if hashes in ("tensors", "both") else set()
    if hashes in ("none", "tensors") or not wanted:
        return (hash_file(path) if hashes in ("file", "both") else ""), hash_spans(path, wanted, threads=2)
    return beside(lambda: hash_file(path), lambda: hash_spans(path, wanted))


def _contents(file: BinaryIO, size: int, suffix: str) -> Contents:
    try:
        return _read(file, size, suffix)
    except MalformedError as error:
        return Contents(_family(suffix), (), {}, "unknown", (f"the file {error}",))


def _family(suffix: str) -> str:
    return suffix.lstrip(".") or "unknown"


def _read(file: BinaryIO, size: int, suffix: str) -> Contents:
    if suffix == ".safetensors":
        return safetensors.read(file, size)
    file.seek(0)
    head = file.read(8)
    if suffix in (".npy", ".npz", ".keras") or head.startswith((b"\x93NUMPY", b"\x89HDF")):
        return _array_or_keras(file, size, suffix, head)
    if zips.is_zip(file):
        return torchfiles.read_zip(file, size)
    file.seek(0)
    if suffix in PICKLES or file.read(1) == b"\x80":
        return _pickle(file, size)
    return Contents(_family(suffix), (), {}, "unknown", ("a format that is not looked into",))


def _array_or_keras(file: BinaryIO, size: int, suffix: str, head: bytes) -> Contents:
    from artifactpack.scan import keras, numpyfiles

    if head == keras.HDF5:
        return keras.read_hdf5(file)
    if suffix == ".keras":
        return keras.read_keras(file, size)
    return numpyfiles.read_npz(file, size) if zips.is_zip(file) else numpyfiles.read_npy(file, size)


def _pickle(file: BinaryIO, size: int) -> Contents:
    legacy = torchfiles.read_stream(file, size)
    if legacy is not None:
        return legacy
    reading = read_pickle(Stretch(file, 0, size))
    safety, reasons = reading.safety, reading.reasons
    if reading.root is not None and reading.end != size:
        safety, reasons = worst(safety, "unknown"), (*reasons, "the file goes on after its pickle")
    return Contents("pickle", tuple(views(reading.root)), {}, safety, reasons)
