"""`artifactpack.toml` (or `[tool.artifactpack]` in pyproject.toml): read, checked, `like` resolved."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from artifactpack import __version__
from artifactpack.core.toml_safe import parse_toml
from artifactpack.errors import ConfigError
from artifactpack.folders import cache_dir
from artifactpack.models.config import Command, Config
from artifactpack.models.records import Invalid, dump, load, restore
from artifactpack.project.reading import Unreadable, read_file, write_cache

STATE_FOLDER = ".artifactpack"
OWN_FILE, SHARED_FILE = "artifactpack.toml", "pyproject.toml"
_LIMIT = 1 << 20
MOST_CELLS = 100_000  # of a command's parameter grid
MOST_NEEDS = 100  # commands of which each needs the next


def load_config(root: Path) -> tuple[Config, str]:
    """The configuration of *root* and the file it came from ("" when there is none).

    Raises ConfigError with every fault, or where both files hold one.
    """
    own, shared = _bytes(root, OWN_FILE), _bytes(root, SHARED_FILE)
    in_shared = shared is not None and _has_table(shared)
    if own is not None and in_shared:
        raise ConfigError(f"both {OWN_FILE} and [tool.artifactpack] in {SHARED_FILE} are there; keep one")
    if own is not None:
        return _cached(own, OWN_FILE, table=False), OWN_FILE
    if shared is not None and in_shared:
        return _cached(shared, SHARED_FILE, table=True), SHARED_FILE
    return Config(), ""


def _has_table(data: bytes) -> bool:
    if b"artifactpack" not in data:
        return False
    tool = _toml(data, SHARED_FILE).get("tool", {})
    return isinstance(tool, dict) and "artifactpack" in tool


def resolve_command(config: Config, name: str) -> Command:
    """Command *name* with `like` and `args` applied and `run` split; ConfigError if it cannot be run."""
    if name not in config.commands:
        raise ConfigError(_unknown_command(config, name))
    command, seen = config.commands[name], [name]
    while not command.run and command.like:
        if command.like in seen or command.like not in config.commands:
            raise ConfigError(f"commands.{seen[-1]}.like: {_unknown_command(config, command.like)}")
        seen.append(command.like)
        command = _inherit(command, config.commands[command.like])
    if not command.run:
        raise ConfigError(f"commands.{name}: no `run`; give the command as a list of words")
    return dataclasses.replace(command, run=(*_words(command.run, name), *command.args), args=(), like="")


def _inherit(child: Command, parent: Command) -> Command:
    default = Command()
    given = {f.name: getattr(child, f.name) for f in dataclasses.fields(Command)}
    own = {k: v for k, v in given.items() if v != getattr(default, k) and k not in ("args", "like")}
    run = (*_words(parent.run, child.like), *parent.args)
    return dataclasses.replace(parent, **{"run": run, **own, "args": child.args})


def _words(run: tuple[str, ...] | str, name: str) -> tuple[str, ...]:
    if not isinstance(run, str):
        return run
    try:
        return tuple(shlex.split(run))
    except ValueError as error:
        raise ConfigError(f"commands.{name}.run: {error}; give the command as a list of words") from error


def _unknown_command(config: Config, name: str) -> str:
    known = ", ".join(config.commands) or "none is declared"
    return f"no [commands.{name}]{_nearest(name, config.commands)}; commands: {known}"


def _bytes(root: Path, name: str) -> bytes | None:
    try:
        return read_file(root / name, _LIMIT)
    except FileNotFoundError:
        return None
    except Unreadable as error:
        raise ConfigError(f"{name}: {error}") from error


def _toml(data: bytes, name: str) -> dict[str, Any]:
    import tomllib

    try:
        return parse_toml(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}: not valid TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{name}: nested too deeply") from error


def _cached(data: bytes, name: str, *, table: bool) -> Config:
    """The validated configuration, from the user's cache where these very bytes were validated before."""
    key = hashlib.sha256(f"{__version__}\0{name}\0".encode() + _shape() + data).hexdigest()
    place = cache_dir() / "config" / f"{key}.json"
    try:
        return restore(Config, json.loads(place.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        pass
    raw = _toml(data, name)
    config = _validated(raw["tool"]["artifactpack"] if table else raw, name, "tool.artifactpack." * table)
    write_cache(place, json.dumps(dump(config)).encode())
    return config


def _shape() -> bytes:
    """The names of all keys: a cache written for another shape of the file is not read."""
    from artifactpack.models import config

    names = [f.name for c in vars(config).values() if dataclasses.is_dataclass(c) for f in dataclasses.fields(c)]
    return ",".join(names).encode()


def _validated(raw: Any, name: str, prefix: str) -> Config:
    faults: list[str] = []
    if isinstance(raw, dict):
        raw = _with_likes(raw, faults)
    try:
        config = load(Config, raw)
    except Invalid as invalid:
        faults += [_fault(path, message) for path, message in invalid.faults]
    else:
        faults += _semantic(config)
    if faults:
        unique = list(dict.fromkeys(faults))
        raise ConfigError(f"{name}: " + "; ".join(prefix + f for f in unique))
    return config


def _with_likes(raw: dict[str, Any], faults: list[str]) -> dict[str, Any]:
    """Copy into each command with `like` the keys that it does not give itself."""
    commands = raw.get("commands")
    if not isinstance(commands, dict):
        return raw
    done: dict[str, Any] = {}

    def resolved(name: str, seen: tuple[str, ...]) -> Any:
        table = commands[name]
        parent = table.get("like") if isinstance(table, dict) else None
        if not parent or name in done:
            return done.setdefault(name, table)
        if not isinstance(parent, str) or parent not in commands or parent in (*seen, name):
            near = _nearest(str(parent), commands)
            faults.append(f"commands.{name}.like: no other command called {parent!r}{near}")
            return done.setdefault(name, table)
        base = resolved(parent, (*seen, name))
        if not isinstance(base, dict):
            return table
        inherited = {k: v for k, v in base.items() if k not in ("args", "like")}
        if "args" in base and "run" in base:
            inherited["run"] = [*_raw_words(base["run"]), *_raw_words(base["args"])]
        return done.setdefault(name, {**inherited, **table})

    return {**raw, "commands": {name: resolved(name, ()) for name in commands}}


def _raw_words(value: Any) -> list[Any]:
    if isinstance(value, str):
        try:
            return list(shlex.split(value))
        except ValueError:
            return [value]
    return value if isinstance(value, list) else [value]


def _semantic(config: Config) -> list[str]:
    faults = []
    for name, command in config.commands.items():
        faults += [
            f"commands.{name}.needs: {_unknown_command(config, n)}" for n in command.needs if n not in config.commands
        ]
        if command.repeat < 1:
            faults.append(f"commands.{name}.repeat: must be at least 1")
        if not command.run:
            faults.append(f"commands.{name}: no `run`; give the command as a list of words")
        faults += _grid_faults(name, command)
        faults += [f"commands.{name}.patterns.{key}: {why}" for key, why in _bad_patterns(command)]
    faults += _circles(config)
    ids = [claim.id for claim in config.claims]
    faults += [f"claims: two claims have the id {i!r}" for i in sorted({i for i in ids if ids.count(i) > 1})]
    return faults


def _grid_faults(name: str, command: Command) -> list[str]:
    empty = [f"commands.{name}.matrix.{key}: no values" for key, values in command.matrix.items() if not values]
    cells = math.prod(len(values) for values in command.matrix.values())
    return empty + ([f"commands.{name}.matrix: {cells:,} cells; at most {MOST_CELLS:,}"] if cells > MOST_CELLS else [])


def _bad_patterns(command: Command) -> Iterator[tuple[str, str]]:
    """Known before a run of hours, not after it."""
    for key, pattern in command.patterns.items():
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            yield key, f"not a regular expression ({error})"


def _circles(config: Config) -> list[str]:
    """Commands that need themselves, by whatever way, or so many others that it comes to the same."""
    done: set[str] = set()

    def circle(name: str, path: tuple[str, ...]) -> str:
        if name in path or len(path) > MOST_NEEDS:
            return " → ".join((*path, name)[-10:])
        if name in done or name not in config.commands:
            return ""
        found = next(filter(None, (circle(need, (*path, name)) for need in config.commands[name].needs)), "")
        done.add(name)
        return found

    found = next(filter(None, (circle(name, ()) for name in config.commands)), "")
    return [f"commands: a circle of needs: {found}"] if found else []


def _fault(path: tuple[str | int, ...], message: str) -> str:
    shown = ".".join(str(p) for p in path if not _is_union_tag(p)) or "(top)"
    if message.startswith(("Extra inputs", "Unexpected keyword")):
        return f"{shown}: unknown key{_nearest(str(path[-1]), _keys_at(path[:-1]))}"
    return f"{shown}: {message[:1].lower()}{message[1:]}"


def _is_union_tag(part: str | int) -> bool:
    return isinstance(part, str) and ("[" in part or part in ("str", "int", "float", "bool"))


def _keys_at(path: tuple[str | int, ...]) -> list[str]:
    """The keys that the record at *path* knows."""
    import typing

    from artifactpack.models.records import hyphenated

    hint: Any = Config
    for part in path:
        if dataclasses.is_dataclass(hint):
            hints = {hyphenated(k): v for k, v in typing.get_type_hints(hint).items()}
            hint = hints.get(str(part))
        else:
            arguments = typing.get_args(hint)
            hint = arguments[1] if typing.get_origin(hint) is dict else arguments[0] if arguments else None
    return [hyphenated(f.name) for f in dataclasses.fields(hint)] if dataclasses.is_dataclass(hint) else []


def _nearest(word: str, known: Any) -> str:
    import difflib

    found = difflib.get_close_matches(word, list(known), 1, 0.5)
    return f"; did you mean {found[0]!r}?" if found else (f"; known: {', '.join(known)}" if known else "")
