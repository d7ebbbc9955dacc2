"""Opening other tools' files without trusting them: bounded, read-only, tolerant of the end being torn."""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from artifactpack.core.toml_safe import parse_toml
from artifactpack.project.reading import too_many_values

if TYPE_CHECKING:
    import sqlite3

LARGEST_TEXT = 32 << 20
LARGEST_TOML, LARGEST_YAML = 2 << 20, 1 << 20
"""Bytes that take the parsers about two seconds at the worst."""
MOST_ALIASES = 100
DEEPEST = 100
LARGEST_VALUE, LARGEST_SCHEMA = 64 << 20, 8 << 20


class Unreadable(Exception):
    """A file that is not what its name says; the message says why."""


FAULTS = (
    Unreadable, RecursionError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, OSError, EOFError,
    NotImplementedError,
    struct.error, zlib.error,
)  # fmt: skip
"""What reading a damaged or strange file may raise."""
P = ParamSpec("P")
T = TypeVar("T")


def attempt(path: str, warnings: list[str], read: Callable[P, T], *given: P.args, **named: P.kwargs) -> T | None:
    """What *read* returns; None where the file *path* stops it, which *warnings* are told: other files still count."""
    try:
        return read(*given, **named)
    except FAULTS as error:
        why = str(error) if isinstance(error, Unreadable) else "damaged, or not of the form that this system writes"
        warnings.append(f"{path}: {why}")
        return None


def read_text(path: Path, limit: int = LARGEST_TEXT) -> str:
    """The text of *path*; Unreadable where it is larger than *limit* bytes or no text."""
    try:
        if path.stat().st_size > limit:
            raise Unreadable(f"larger than {limit >> 20} MiB")
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("not UTF-8 text") from error
    except OSError as error:
        raise Unreadable(error.strerror or "cannot be read") from error


def read_json(path: Path) -> Any:
    """Parse *path* as JSON; Unreadable where it is none, nests too deep or holds too many values."""
    return parse_json(read_text(path))


def parse_json(text: str) -> Any:
    """Parse *text* as JSON; raises what :func:`read_json` raises."""
    if too_many_values(text):
        raise Unreadable("holds millions of values")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from error


def read_toml(path: Path) -> dict[str, Any]:
    """Parse *path* as TOML; Unreadable where it is none."""
    try:
        return parse_toml(read_text(path, LARGEST_TOML))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not TOML: {error}") from error


def read_yaml(path: Path) -> Any:
    """Parse the first document of *path*; unknown tags become plain data."""
    return next(iter(parse_yaml(read_text(path))), None)


def parse_yaml(text: str) -> list[Any]:
    """Parse every document of *text*; unknown tags become plain data; Unreadable for faults and alias bombs."""
    import yaml

    if len(text) > LARGEST_YAML:
        raise Unreadable(f"larger than {LARGEST_YAML >> 20} MiB")
    try:
        _refuse_bombs(yaml.parse(text, Loader=_fast(yaml)))
        return list(yaml.load_all(text, Loader=_tolerant_loader()))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Unreadable(f"not YAML: {str(error).splitlines()[0]}") from error


def _refuse_bombs(events: Iterator[Any]) -> None:
    """Raise Unreadable for many aliases or deep nesting, which would be followed by recursion."""
    aliases = depth = 0
    for event in events:
        kind = type(event).__name__
        aliases += kind == "AliasEvent"
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        if aliases > MOST_ALIASES:
            raise Unreadable(f"more than {MOST_ALIASES} YAML aliases: not expanded")
        if depth > DEEPEST:
            raise Unreadable(f"YAML nested deeper than {DEEPEST} levels")


def _tolerant_loader() -> Any:
    import yaml

    class Tolerant(_fast(yaml)):  # type: ignore[misc]
        """A safe loader that reads ``!anything value`` as the value."""

    Tolerant.add_multi_constructor("", _plain)
    return Tolerant


def _fast(yaml: Any) -> Any:
    """The loader on libyaml, several times as fast, where PyYAML was built with it."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _plain(loader: Any, _suffix: str, node: Any) -> Any:
    import yaml

    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


@contextmanager
def open_sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    """Open *path* read-only, its journal left alone; Unreadable where it is no database, or cut short."""
    import sqlite3

    logged = path.with_name(path.name + "-wal").exists()
    if not logged and _cut_short(path):
        raise Unreadable("an SQLite file that is cut short")
    immutable = "" if logged else "&immutable=1"
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{immutable}", uri=True)
    except sqlite3.Error as error:
        raise Unreadable(f"not an SQLite file: {error}") from error
    try:
        connection.execute("PRAGMA query_only = 1")
        connection.execute("PRAGMA trusted_schema = 0")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
        connection.set_authorizer(_plain_tables_only)
        connection.row_factory = sqlite3.Row
        yield connection
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise Unreadable(f"not a readable SQLite file: {error}") from error
    finally:
        connection.close()


def _plain_tables_only(
    action: int, _first: str | None, _second: str | None, _database: str | None, view: str | None
) -> int:
    """Refuse views, which may recurse without end, and everything else but reading."""
    import sqlite3

    reading = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA)
    return sqlite3.SQLITE_OK if action in reading and view is None else sqlite3.SQLITE_DENY


def has_tables(path: Path, tables: frozenset[str], own: str) -> bool:
    """Whether the SQLite file at *path* has all *tables*; of a damaged one, whether it still says how to make the
    table *own*, which no other program has: so that the damage is told."""
    try:
        with open_sqlite(path) as db:
            return {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")} >= tables
    except Unreadable:
        return _makes(path, own)


def _makes(path: Path, table: str) -> bool:
    try:
        with path.open("rb") as stream:
            return re.search(rb"CREATE TABLE \W?%b\b" % table.encode(), stream.read(LARGEST_SCHEMA)) is not None
    except OSError:
        return False


def _cut_short(path: Path) -> bool:
    """Whether fewer pages are there than the header counts (sqlite.org/fileformat2.html, §1.3)."""
    try:
        with path.open("rb") as stream:
            head = stream.read(100)
        size = path.stat().st_size
    except OSError as error:
        raise Unreadable(f"not an SQLite file: {error}") from error
    page, pages = int.from_bytes(head[16:18], "big"), int.from_bytes(head[28:32], "big")
    valid = len(head) == 100 and head[24:28] == head[92:96]
    return valid and size < (65536 if page == 1 else page) * pages


def columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    """The column names of *table*; empty where there is no such table."""
    return frozenset(row[1] for row in connection.execute(f'PRAGMA table_info("{table}")'))
