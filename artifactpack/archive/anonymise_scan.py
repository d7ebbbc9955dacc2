"""Look through a finished archive for anything that names its authors, and refuse it while something is left."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from artifactpack.archive.roles import role
from artifactpack.errors import RefusedError
from artifactpack.models.anonymise import ArchiveScan
from artifactpack.models.scan import Mark
from artifactpack.scan import identity
from artifactpack.scan.marks import Matcher
from artifactpack.scan.unpack import layers

CHUNK = 32 << 20
OVERLAP = 4096
MOST_SHOWN = 20
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".mp4", ".webm", ".mov", ".wav", ".mp3")
_OWN_PDF = "report.pdf"  # a rendering of report.html, which is looked at; its letters are drawn by number


def scan_archive(path: Path, marks: Iterable[Mark], accept: Iterable[str] = ()) -> ArchiveScan:
    """Every member's name and bytes, the archive's own name and comment; what *accept* names is set apart."""
    matcher = Matcher(marks)
    look = identity.Look()
    _merge(look, identity.find(path.name, b"", matcher))
    with zipfile.ZipFile(path) as archive:
        _merge(look, identity.find("the archive's comment", archive.comment, matcher))
        infos = archive.infolist()
        for info in infos:
            _merge(look, _member(archive, info, matcher))
    return _sorted_out(look, tuple(accept), [info.filename for info in infos])


def check_archive(path: Path, marks: Iterable[Mark], accept: Iterable[str] = ()) -> ArchiveScan:
    """As :func:`scan_archive`; raises :class:`RefusedError` listing what is left, file and line."""
    scan = scan_archive(path, marks, accept)
    if scan.sightings or scan.closed:
        raise RefusedError(refusal(scan))
    return scan


def refusal(scan: ArchiveScan) -> str:
    """What is left and what to do about it, one place a line; a terminal gets it on one line, so each ends visibly."""
    lines = [*map(str, scan.sightings), *(f"{closed} (not scanned)" for closed in scan.closed)]
    shown = lines[:MOST_SHOWN] + ([f"and {len(lines) - MOST_SHOWN} more"] if len(lines) > MOST_SHOWN else [])
    return (
        "the anonymous bundle is not written, because this is left in it; remove it, exclude the file under "
        "[bundle], or accept it with --accept PATTERN:\n  " + ";\n  ".join(shown)
    )


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, matcher: Matcher) -> identity.Look:
    if info.file_size <= CHUNK:
        look = identity.find(info.filename, archive.read(info), matcher)
    else:
        look = _large(archive, info, matcher)
    if info.filename == _OWN_PDF:
        look.closed = []
    return look


def _large(archive: zipfile.ZipFile, info: zipfile.ZipInfo, matcher: Matcher) -> identity.Look:
    """A big member in overlapping pieces; lines are not counted, and what is packed inside is not opened."""
    look, before = identity.Look(), b""
    with archive.open(info) as member:
        head = True
        while piece := member.read(CHUNK):
            found = identity.find(info.filename, before + piece, matcher)
            if head and (found.closed or layers(piece).parts):
                look.closed = [f"{info.filename}: larger than {CHUNK >> 20} MB and packed"]
            look.sightings += [s for s in found.sightings if all(s.text != o.text for o in look.sightings)]
            before, head = piece[-OVERLAP:], False
    return look


def _merge(whole: identity.Look, part: identity.Look) -> None:
    whole.sightings += part.sightings
    whole.closed += part.closed


def _sorted_out(look: identity.Look, accept: tuple[str, ...], names: list[str]) -> ArchiveScan:
    sightings = [s for s in look.sightings if not _accepted(s.path, s.text, accept)]
    closed = [c for c in look.closed if not _accepted(c.partition(": ")[0], "", accept)]
    opaque = [c for c in closed if role(c.partition(": ")[0].partition("!")[0]) == "weights"]
    accepted = [str(s) for s in look.sightings if s not in sightings]
    accepted += [f"{c} (not scanned)" for c in look.closed if c not in closed]
    pictures = sum(name.lower().endswith(_PICTURES) for name in names)
    notes = [f"{c} (not scanned: weights)" for c in opaque]
    if pictures:
        notes.append(f"{pictures} pictures, sounds or films: look at them yourself for faces, logos and names")
    return ArchiveScan(
        members=len(names),
        sightings=tuple(sightings),
        closed=tuple(c for c in closed if c not in opaque),
        accepted=tuple(accepted),
        notes=tuple(notes),
    )


def _accepted(path: str, text: str, patterns: tuple[str, ...]) -> bool:
    """Whether a pattern names the member (with or without `data/project/`) or the mark's text."""
    plain = path.partition("!")[0]
    names = (plain, plain.removeprefix("data/project/"), plain.rpartition("/")[2], text)
    return any(name and fnmatchcase(name, pattern) for name in names for pattern in patterns)
