"""Weights & Biases: the `.wandb` log itself, because an offline run leaves nothing else that is complete.

Format, found by reading logs of versions 0.13 to 0.31: a 7-byte header, then LevelDB-style blocks of 32 KiB holding
records (CRC-32, length, type), each a `Record` message of wandb's own protocol.
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactpack.models.records import Json
from artifactpack.models.run import Gpu, Hardware
from artifactpack.models.system import DataVersion, SystemReading, TrackedRun
from artifactpack.systems import wire
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.points import kept
from artifactpack.systems.reading import Unreadable, read_json, read_text
from artifactpack.systems.values import flatten, metric, number, seed_of

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="Weights & Biases",
    reads="`run-*.wandb` logs (offline and online), `wandb-metadata.json`, `requirements.txt`",
    proves="PSVMdCEH",
    limits="whether the tree was dirty is not recorded offline; `WANDB_MODE=disabled` leaves nothing",
    versions=r"0\.(?:1[0-9]|2\d|3[01])\..*",
)
HEADER, BLOCK = b":W&B", 32768
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4
INTERNAL = ("_step", "_runtime", "_timestamp", "_wandb")
_UNDERSCORE = ord("_")
_LENGTH = rb"(?:[\x00-\x7f]|[\x80-\xff][\x01-\x7f])"
_NAME = rb"\x0a[\x00-\x7f][\x0a\x12][\x01-\x7f]"
_HEAD = re.compile(rb"\x08[\x80-\xff]{0,9}[\x00-\x7f](?:\x12|(\x1a))" + _LENGTH, re.DOTALL)
_KEY = re.compile(_NAME + rb"([ -~]+)", re.DOTALL)
_PAIR = re.compile(rb"\x0a.[\x0a\x12].([ -~]+)\x82\x01.([-+.eE\d]+)", re.DOTALL)
"""Record {1: number, 2: History {1: Item {1: key or 2: nested key, 16: JSON} …, 2: Step {1: number}}, 3: Summary}."""


def detect(project: Project) -> bool:
    """Whether a `.wandb` log lies in the folder."""
    return bool(files_of(project).ending(".wandb"))


def read(project: Project) -> SystemReading:
    """One run a log; logs of one run id (a resumed run) are separate runs of the same id."""
    logs = files_of(project).ending(".wandb")
    runs: list[TrackedRun] = []
    data: list[DataVersion] = []
    versions, warnings = set(), []
    for path in logs:
        try:
            log = _Log(project.root, path)
        except (Unreadable, OSError) as error:
            warnings.append(f"{path}: {error}")
            continue
        runs.append(log.run())
        data += log.artifacts
        versions |= {log.version.partition("+")[0]} - {""}
    return SystemReading(
        system=ABOUT.title, version=", ".join(sorted(versions)), sources=logs, runs=tuple(runs), data=tuple(data),
        warnings=tuple(warnings),
    )  # fmt: skip


def records(path: Path) -> Iterator[bytes | None]:
    """Yield each logical record of the log at *path*; None marks a place where records were lost."""
    with path.open("rb", buffering=1 << 20) as stream:
        header = stream.read(7)
        if len(header) < 7 or header[:4] != HEADER:
            raise Unreadable("not a .wandb log")
        parts, offset = b"", 7
        while block := stream.read(BLOCK - offset):
            offset = 0
            for kind, data in _chunks(block):
                if kind == FULL:
                    yield data
                elif kind is None:
                    parts = b""
                    yield None
                else:
                    parts = data if kind == FIRST else parts + data
                    if kind == LAST:
                        yield parts
                        parts = b""
        if parts:
            yield None


_FRAME = struct.Struct("<IHB")
_CRC_OF_KIND = {kind: zlib.crc32(bytes((kind,))) for kind in (FULL, FIRST, MIDDLE, LAST)}


def _chunks(block: bytes) -> list[tuple[int | None, bytes]]:
    """(type, data) of the pieces in one block; a type of None ends them where the block is damaged."""
    found: list[tuple[int | None, bytes]] = []
    at, last, crc32 = 0, len(block) - 7, zlib.crc32
    while at <= last:
        crc, length, kind = _FRAME.unpack_from(block, at)
        start, at = at + 7, at + 7 + length
        data = block[start:at]
        begun = _CRC_OF_KIND.get(kind)
        if begun is None or crc32(data, begun) != crc or len(data) < length:
            if kind or length or crc:
                found.append((None, b""))
            return found
        found.append((kind, data))
    return found


class _Log:
    """One log, read record by record; only the points of metrics are kept."""

    def __init__(self, root: Path, path: str) -> None:
        self.root, self.path = root, path
        self.lost = self.ended = False
        self.version = self.name = self.id = self.commit = self.started = self.python = self.project = ""
        self.config: dict[str, Json] = {}
        self.summary: dict[str, Json] = {}
        self.points: dict[str, list[tuple[float, float]]] = {}
        self.hardware: Hardware | None = None
        self.argv: tuple[str, ...] = ()
        self.exit: int | None = None
        self.artifacts: list[DataVersion] = []
        self._known: set[bytes] = set(map(str.encode, INTERNAL))
        self._append: dict[bytes, Callable[[tuple[float, float]], None]] = {}
        plain = self._plain
        for data in records(root / path):
            if data is None:
                self.lost = True
            elif not plain(data):
                self._record(data)

    def _record(self, data: bytes) -> None:
        try:
            for field, kind, value in wire.fields(data):
                if kind == wire.BYTES and isinstance(value, bytes):
                    self._take(field, value)
        except wire.Torn:
            self.lost = True

    def _plain(self, data: bytes) -> bool:
        """Take a row of numbers, or pass over a summary of metrics whose history is there anyway; nearly all records
        are one of the two. False leaves a record to the careful way."""
        head = _HEAD.match(data)
        if head is None:
            return False
        start = head.end()
        if head[1]:
            keys = _KEY.findall(data, start)
            return len(keys) > 0 and self._known.issuperset(keys)
        pairs = _PAIR.findall(data, start)
        row = dict(pairs)
        if len(row) != data.count(b"\x82\x01", start) or b"_step" not in row:
            return False  # something in it is no number, or a key stands twice
        try:
            at = float(row[b"_step"])
            points = [(key, (at, float(value))) for key, value in pairs if key[0] != _UNDERSCORE]
        except ValueError:
            return False
        append = self._append
        for key, point in points:
            if key not in append:
                self._known.add(key)
                append[key] = self.points.setdefault(key.decode("ascii"), []).append
            append[key](point)
        return True

    def _take(self, field: int, value: bytes) -> None:
        handler = _HANDLERS.get(field)
        if handler is not None:
            handler(self, value)

    def take_history(self, value: bytes) -> None:
        row, step = {}, None
        for field, kind, item in wire.fields(value):
            if field == 1 and isinstance(item, bytes):
                name, content = _item(item)
                row[name] = content
            elif field == 2 and isinstance(item, bytes):
                step = wire.signed(wire.first(wire.message(item), 1))
            elif field == 2 and kind == wire.VARINT:
                step = wire.signed(item)
        at = number(row.get("_step", step)) if row.get("_step", step) is not None else None
        for name, content in row.items():
            if name.split("/")[0] not in INTERNAL:
                self._points(name, content, float(len(self.points.get(name, ()))) if at is None else at)

    def _points(self, name: str, content: Any, step: float) -> None:
        if isinstance(content, dict):
            for key, value in content.items():
                self._points(f"{name}.{key}", value, step)
        elif not isinstance(content, bool) and (value := number(content)) is not None:
            self.points.setdefault(name, []).append((step, value))

    def take_summary(self, value: bytes) -> None:
        self.summary.update(_items(value))

    def take_config(self, value: bytes) -> None:
        self.config.update(flatten({k: v for k, v in _items(value).items() if not k.startswith("_wandb")}))

    def take_run(self, value: bytes) -> None:
        found = wire.message(value)
        self.id, self.project = wire.text(wire.first(found, 1)), wire.text(wire.first(found, 3))
        self.name = wire.text(wire.first(found, 8)) or self.name
        self.commit = wire.text(wire.first(found, 21, 2)) or self.commit
        config = wire.first(found, 4)
        if isinstance(config, bytes):
            self.take_config(config)

    def take_exit(self, value: bytes) -> None:
        code = wire.signed(wire.first(wire.message(value), 1))
        self.exit, self.ended = code or 0, True

    def take_header(self, value: bytes) -> None:
        self.version = wire.text(wire.first(wire.message(value), 1, 1)) or self.version

    def take_environment(self, value: bytes) -> None:
        found = wire.message(value)
        self.python = wire.text(wire.first(found, 2)) or self.python
        self.commit = wire.text(wire.first(found, 9, 2)) or self.commit
        arguments = tuple(wire.text(a) for a in found.get(5, ()))
        program = wire.text(wire.first(found, 6))
        self.argv = (program, *arguments) if program else self.argv
        self.hardware = _merged(self.hardware, _hardware(found))

    def take_artifact(self, value: bytes) -> None:
        found = wire.message(value)
        name, digest = wire.text(wire.first(found, 5)), wire.text(wire.first(found, 6))
        if digest and wire.text(wire.first(found, 4)) not in ("job", "code", "wandb-history"):
            self.artifacts.append(DataVersion(system=ABOUT.title, path=name, hash=digest, algorithm="md5"))

    def run(self) -> TrackedRun:
        folder = Path(self.path).parent
        metadata = _metadata(self.root / folder / "files" / "wandb-metadata.json")
        series = {name: tuple(sorted(points)) for name, points in self.points.items()}
        metrics = [m for name, points in series.items() if (m := metric(name, points, self.path))]
        metrics += self._summary_metrics({m.name for m in metrics})
        return TrackedRun(
            system=ABOUT.title,
            id=self.id or folder.name,
            name=self.name,
            source=self.path,
            state="finished" if self.ended and not self.exit else "failed" if self.ended else "unfinished",
            parameters=self.config,
            seed=seed_of(self.config),
            metrics=tuple(metrics),
            series=kept(self.id or folder.name, series),
            commit=self.commit or _dig(metadata, "git", "commit"),
            argv=self.argv or tuple(map(str, metadata.get("args", ()))),
            python=(self.python or str(metadata.get("python", ""))).removeprefix("CPython ").strip(),
            packages=_requirements(self.root / folder / "files" / "requirements.txt"),
            hardware=_merged(self.hardware, _from_metadata(metadata)),
            complete=self.ended and not self.lost,
        )

    def _summary_metrics(self, known: set[str]) -> list[Any]:
        found = []
        for name, value in flatten(self.summary).items():
            value = None if isinstance(value, bool) else number(value)
            if name.split("/")[0] not in INTERNAL and name not in known and value is not None:
                found.append(metric(name, [(0.0, value)], self.path))
        return found


_HANDLERS = {
    2: _Log.take_history,
    3: _Log.take_summary,
    5: _Log.take_config,
    8: _Log.take_artifact,
    17: _Log.take_run,
    18: _Log.take_exit,
    21: _Log.take_header,
    25: _Log.take_artifact,
    26: _Log.take_environment,
}


def _item(data: bytes) -> tuple[str, Json]:
    """One {1 key, 2 nested_key*, 16 value_json} item."""
    key, nested, value = "", [], b""
    for field, _, content in wire.fields(data):
        if not isinstance(content, bytes):
            continue
        if field == 1:
            key = content.decode("utf-8", "replace")
        elif field == 2:
            nested.append(content.decode("utf-8", "replace"))
        elif field == 16:
            value = content
    return key or ".".join(nested), _json(value)


def _json(data: bytes) -> Json:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return data.decode("utf-8", "replace")


def _items(data: bytes) -> dict[str, Json]:
    return dict(_item(item) for field, _, item in wire.fields(data) if field == 1 and isinstance(item, bytes))


def _hardware(found: dict[int, list[wire.Value]]) -> Hardware:
    gpus = [wire.message(gpu) for gpu in found.get(24, ()) if isinstance(gpu, bytes)]
    cuda = wire.text(wire.first(found, 25))
    return Hardware(
        system=wire.text(wire.first(found, 1)),
        cpu=wire.text(wire.first(found, 22, 3)),
        cores=_integer(wire.first(found, 16)),
        memory=_integer(wire.first(found, 21, 1)),
        gpus=tuple(
            Gpu(name=wire.text(wire.first(gpu, 1)), memory=_integer(wire.first(gpu, 2)), cuda=cuda) for gpu in gpus
        ),
    )


def _integer(value: wire.Value | None) -> int:
    return value if isinstance(value, int) else 0


def _merged(known: Hardware | None, new: Hardware | None) -> Hardware | None:
    """Keep of *known* what it says, take the rest from *new*; several records each say a part."""
    if known is None or new is None:
        return known or new
    said = {name: value for name, value in vars(known).items() if value}
    return replace(new, **said)


def _metadata(path: Path) -> dict[str, Any]:
    try:
        data = read_json(path)
    except Unreadable:
        return {}
    return data if isinstance(data, dict) else {}


def _dig(data: Any, *keys: str) -> str:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, str) else ""


def _from_metadata(data: dict[str, Any]) -> Hardware | None:
    if not data:
        return None
    gpus = data.get("gpu_nvidia") or data.get("gpudevices") or data.get("gpu_devices") or ()
    return Hardware(
        system=str(data.get("os", "")),
        cores=int(number(data.get("cpu_count")) or 0),
        gpus=tuple(
            Gpu(name=str(g.get("name", "")), memory=int(number(g.get("memory_total") or g.get("memoryTotal")) or 0))
            for g in gpus
            if isinstance(g, dict)
        ),
    )


def _requirements(path: Path) -> dict[str, str]:
    try:
        lines = read_text(path).splitlines()
    except Unreadable:
        return {}
    pairs = (line.partition("==") for line in lines)
    return {name.strip(): version.strip() for name, mark, version in pairs if mark}
