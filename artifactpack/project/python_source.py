"""From a file's bytes to its record: parsed once, Python 2 mended, broken files read as far as they go."""

from __future__ import annotations

import re
import time
import warnings
from typing import Any

from artifactpack.patterns import late

PARSE_LIMIT = 1 << 20
TIME_LIMIT = 2.0
"""Seconds of processor time for one file: a busy machine changes no result."""
LONGEST_LINE = 400  # bytes of a line that is mended: some patterns take the square of its length
_MENDS = (
    (
        late(
            rb"(?m)^([ \t]*(?:else:|try:|if [^\n]*?:|for [^\n]*?:)?[ \t]*)print[ \t]*(?:>>[ \t]*[\w.]+[ \t]*,)?[ "
            rb"\t]*$"
        ),
        rb"\1print()",
    ),
    (
        late(
            rb"(?m)^((?:[^\n#'\"]*?[:;])?[ \t]*)print[ \t]+(?:>>[ \t]*[\w.]+[ \t]*,[ \t]*)?(?![=(.,\[ "
            rb"\t])([^\n]*?),?[ \t]*$"
        ),
        rb"\1print(\2)",
    ),
    (late(rb"(?m)^([ \t]*)print[ \t]*(\([^\n]*\)[ \t]*%[^\n]*?),?[ \t]*$"), rb"\1print(\2)"),
    (late(rb"(?m)^([ \t]*except[ \t]+[\w.]+)[ \t]*,[ \t]*(\w+)[ \t]*:"), rb"\1 as \2:"),
    (late(rb"(?m)^([ \t]*except[ \t]*\([^)\n]*\))[ \t]*,[ \t]*(\w+)[ \t]*:"), rb"\1 as \2:"),
    (late(rb"(?m)^([ \t]*raise[ \t]+[\w.]+)[ \t]*,[ \t]*([^\n]+)$"), rb"\1(\2)"),
    (late(rb"(?m)^([ \t]*)exec[ \t]+(?!\()([^\n]+)$"), rb"\1exec(\2)"),
    (late(rb"<>"), rb"!="),
    (late(rb"\bur(['\"])"), rb"r\1"),
    (late(rb"(?<![\w.])0([0-7]+)(?![\w.])"), rb"0o\1"),
    (late(rb"(?<![\w.])(\d+)[lL]\b"), rb"\1"),
    (late(rb"`([^`\n]+)`"), rb"repr(\1)"),
)
_TWO = late(
    rb"(?m)^[ \t]*print[ \t]+[\"'\w%]|except[ \t]+[\w.]+[ \t]*,[ \t]*\w+[ \t]*:|^[ \t]*exec[ \t]+[\"'\w]|"
    rb"\.iteritems\(\)|\bxrange\(|\braw_input\("
)
_TAB = late(rb"(?m)^[ \t]*\t[ \t]*")


def record_of(data: bytes) -> dict[str, Any]:
    """The record's content for the source *data*; never raises on any input, never takes more than seconds."""
    if len(data) > PARSE_LIMIT:
        return {"d": "unread", "n": f"larger than {PARSE_LIMIT >> 20} MB"}
    if b"\0" in data:
        return {"d": "unread", "n": "holds NUL bytes, so it is not Python"}
    error, deadline = "", time.thread_time() + TIME_LIMIT
    for dialect, source in _readings(data):
        tree, fault, line = _parsed(source)
        if tree is not None:
            return _visited(tree, source, dialect, "" if dialect == "3" else error, deadline)
        error = error or f"line {line}: {fault}"
    return _salvaged(data, error, deadline)


def _readings(data: bytes) -> Any:
    yield "3", data
    if b"coding" in data[:400] or not _is_utf8(data):
        data = _utf8(data)
        yield "3", data
    if _TWO.search(data):
        yield "2", mended(data)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _utf8(data: bytes) -> bytes:
    """*data* re-coded, its coding line neutralised: a codec named by a stranger is never looked up."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    head, tail = text[:400], text[400:]
    return (re.sub(r"coding[:=]", "codinq ", head) + tail).encode()


def mended(data: bytes) -> bytes:
    """Python 2 source with its old statements written the new way, line for line; very long lines stay as they are."""
    lines = data.split(b"\n")
    kept = {number: line for number, line in enumerate(lines) if len(line) > LONGEST_LINE}
    data = b"\n".join(b"" if number in kept else line for number, line in enumerate(lines))
    for pattern, replacement in _MENDS:
        data = pattern.sub(replacement, data)
    lines = _TAB.sub(lambda m: m.group().expandtabs(8), data).split(b"\n")
    return b"\n".join(kept.get(number, line) for number, line in enumerate(lines))


def _parsed(source: bytes) -> tuple[Any, str, int]:
    import ast

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source), "", 0
        except SyntaxError as error:
            return None, error.msg, error.lineno or 0
        except (ValueError, MemoryError, RecursionError) as error:
            return None, f"{type(error).__name__.lower()} while reading", 0
        except LookupError:
            return None, "unknown coding", 0


def _visited(tree: Any, source: bytes, dialect: str, note: str, deadline: float) -> dict[str, Any]:
    from artifactpack.project.python_visitor import Visitor

    try:
        return {"d": dialect, "n": note, **Visitor(source, deadline).read(tree)}
    except RecursionError:
        return {"d": "unread", "n": "nested too deeply to be read"}
    except TimeoutError:
        return {"d": "unread", "n": f"takes longer than {TIME_LIMIT:g} s to be read"}


def _salvaged(data: bytes, error: str, deadline: float) -> dict[str, Any]:
    """Read a broken file without the lines that break it: each is blanked, at most forty, within the time limit."""
    source = mended(data) if _TWO.search(data) else data
    lines = source.split(b"\n")
    for _ in range(40):
        source = b"\n".join(lines)
        tree, _fault, line = _parsed(source)
        if tree is not None:
            return _visited(tree, source, "broken" if not _TWO.search(data) else "2", error, deadline)
        if not 0 < line <= len(lines) or time.thread_time() > deadline - TIME_LIMIT / 2:
            break
        _blank(lines, line - 1)
    return {"d": "broken", "n": error}


def _blank(lines: list[bytes], number: int) -> None:
    """Replace the line by one that does nothing at the same depth; where it already is, go up."""
    while number >= 0:
        text = lines[number]
        bare = text.strip()
        if bare and bare != b"pass":
            indent = text[: len(text) - len(text.lstrip())]
            lines[number] = indent + (b"if True:" if bare.endswith(b":") and bare != b"if True:" else b"pass")
            return
        if bare == b"pass":
            lines[number] = b""
            return
        number -= 1
