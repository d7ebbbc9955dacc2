"""Put placeholders in the place of marks: in text, in file names, and never in a name that Python executes."""

from __future__ import annotations

import base64
import binascii
import io
import tokenize
from collections.abc import Iterable
from urllib.parse import quote

from artifactpack.models.scan import Mark
from artifactpack.patterns import late
from artifactpack.scan.identity import is_text
from artifactpack.scan.marks import Matcher, Span

_BASE64 = late(rb"[A-Za-z0-9+/_-]{16,}={0,2}")


class Redactor:
    """Replaces every mark by its own placeholder; the same marks in the same order give the same bytes."""

    def __init__(self, marks: Iterable[Mark], renamed: Iterable[str] = ()) -> None:
        self.matcher = Matcher(marks)
        self.placeholders = {m.text: _placeholder(m, n) for n, m in enumerate(self.matcher.marks, 1)}
        self.renamed = frozenset(renamed)

    def path(self, path: str) -> str:
        """*path* with the marks in its components replaced."""
        data = path.encode("utf-8", "surrogateescape")
        return self._replace(data, self.matcher.find(data)).decode("utf-8", "surrogateescape")

    def data(self, path: str, data: bytes) -> bytes:
        """The file *path* with its marks replaced; what is not text is returned as it is."""
        if not is_text(data):
            return data
        spans = self.matcher.find(data)
        if spans and path.endswith((".py", ".pyi", ".pyx")):
            executed = name_tokens(data)
            spans = [s for s in spans if self._may_change(s, executed, data)]
        return self._replace(data, spans)

    def _may_change(self, span: Span, executed: list[tuple[int, int]], data: bytes) -> bool:
        """Whether a span is in a comment or string, in a name the author gave as a term, or in a renamed module."""
        for start, end in executed:
            if start < span.end and span.start < end:
                name = data[start:end].decode("utf-8", "replace")
                return self.matcher.marks[span.mark].kind == "term" or name in self.renamed
        return True

    def _replace(self, data: bytes, spans: list[Span]) -> bytes:
        parts, position = [], 0
        for span in spans:
            if span.start < position:
                continue
            if span.how == "base64":
                start, end, text = self._recoded(data, span, position)
            else:
                start, end, text = span.start, span.end, self._written(span, data[span.start : span.end])
            parts += [data[position:start], text]
            position = end
        return b"".join([*parts, data[position:]])

    def _written(self, span: Span, original: bytes) -> bytes:
        """The placeholder of the span's mark, in the way the mark was written."""
        mark = self.matcher.marks[span.mark]
        text = self.placeholders[mark.text]
        if mark.kind == "path" and not original.startswith((b"/", b"%2f", b"%2F", b"\\")):
            text = text.lstrip("/")
        if mark.kind not in ("e-mail", "ORCID", "path"):
            text = _cased(text, original)
        if span.how == "utf-16":
            return text.encode("utf-16-le" if original[1:2] == b"\0" else "utf-16-be")
        return quote(text, safe="").encode() if span.how == "url" else text.encode()

    def _recoded(self, data: bytes, span: Span, floor: int) -> tuple[int, int, bytes]:
        """The whole base64 word around *span*, decoded, redacted, encoded again; unchanged when that fails."""
        unchanged = (span.start, span.end, data[span.start : span.end])
        for match in _BASE64.finditer(data, max(floor, span.start - 100_000), span.end + 100_000):
            if match.start() <= span.start and span.end <= match.end():
                word, safe = match.group(), b"-" in match.group() or b"_" in match.group()
                alternative = b"-_" if safe else b"+/"
                try:
                    plain = base64.b64decode(word + b"=" * (-len(word) % 4), altchars=alternative, validate=True)
                except (binascii.Error, ValueError):
                    return unchanged
                coded = base64.b64encode(self._replace(plain, self.matcher.find(plain)), altchars=alternative)
                return (
                    match.start(),
                    match.end(),
                    coded if word.endswith(b"=") or len(word) % 4 == 0 else coded.rstrip(b"="),
                )
        return unchanged


def _placeholder(mark: Mark, number: int) -> str:
    name = f"anon{number}"
    return {"e-mail": f"{name}@example.org", "ORCID": "0000-0000-0000-0000", "path": f"/{name}"}.get(mark.kind, name)


def _cased(text: str, original: bytes) -> str:
    """``anon1``, ``Anon1`` or ``ANON1``, as the original is written: names of classes and constants stay such."""
    letters = original.decode("utf-8", "replace")
    if letters.isupper() and len(letters) > 1:
        return text.upper()
    return text.capitalize() if letters[:1].isupper() and " " not in letters else text


def name_tokens(data: bytes) -> list[tuple[int, int]]:
    """Byte ranges of the names in Python source, as far as it can be read."""
    try:
        lines = data.splitlines(keepends=True)
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line))
        found = []
        for token in tokenize.tokenize(io.BytesIO(data).readline):
            if token.type == tokenize.NAME:
                row = token.start[0] - 1
                before = len(token.line[: token.start[1]].encode())
                start = starts[row] + before + (3 if row == 0 and data.startswith(b"\xef\xbb\xbf") else 0)
                found.append((start, start + len(token.string.encode())))
        return found
    except (SyntaxError, tokenize.TokenError, UnicodeDecodeError, IndexError, ValueError):
        return []
