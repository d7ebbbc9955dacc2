"""torch checkpoints, the zip kind (since 1.6) and the older stream, read without torch."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

from artifactpack.models.weights import Safety
from artifactpack.scan.allowed import DTYPES
from artifactpack.scan.digests import Span
from artifactpack.scan.opcodes import MalformedError, Stretch
from artifactpack.scan.pickle_stack import worst
from artifactpack.scan.pickles import Reading, read_pickle
from artifactpack.scan.symbols import Mapping_
from artifactpack.scan.tensors import View, views
from artifactpack.scan.zips import Entry, inflate, read_directory

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_BESIDE = {"version", "byteorder", ".format_version", ".storage_alignment", ".data/serialization_id"}


@dataclass(frozen=True)
class Contents:
    """What a weight file holds: its tensors, where each one's bytes lie, and what loading risks."""

    format: str
    tensors: tuple[View, ...]
    spans: dict[str, Span]
    safety: Safety
    reasons: tuple[str, ...]


def read_zip(file: BinaryIO, size: int) -> Contents:
    """A zip checkpoint; raises :class:`MalformedError` when the zip itself is unusual."""
    entries = read_directory(file, size)
    root = entries[0].name.partition("/")[0] if entries else ""
    members = {entry.name.removeprefix(root + "/"): entry for entry in entries}
    if "constants.pkl" in members or any(name.startswith("code/") for name in members):
        return Contents("torchscript", (), {}, "unknown", ("a TorchScript archive holds code of its own",))
    if "data.pkl" not in members:
        raise MalformedError("is a zip without data.pkl")
    reading = _member_pickle(file, members["data.pkl"])
    safety, reasons = reading.safety, list(reading.reasons)
    strange = [name for name in members if not _expected(name)]
    if strange or not all(entry.name.startswith(root + "/") for entry in entries):
        safety = worst(safety, "unknown")
        reasons.append(f"has members that torch does not write ({_shown(strange)})")
    storages = {name[5:]: entry for name, entry in members.items() if name.startswith("data/")}
    found = list(views(reading.root)) if reading.root is not None else []
    starts = {key: entry.start for key, entry in storages.items() if entry.method == 0}
    sizes = {key: entry.size for key, entry in storages.items()}
    return _contents("torch", found, starts, sizes, safety, reasons)


def _expected(name: str) -> bool:
    return name == "data.pkl" or name in _BESIDE or (name.startswith("data/") and name[5:].isdigit())


def _shown(names: list[str]) -> str:
    return ", ".join(names[:3]) if names else "another root folder"


def _member_pickle(file: BinaryIO, entry: Entry) -> Reading:
    if entry.method == 0:
        end = entry.start + entry.size
        reading = read_pickle(Stretch(file, entry.start, end), torch=True)
    else:
        end = entry.size
        reading = read_pickle(Stretch(inflate(file, entry), 0, end), torch=True)
    if reading.end != end and reading.root is not None:
        more = (*reading.reasons, "data.pkl goes on after its pickle")
        return Reading(reading.root, worst(reading.safety, "unknown"), more, reading.end)
    return reading


def _contents(
    kind: str, found: list[View], starts: dict[str, int], sizes: dict[str, int], safety: Safety, reasons: list[str]
) -> Contents:
    """Join the tensors with where their storages lie; a tensor that reaches beyond its storage is never safe."""
    spans: dict[str, Span] = {}
    for view in found:
        if view.storage is None:
            continue
        item = DTYPES[view.dtype]
        total = sizes.get(view.storage.key, -1)
        if view.reach * item > total or view.storage.count * DTYPES[view.storage.dtype] > total:
            safety = worst(safety, "unknown")
            reasons.append(f"tensor {view.name[:80]!r} reaches beyond its storage")
        elif view.contiguous and view.storage.key in starts and view.dtype not in ("quint4x2", "quint2x4"):
            spans[view.name] = Span(starts[view.storage.key] + view.offset * item, view.count * item)
    return Contents(kind, tuple(found), spans, safety, tuple(reasons[:20]))


def read_stream(file: BinaryIO, size: int) -> Contents | None:
    """A checkpoint from before torch 1.6: five pickles, then the storages; None when it is not one."""
    stretch = Stretch(file, 0, size)
    magic = read_pickle(stretch)
    if magic.root != _MAGIC:
        return None
    protocol, system = read_pickle(stretch), read_pickle(stretch)
    main = read_pickle(stretch, torch=True)
    keys = read_pickle(stretch) if main.root is not None else main
    parts = (magic, protocol, system, main, keys)
    safety, reasons = worst(*(p.safety for p in parts)), [reason for p in parts for reason in p.reasons]
    if protocol.root != _PROTOCOL or not isinstance(system.root, Mapping_) or not _strings(keys.root):
        safety = worst(safety, "unknown")
        reasons.append("is not laid out as torch does")
        return Contents("torch-legacy", (), {}, safety, tuple(dict.fromkeys(reasons)))
    found = list(views(main.root))
    starts, sizes, complaint = _storages(stretch, keys.root, found)
    if complaint:
        safety = worst(safety, "unknown")
        reasons.append(complaint)
    return _contents("torch-legacy", found, starts, sizes, safety, reasons)


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _storages(stretch: Stretch, keys: list[str], found: list[View]) -> tuple[dict[str, int], dict[str, int], str]:
    """Where each storage starts and how long it is; a complaint when the bytes do not add up."""
    items = {view.storage.key: DTYPES[view.storage.dtype] for view in found if view.storage}
    starts: dict[str, int] = {}
    sizes: dict[str, int] = {}
    for key in keys:
        if key not in items or stretch.end - stretch.position < 8:
            return starts, sizes, f"storage {key[:40]!r} cannot be placed"
        count = struct.unpack("<q", stretch.take(8))[0]
        length = count * items[key]
        if not 0 <= length <= stretch.end - stretch.position:
            return starts, sizes, "a storage is longer than the file"
        starts[key], sizes[key] = stretch.position, length
        stretch.position += length
        stretch.file.seek(stretch.position)
    return starts, sizes, "" if stretch.position == stretch.end else "goes on after its last storage"
