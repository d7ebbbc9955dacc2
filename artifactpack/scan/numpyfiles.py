"""numpy's .npy and .npz: headers read as literals, object arrays followed as the pickles they are."""

from __future__ import annotations

import ast
import math
import struct
from typing import Any, BinaryIO

from artifactpack.models.weights import Safety
from artifactpack.patterns import late
from artifactpack.scan.digests import Span
from artifactpack.scan.opcodes import MalformedError, Stretch
from artifactpack.scan.pickle_stack import worst
from artifactpack.scan.pickles import read_pickle
from artifactpack.scan.tensors import View
from artifactpack.scan.torchfiles import Contents
from artifactpack.scan.zips import Entry, inflate, read_directory

_MAGIC = b"\x93NUMPY"
LARGEST_HEADER = 65_536
_KIND = {"f": "float", "i": "int", "u": "uint", "c": "complex"}
_PLAIN = late(r"[<>|=]([biufcmMSUV])(\d{1,9})(\[[a-zA-Z0-9]{1,8}\])?")


def read_npy(file: BinaryIO, size: int) -> Contents:
    """One array; raises :class:`MalformedError`."""
    view, span, safety, reasons = _array(file, 0, size, "array")
    return Contents("npy", (view,), {view.name: span} if span else {}, safety, reasons)


def read_npz(file: BinaryIO, size: int) -> Contents:
    """The arrays of a zip, stored or deflated; raises :class:`MalformedError`."""
    found: list[View] = []
    spans: dict[str, Span] = {}
    safety: Safety = "safe"
    reasons: list[str] = []
    for entry in read_directory(file, size):
        name = entry.name.removesuffix(".npy")
        if name == entry.name:
            safety = worst(safety, "unknown")
            reasons.append(f"member {name[:80]!r} is no array")
            continue
        view, span, verdict, why = _member(file, entry, name)
        found.append(view)
        if span and entry.method == 0:
            spans[name] = span
        safety, reasons = worst(safety, verdict), [*reasons, *why]
    return Contents("npz", tuple(found), spans, safety, tuple(reasons[:20]))


def _member(file: BinaryIO, entry: Entry, name: str) -> tuple[View, Span | None, Safety, tuple[str, ...]]:
    if entry.method == 0:
        return _array(file, entry.start, entry.start + entry.size, name)
    try:
        inner = inflate(file, entry)
    except MalformedError as error:
        return View(name, (), "?"), None, "unknown", (f"array {name[:80]!r} {error}",)
    return _array(inner, 0, entry.size, name)


def _array(file: BinaryIO, start: int, end: int, name: str) -> tuple[View, Span | None, Safety, tuple[str, ...]]:
    header, at = _header(file, start, end)
    shape, descr = header["shape"], header["descr"]
    if _holds_objects(descr):
        reading = read_pickle(Stretch(file, at, end))
        extra = reading.root is not None and reading.end != end
        reasons = (*reading.reasons, *(("the array goes on after its pickle",) if extra else ()))
        return View(name, shape, "object"), None, worst(reading.safety, "unknown" if extra else "safe"), reasons
    dtype, item = _dtype(descr)
    if not item or math.prod(shape) * item != end - at:
        return View(name, shape, dtype), None, "unknown", (f"array {name[:80]!r} is not as long as its header says",)
    span = None if header["fortran_order"] and len(shape) > 1 else Span(at, end - at)
    return View(name, shape, dtype), span, "safe", ()


def _header(file: BinaryIO, start: int, end: int) -> tuple[dict[str, Any], int]:
    """The header's dict and where the data begins."""
    file.seek(start)
    head = file.read(min(12, end - start))
    form = {1: "<H", 2: "<I", 3: "<I"}.get(head[6] if len(head) > 8 else 0)
    if head[:6] != _MAGIC or form is None:
        raise MalformedError("is no numpy array")
    width = struct.calcsize(form)
    length = struct.unpack_from(form, head.ljust(12, b"\0"), 8)[0]
    at = start + 8 + width + length
    if length > LARGEST_HEADER or at > end:
        raise MalformedError("has an array header longer than the file or than makes sense")
    file.seek(start + 8 + width)
    try:
        header = ast.literal_eval(file.read(length).decode("latin-1").strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
        raise MalformedError("has an array header that is not a literal") from error
    if (
        not isinstance(header, dict)
        or set(header) != {"descr", "fortran_order", "shape"}
        or not _is_shape(header["shape"])
    ):
        raise MalformedError("has an array header with other fields than numpy's")
    return header, at


def _is_shape(value: Any) -> bool:
    return isinstance(value, tuple) and all(type(n) is int and 0 <= n < 1 << 62 for n in value)


def _holds_objects(descr: Any) -> bool:
    """Whether numpy would unpickle: anywhere an 'O', or anything that is not plainly without."""
    if isinstance(descr, str):
        return "O" in descr
    if not isinstance(descr, list) or not all(isinstance(part, tuple) and len(part) > 1 for part in descr):
        return True
    return any(_holds_objects(part[1]) for part in descr)


def _dtype(descr: Any) -> tuple[str, int]:
    """(name, bytes an element); (…, 0) where it cannot be told."""
    if isinstance(descr, list):
        try:
            sizes = [_dtype(part[1])[1] * math.prod(part[2] if len(part) > 2 else ()) for part in descr]
        except (TypeError, IndexError):
            return "structured", 0
        return "structured", sum(sizes) if all(sizes) else 0
    match = _PLAIN.fullmatch(descr) if isinstance(descr, str) else None
    if not match:
        return "?", 0
    kind, width = match.group(1), int(match.group(2))
    if kind == "b":
        return "bool", width
    size = width * 4 if kind == "U" else width
    return (f"{_KIND[kind]}{width * 8}" if kind in _KIND else descr.lstrip("<>|=")), size
