"""Make a copy of a project in which nothing that we understand names its authors; the project is only read."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from artifactpack.archive.anonymise_media import cleaned
from artifactpack.archive.anonymise_redact import Redactor
from artifactpack.errors import InputError
from artifactpack.models.anonymise import Redaction
from artifactpack.models.scan import Mark
from artifactpack.scan import identity
from artifactpack.scan.digests import hash_file
from artifactpack.scan.unpack import layers

LARGEST_REWRITTEN = 64 << 20


@dataclass
class Copied:
    """What was copied: one entry a file, the new hash and size of each rewritten one by its old hash."""

    files: list[Redaction] = field(default_factory=list)
    rewritten: dict[str, tuple[str, int]] = field(default_factory=dict)


def collect_marks(root: Path, paths: Iterable[str], more: Iterable[Mark] = ()) -> tuple[Mark, ...]:
    """The marks that the files *paths* below *root* show, with *more* from elsewhere; largest files left unread."""
    found: list[Mark] = list(more)
    for path in paths:
        file = root / path
        if file.stat().st_size <= LARGEST_REWRITTEN:
            found += identity.collect(path, file.read_bytes())
    return identity.unique(found)


def make_redactor(marks: Iterable[Mark], paths: Iterable[str]) -> Redactor:
    """A redactor that also knows which Python modules and packages change their names."""
    plain = Redactor(marks)
    parts = {part for path in paths for part in PurePosixPath(path).with_suffix("").parts}
    return Redactor(plain.matcher.marks, {part for part in parts if plain.path(part) != part})


def copy_redacted(files: Mapping[str, Path], target: Path, redactor: Redactor) -> Copied:
    """Copy *files* (path → file) below *target*, names and contents redacted.

    Raises :class:`InputError` when two files would get the same name.
    """
    copied = Copied()
    taken: dict[str, str] = {}
    for path, file in sorted(files.items()):
        name = redactor.path(path)
        if name in taken:
            raise InputError(f"{path} and {taken[name]} would both be called {name} when redacted; rename one of them")
        taken[name] = path
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        copied.files.append(_copy(path, name, file, place, redactor, copied.rewritten))
    return copied


def _copy(
    path: str, name: str, file: Path, place: Path, redactor: Redactor, rewritten: dict[str, tuple[str, int]]
) -> Redaction:
    if file.stat().st_size > LARGEST_REWRITTEN:
        shutil.copyfile(file, place)
        shutil.copymode(file, place)
        digest = hash_file(place)
        return Redaction(path=path, redacted_path=name, sha256=digest, redacted_sha256=digest)
    before = file.read_bytes()
    after = redacted(path, before, redactor)
    place.write_bytes(after)
    shutil.copymode(file, place)
    old, new = hashlib.sha256(before).hexdigest(), hashlib.sha256(after).hexdigest()
    if old != new:
        rewritten[old] = (new, len(after))
    return Redaction(path=path, redacted_path=name, sha256=old, redacted_sha256=new)


def redacted(path: str, data: bytes, redactor: Redactor) -> bytes:
    """What becomes of the file *path*: its metadata cleaned, its marks replaced; also in gzip and UTF-16 text."""
    if data[:2] == b"\x1f\x8b":
        return _regzipped(path, data, redactor)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _rewidened(path, data, redactor)
    return redactor.data(path, cleaned(path, data))


def _regzipped(path: str, data: bytes, redactor: Redactor) -> bytes:
    """A gzip file with redacted text inside and no name or time in its header; untouched when nothing is in it."""
    inner = layers(data)
    if inner.closed or len(inner.parts) != 1:
        return data
    before = inner.parts[0][1]
    after = redactor.data(path.removesuffix(".gz"), before)
    return data if after == before else gzip.compress(after, mtime=0)


def _rewidened(path: str, data: bytes, redactor: Redactor) -> bytes:
    """UTF-16 text, redacted; untouched when it does not decode."""
    coding = "utf-16-le" if data[:2] == b"\xff\xfe" else "utf-16-be"
    try:
        before = data[2:].decode(coding).encode()
    except UnicodeError:
        return data
    after = redactor.data(path, before)
    return data if after == before else data[:2] + after.decode().encode(coding)
