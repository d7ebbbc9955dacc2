"""safetensors files: the header is checked as the format demands, tensors are found by their offsets."""

from __future__ import annotations

import json
import math
import struct
from typing import Any, BinaryIO

from artifactpack.scan.digests import Span
from artifactpack.scan.opcodes import MalformedError
from artifactpack.scan.tensors import View
from artifactpack.scan.torchfiles import Contents

LARGEST_HEADER = 100_000_000  # the format's own limit
_BITS = {
    "BOOL": (8, "bool"), "U8": (8, "uint8"), "I8": (8, "int8"), "I16": (16, "int16"), "U16": (16, "uint16"),
    "F16": (16, "float16"), "BF16": (16, "bfloat16"), "I32": (32, "int32"), "U32": (32, "uint32"),
    "F32": (32, "float32"), "F64": (64, "float64"), "I64": (64, "int64"), "U64": (64, "uint64"),
    "C64": (64, "complex64"), "F8_E4M3": (8, "float8_e4m3fn"), "F8_E5M2": (8, "float8_e5m2"),
    "F8_E8M0": (8, "float8_e8m0fnu"), "F4": (4, "float4"), "F6_E2M3": (6, "float6_e2m3"),
    "F6_E3M2": (6, "float6_e3m2"),
}  # fmt: skip


def read(file: BinaryIO, size: int) -> Contents:
    """Tensors and where they lie; raises :class:`MalformedError` for anything the format forbids."""
    file.seek(0)
    head = file.read(8)
    if len(head) < 8:
        raise MalformedError("is too short for a header")
    length = struct.unpack("<Q", head)[0]
    if length > LARGEST_HEADER or length > size - 8:
        raise MalformedError("has a header longer than the format or the file allows")
    raw = file.read(length)
    if not raw.startswith(b"{"):
        raise MalformedError("has a header that does not start with '{'")
    header = _parse(raw)
    _check_metadata(header.pop("__metadata__", {}))
    found = sorted(
        (_tensor(name, entry) for name, entry in header.items()), key=lambda pair: (pair[1].start, pair[1].length)
    )
    position = 0
    for view, span in found:
        if span.start != position:
            raise MalformedError(f"has a hole or an overlap before tensor {view.name[:80]!r}")
        position += span.length
    if position != size - 8 - length:
        raise MalformedError("has bytes that belong to no tensor")
    spans = {view.name: Span(span.start + 8 + length, span.length) for view, span in found}
    return Contents("safetensors", tuple(view for view, _ in found), spans, "safe", ())


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        header = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedError("has a header that is not JSON") from error
    if not isinstance(header, dict):
        raise MalformedError("has a header that is not an object")
    return header


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedError("has a header that names a key twice")
    return found


def _no_constant(text: str) -> None:
    raise ValueError(text)


def _check_metadata(metadata: Any) -> None:
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise MalformedError("has metadata that is not text")


def _tensor(name: str, entry: Any) -> tuple[View, Span]:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise MalformedError(f"describes tensor {name[:80]!r} with other keys than the format's")
    shape, offsets = entry["shape"], entry["data_offsets"]
    numbers = isinstance(shape, list) and isinstance(offsets, list) and len(offsets) == 2
    if not numbers or not all(type(n) is int and 0 <= n < 1 << 63 for n in [*shape, *offsets]):
        raise MalformedError(f"has tensor {name[:80]!r} with a shape or offsets that are not sizes")
    bits, dtype = _BITS.get(entry["dtype"], (0, "")) if isinstance(entry["dtype"], str) else (0, "")
    total = math.prod(shape) * bits
    if not bits or total % 8 or offsets[1] - offsets[0] != total // 8:
        raise MalformedError(f"has tensor {name[:80]!r} whose type, shape and length disagree")
    return View(name, tuple(shape), dtype), Span(offsets[0], total // 8)
