"""What the byte scanners find: secrets and identity marks. Neither record ever holds the thing itself in full."""

from __future__ import annotations

from artifactpack.models.records import record


@record
class Hit:
    """A secret: which rule, where, and its first four characters; ``line`` is 1-based, 0 where there are no lines."""

    rule: str
    path: str
    line: int
    start: str = ""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.rule} ({self.start}…)" if self.start else f"{place}: {self.rule}"


@record
class Mark:
    """Something that names the authors: its kind (``e-mail``, ``user name``, ``term``…) and its text."""

    kind: str
    text: str
    source: str = ""


@record
class Sighting:
    """A mark met in a file; ``how``: ``plain``, ``url``, ``base64``, ``split path``, ``name`` or ``metadata``."""

    kind: str
    path: str
    line: int = 0
    how: str = "plain"
    text: str = ""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.kind} {self.text!r}" + (f" ({self.how})" if self.how != "plain" else "")
