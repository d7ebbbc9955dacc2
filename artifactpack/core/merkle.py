"""One hash for a folder of any size, from the hashes of what is directly in it. Pure.

Every line ends with a zero byte, which no name can hold, and lines are sorted by name. The hash of a folder's own files
is the SHA-256 of ``<sha256> <size> <name>`` for each of them; the folder's node is the SHA-256 of ``files <that hash>``
and then ``folder <node> <name>`` for each folder in it. An empty folder has a node too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def files_hash(files: Iterable[tuple[bytes, int, bytes]]) -> str:
    """The hash of (name, size in bytes, SHA-256 as 32 bytes) of a folder's own files, in whatever order they come."""
    digest = hashlib.sha256()
    for name, size, sha256 in sorted(files):
        digest.update(b"%s %d %s\0" % (sha256.hex().encode(), size, name))
    return digest.hexdigest()


def node(files: str, folders: Iterable[tuple[bytes, str]] = ()) -> str:
    """The hash of a folder with the :func:`files_hash` *files* and (name, node) of the *folders* in it."""
    digest = hashlib.sha256(b"files %s\0" % files.encode())
    for name, inner in sorted(folders):
        digest.update(b"folder %s %s\0" % (inner.encode(), name))
    return digest.hexdigest()
