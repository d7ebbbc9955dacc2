"""One `.wandb` log, read record by record: rows of numbers many at a time, everything else field by field."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from artifactpack.models.records import Json
from artifactpack.models.run import Gpu, Hardware
from artifactpack.systems import wire
from artifactpack.systems.values import flatten, number
from artifactpack.systems.wandb_frames import batches
from artifactpack.systems.wandb_rows import Points, Rows, internal


class Log:
    """What the log at *path* says; ``lost`` where it is torn or damaged, ``ended`` where the run wrote its end.

    ``points`` are (step, value) by metric; ``artifacts`` are (name, digest).
    """

    def __init__(self, path: Path, *, fast: bool = True) -> None:
        self.lost = self.ended = False
        self.version = self.name = self.id = self.commit = self.python = ""
        self.config: dict[str, Json] = {}
        self.summary: dict[str, Json] = {}
        self.points: Points = {}
        self.hardware: Hardware | None = None
        self.argv: tuple[str, ...] = ()
        self.exit: int | None = None
        self.artifacts: list[tuple[str, str]] = []
        rows = Rows(self.points)
        for batch in batches(path):
            if batch is None:
                self.lost = True
                continue
            for record in rows.take(batch) if fast else batch:
                self._record(record)

    def _record(self, data: bytes) -> None:
        try:
            for field, kind, value in wire.fields(data):
                if kind == wire.BYTES and isinstance(value, bytes) and field in _HANDLERS:
                    _HANDLERS[field](self, value)
        except (wire.Torn, RecursionError):
            self.lost = True

    def take_history(self, value: bytes) -> None:
        row, step = {}, None
        for field, kind, item in wire.fields(value):
            if field == 1 and isinstance(item, bytes):
                name, content = _item(item)
                row[name] = content
            elif field == 2 and isinstance(item, bytes):
                step = wire.signed(wire.first(wire.message(item), 1)) or 0
            elif field == 2 and kind == wire.VARINT:
                step = wire.signed(item)
        at = number(row.get("_step", step))
        for name, content in row.items():
            if not internal(name):
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
        self.id = wire.text(wire.first(found, 1))
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
        self.hardware = merged(self.hardware, _hardware(found))

    def take_artifact(self, value: bytes) -> None:
        found = wire.message(value)
        name, digest = wire.text(wire.first(found, 5)), wire.text(wire.first(found, 6))
        if digest and wire.text(wire.first(found, 4)) not in ("job", "code", "wandb-history"):
            self.artifacts.append((name, digest))


_HANDLERS = {
    2: Log.take_history,
    3: Log.take_summary,
    5: Log.take_config,
    8: Log.take_artifact,
    17: Log.take_run,
    18: Log.take_exit,
    21: Log.take_header,
    25: Log.take_artifact,
    26: Log.take_environment,
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


def merged(known: Hardware | None, new: Hardware | None) -> Hardware | None:
    """Keep of *known* what it says, take the rest from *new*; several records each say a part."""
    if known is None or new is None:
        return known or new
    said = {name: value for name, value in vars(known).items() if value}
    return replace(new, **said)
