"""What was read once is not read again: records by content hash, in the user's own cache folder."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from artifactpack import __version__
from artifactpack.folders import cache_dir
from artifactpack.project.reading import write_cache

FORMAT = 24
_NOTHING = b"-"


class RecordCache:
    """One file a project: a line ``<sha256> <JSON or ->`` for each content; ``-`` for one not worth parsing."""

    def __init__(self, root: Path) -> None:
        name = hashlib.sha256(str(root).encode("utf-8", "surrogateescape")).hexdigest()[:32]
        self.place = cache_dir() / "index" / f"{name}.jsonl"
        self.head = f"artifactpack {__version__} index {FORMAT}".encode()
        self.lines = self._load()
        self.used: dict[bytes, bytes] = {}
        self.fresh = False

    def _load(self) -> dict[bytes, bytes]:
        try:
            data = self.place.read_bytes()
        except OSError:
            return {}
        head, _, body = data.partition(b"\n")
        if head != self.head:
            return {}
        return {line[:64]: line[65:] for line in body.split(b"\n") if len(line) > 65}

    def get(self, digest: str) -> dict[str, Any] | None:
        """The record's content; None where this content has not been parsed."""
        key = digest.encode()
        line = self.lines.get(key)
        if line is None or line == _NOTHING:
            return None
        try:
            content = json.loads(line)
        except ValueError:
            return None
        self.used[key] = line
        return content if isinstance(content, dict) else None

    def put(self, digest: str, content: bytes) -> None:
        """Keep the JSON *content* for the file with this *digest*."""
        self.used[digest.encode()] = content
        self.fresh = True

    def save(self) -> None:
        """Write what was used this time; what is no longer in the project is forgotten."""
        if self.fresh:
            body = b"".join(
                b"%s %s\n" % item for item in sorted((self.lines | self.used).items()) if item[0] in self.used
            )
            write_cache(self.place, self.head + b"\n" + body)
            self.fresh = False
