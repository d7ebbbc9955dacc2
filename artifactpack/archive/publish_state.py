"""What an interrupted upload had reached, kept in the user's state folder by target and content."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

from artifactpack.folders import state_dir


class UploadState:
    """A few strings about one upload; forgotten when it is done."""

    def __init__(self, target: str, sha256: str) -> None:
        key = hashlib.sha256(f"{target}\n{sha256}".encode()).hexdigest()[:40]
        self.path = state_dir() / "uploads" / f"{key}.json"

    def load(self) -> dict[str, str]:
        """What is known; {} for a new upload."""
        with suppress(OSError, ValueError):
            told = json.loads(self.path.read_text(encoding="utf-8"))
            if isinstance(told, dict):
                return {str(key): str(value) for key, value in told.items()}
        return {}

    def save(self, **values: str) -> None:
        """Keep *values*; without a writable state folder an interrupted upload starts anew."""
        temporary: Path = self.path.with_suffix(f".{os.getpid()}.part")
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary.write_text(json.dumps({**self.load(), **values}), encoding="utf-8")
            temporary.replace(self.path)

    def forget(self) -> None:
        """It is done, or it cannot be resumed."""
        with suppress(OSError):
            self.path.unlink()
