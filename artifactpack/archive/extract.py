"""Unpack a checked zip: every byte hashed on its way, nothing left if one is wrong."""

from __future__ import annotations

from pathlib import Path

from artifactpack.archive.atomic import failure
from artifactpack.archive.crc import Sums
from artifactpack.archive.hashes import Counter, Part, blocks
from artifactpack.archive.tree import NewTree, new_tree, write_all
from artifactpack.archive.zipbytes import begin, read_member, wrong
from artifactpack.archive.zipform import DEFLATED, PROGRAM
from artifactpack.models.event import Notify

_SMALL = 1 << 20


def extract(folder: Path, parts: list[Part], files: dict[str, bytes], notify: Notify) -> None:
    """Write *parts* and *files* below the new folder *folder*; raises RefusedError, InputError, InfrastructureError."""
    done = Counter(notify, sum(p.header.size for p in parts))
    with new_tree(folder) as tree:
        for path, data in files.items():
            _write(tree, path, data, executable=False)
        for part in parts:
            _part(tree, part)
            done.add(part.name, part.header.size)


def _part(tree: NewTree, part: Part) -> None:
    executable = part.header.mode == PROGRAM
    if part.header.size < _SMALL or part.header.method == DEFLATED:
        data = read_member(part.fd, part.header, part.sha256, part.packed_sha256)
        _write(tree, part.name, data, executable=executable)
        return
    _stream(tree, part, executable)


def _write(tree: NewTree, path: str, data: bytes, *, executable: bool) -> None:
    with tree.create(path, executable) as fd:
        try:
            write_all(fd, data)
        except OSError as error:
            raise failure(error, tree.folder / path) from error


def _stream(tree: NewTree, part: Part, executable: bool) -> None:
    sums = Sums()
    with tree.create(part.name, executable) as fd:

        def add(block: memoryview) -> None:
            sums.update(block)
            write_all(fd, block)

        try:
            blocks(part.fd, begin(part.header), part.header.size, add)
        except OSError as error:
            raise failure(error, tree.folder / part.name) from error
    if not sums.agree(part.header.crc, part.sha256):
        raise wrong(part.header)
