"""One hash for a folder of any size, from the hashes of what is directly in it. Pure.

A folder's node is the SHA-256 of its entries, sorted by name: ``f <size> <sha256> <name>`` for a file and
``d <node> <name>`` for a folder, each ended by a zero byte, which no name can hold. An empty folder has a node too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

Entry = tuple[bytes, str]  # name as the file system has it, and what is said of it


def file_entry(name: bytes, size: int, sha256: str) -> Entry:
    """What a folder says of a file."""
    return name, f"f {size} {sha256}"


def folder_entry(name: bytes, node: str) -> Entry:
    """What a folder says of a folder in it."""
    return name, f"d {node}"


def node(entries: Iterable[Entry]) -> str:
    """The hash of a folder with *entries*, in whatever order they come."""
    digest = hashlib.sha256()
    for name, said in sorted(entries):
        digest.update(said.encode("ascii") + b" " + name + b"\0")
    return digest.hexdigest()
