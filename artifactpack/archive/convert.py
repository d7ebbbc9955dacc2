"""Write a torch checkpoint as safetensors beside it, when reading it runs no code and every tensor stays the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from artifactpack.archive.atomic import replacing
from artifactpack.errors import InputError, MissingExtraError, RefusedError
from artifactpack.models.weights import WeightReport
from artifactpack.scan.weights import inspect


def convert_weights(source: Path, target: Path | None = None) -> WeightReport:
    """Write *source* as safetensors to *target* (default: the same name with `.safetensors`); returns its report.

    Only files that :func:`~artifactpack.scan.weights.inspect` calls safe are read, by torch with ``weights_only``.
    Equality is checked tensor by tensor on what was written: name, shape, type and bytes. Raises
    :class:`RefusedError` for a file that is not safe or tensors that would change, MissingExtraError without torch.
    """
    target = target or source.with_suffix(".safetensors")
    before = inspect(source, hashes="tensors")
    if before.format not in ("torch", "torch-legacy"):
        raise InputError(f"{source} is no torch checkpoint but {before.format}; only those are converted")
    if before.safety != "safe":
        raise RefusedError(f"{source} is not converted, because reading it is {before.safety}: {before.reasons[0]}")
    tensors = _tensors(source)
    with replacing(target) as fd:
        _write(fd, target, tensors)
        _compare(source, tensors, Path(f"/proc/self/fd/{fd}"))
    return inspect(target)


def _tensors(source: Path) -> dict[str, Any]:
    """Every tensor by its dotted name, contiguous and with memory of its own, as safetensors wants it."""
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("converting weights", "torch") from error
    loaded = torch.load(source, map_location="cpu", weights_only=True)
    pairs = _named("", loaded)
    found = {name: tensor.detach().contiguous().clone() for name, tensor in pairs}
    if not found:
        raise InputError(f"{source} holds no tensors")
    if len(found) != len(pairs):
        raise RefusedError(f"{source} holds two tensors that would have one name in safetensors; it is not converted")
    return found


def _named(name: str, value: Any) -> list[tuple[str, Any]]:
    import torch

    if isinstance(value, torch.Tensor):
        return [(name, value)]
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else ()
    return [pair for key, part in parts for pair in _named(f"{name}.{key}" if name else str(key), part)]


def _write(fd: int, target: Path, tensors: dict[str, Any]) -> None:
    try:
        from safetensors.torch import save
    except ImportError as error:
        raise MissingExtraError("converting weights", "torch") from error
    try:
        data = save(tensors, metadata={"format": "pt"})
    except (ValueError, RuntimeError, KeyError) as error:
        raise RefusedError(f"{target} cannot hold these tensors: {str(error)[:200]}") from error
    with open(fd, "wb", closefd=False) as file:
        file.write(data)


def _compare(source: Path, tensors: dict[str, Any], written: Path) -> None:
    """Raise :class:`RefusedError` unless *written* holds exactly *tensors*, and *source*'s own bytes where known."""
    import hashlib

    from artifactpack.scan.digests import hash_spans
    from artifactpack.scan.safetensors import read

    with written.open("rb") as file:
        contents = read(file, file.seek(0, 2))
    hashes = hash_spans(written, contents.spans.values())
    told = {v.name: (v.shape, v.dtype, hashes.get(contents.spans[v.name], "")) for v in contents.tensors}
    known = {t.name: t.sha256 for t in inspect(source, hashes="tensors").tensors}
    for name, tensor in tensors.items():
        raw = hashlib.sha256(_bytes(tensor)).hexdigest()
        expected = (tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), raw)
        if told.get(name) != expected or known.get(name) not in ("", raw):
            raise RefusedError(f"tensor {name!r} of {source} would not be the same in safetensors; it is not converted")
    if len(told) != len(tensors):
        raise RefusedError(f"{source} would not be the same in safetensors; it is not converted")


def _bytes(tensor: Any) -> bytes:
    import torch

    if not tensor.numel():
        return b""
    return bytes(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
