"""Read pickle opcodes one by one from a bounded stretch of a file, long strings skipped instead of held."""

from __future__ import annotations

import codecs
import pickletools
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

LONGEST_LINE = 65_536
LONGEST_HELD = 1 << 16
LONGEST_INTEGER = 1_024


class MalformedError(Exception):
    """The bytes are not what they claim to be; the message completes the sentence "the pickle …"."""


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes or text too long to be held: where they lie in the file."""

    offset: int
    length: int


class Stretch:
    """Bytes ``start`` to ``end`` of an open file, read in order."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        self.file, self.position, self.end = file, start, end
        file.seek(start)

    def take(self, count: int) -> bytes:
        """Exactly *count* bytes; raises :class:`MalformedError` past the end."""
        if count > self.end - self.position:
            raise MalformedError("ends in the middle of an opcode")
        self.position += count
        data = self.file.read(count)
        if len(data) != count:
            raise MalformedError("was cut short while it was read")
        return data

    def line(self) -> bytes:
        """One line without its newline."""
        text = self.file.readline(min(LONGEST_LINE, self.end - self.position))
        self.position += len(text)
        if not text.endswith(b"\n"):
            raise MalformedError("has a line without an end")
        return text[:-1]

    def held(self, count: int) -> bytes | Blob:
        """*count* bytes, or where they lie when that is more than is worth holding."""
        if count <= LONGEST_HELD:
            return self.take(count)
        if count > self.end - self.position:
            raise MalformedError("ends in the middle of a string")
        blob = Blob(self.position, count)
        self.position += count
        self.file.seek(self.position)
        return blob


def _number(form: str) -> Callable[[Stretch], Any]:
    unpack, size = struct.Struct(form).unpack, struct.calcsize(form)
    return lambda stretch: unpack(stretch.take(size))[0]


def _counted(form: str, text: str = "") -> Callable[[Stretch], Any]:
    number = _number(form)

    def read(stretch: Stretch) -> Any:
        count = number(stretch)
        if count < 0:
            raise MalformedError("has a string of negative length")
        data = stretch.held(count)
        return data if isinstance(data, Blob) or not text else data.decode(text, "surrogatepass")

    return read


def _long(form: str) -> Callable[[Stretch], int]:
    number = _number(form)

    def read(stretch: Stretch) -> int:
        count = number(stretch)
        if not 0 <= count <= LONGEST_INTEGER:
            raise MalformedError("has an integer of unreasonable length")
        return int.from_bytes(stretch.take(count), "little", signed=True)

    return read


def _decimal(stretch: Stretch) -> int | bool:
    text = stretch.line().rstrip(b"L")
    if len(text) > LONGEST_INTEGER:
        raise MalformedError("has an integer of unreasonable length")
    return {b"00": False, b"01": True}.get(text) if text in (b"00", b"01") else int(text)  # type: ignore[return-value]


def _quoted(stretch: Stretch) -> str:
    text = stretch.line()
    if len(text) < 2 or text[:1] not in (b"'", b'"') or text[-1:] != text[:1]:
        raise MalformedError("has a string without quotes")
    return codecs.escape_decode(text[1:-1])[0].decode("latin-1")


def _pair(stretch: Stretch) -> tuple[str, str]:
    return stretch.line().decode(), stretch.line().decode()


_ARGUMENTS: dict[str, Callable[[Stretch], Any]] = {
    "uint1": _number("<B"),
    "uint2": _number("<H"),
    "int4": _number("<i"),
    "uint4": _number("<I"),
    "uint8": _number("<Q"),
    "float8": _number(">d"),
    "floatnl": lambda stretch: float(stretch.line()),
    "decimalnl_short": _decimal,
    "decimalnl_long": _decimal,
    "long1": _long("<B"),
    "long4": _long("<i"),
    "stringnl": _quoted,
    "stringnl_noescape": lambda stretch: stretch.line().decode(),
    "stringnl_noescape_pair": _pair,
    "unicodestringnl": lambda stretch: stretch.line().decode("raw-unicode-escape"),
    "string1": _counted("<B", "latin-1"),
    "string4": _counted("<i", "latin-1"),
    "bytes1": _counted("<B"),
    "bytes4": _counted("<I"),
    "bytes8": _counted("<Q"),
    "bytearray8": _counted("<Q"),
    "unicodestring1": _counted("<B", "utf-8"),
    "unicodestring4": _counted("<I", "utf-8"),
    "unicodestring8": _counted("<Q", "utf-8"),
}
_TABLE = {
    op.code.encode("latin-1"): (op.name, _ARGUMENTS[op.arg.name] if op.arg else None) for op in pickletools.opcodes
}


def opcodes(stretch: Stretch) -> Iterator[tuple[str, Any, int]]:
    """Yield (name, argument, position) up to and with STOP; raises :class:`MalformedError`."""
    while True:
        position = stretch.position
        entry = _TABLE.get(stretch.take(1))
        if entry is None:
            raise MalformedError(f"has an unknown opcode at byte {position}")
        name, argument = entry
        try:
            value = argument(stretch) if argument else None
        except ValueError as error:  # bad number, bad text
            raise MalformedError(f"has a bad argument at byte {position}") from error
        yield name, value, position
        if name == "STOP":
            return
