"""Which records this user's own recorder made: SHA-256 of each, in the user's state folder, never in a project."""

from __future__ import annotations

import os

from artifactpack.folders import state_dir

NAME = "own-records.txt"


def remember(*digests: str) -> None:
    """Note that we made the records with these SHA-256; OSError where the state folder cannot be written."""
    folder = state_dir()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    fd = os.open(folder / NAME, flags, 0o600)
    try:
        os.write(fd, "".join(f"\n{digest}\n" for digest in digests).encode("ascii"))
        os.fsync(fd)
    finally:
        os.close(fd)


def known() -> frozenset[str]:
    """Every digest noted so far; a torn line is no digest."""
    try:
        text = (state_dir() / NAME).read_text(encoding="ascii", errors="replace")
    except OSError:
        return frozenset()
    return frozenset(line for line in text.split() if len(line) == 64)
