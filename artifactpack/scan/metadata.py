"""Who a picture or a PDF says it was made by: EXIF, XMP, PNG text, PDF information; parsed by hand, within limits."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from artifactpack.patterns import late
from artifactpack.scan.unpack import png_chunks

_TIFF_TAGS = {0x013B: "artist", 0x8298: "copyright", 0xA430: "camera owner", 0x9C9D: "author", 0x013C: "host computer"}
_GPS, _EXIF = 0x8825, 0x8769
_PNG_KEYS = late(rb"(?i)^(author|artist|copyright|creator|owner|source|raw profile|xml:com\.adobe\.xmp)")
PDF_FIELD = late(
    rb"/(?:Author|Company|Manager|SourceModified)\s{0,4}(\((?:[^()\\]|\\.){0,2000}\)|<[0-9A-Fa-f\s]{0,4000}>)"
)


def metadata(data: bytes) -> list[str]:
    """What names somebody in the metadata of *data*, as ``field: value``; [] for other files and for none."""
    if data[:3] == b"\xff\xd8\xff":
        return list(_jpeg(data))
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return list(_png(data))
    if data[:4] in (b"II*\0", b"MM\0*"):
        return list(_tiff(data))
    if data[:5] == b"%PDF-":
        return list(pdf_fields(data))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return list(_webp(data))
    return []


def jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end) of each segment before the picture itself."""
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4], "big")
        yield marker, position, position + 2 + length
        if marker == 0xDA or length < 2:
            return
        position += 2 + length


def _jpeg(data: bytes) -> Iterator[str]:
    for marker, start, end in jpeg_segments(data):
        body = data[start + 4 : end]
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            yield from _tiff(body[6:])
        elif marker in (0xFE, 0xED) and body.strip(b"\0 "):
            yield f"comment: {body[:60].decode('utf-8', 'replace').strip()}"


def _png(data: bytes) -> Iterator[str]:
    for kind, body in png_chunks(data):
        if kind == b"eXIf":
            yield from _tiff(body)
        elif kind in (b"tEXt", b"zTXt", b"iTXt") and _PNG_KEYS.match(body):
            key, _, value = body.partition(b"\0")
            yield f"{key.decode('latin-1')}: {value[:60].decode('utf-8', 'replace').strip()}"


def riff_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start, end) of each chunk of a WebP picture, as far as they can be read."""
    position = 12
    while position + 8 <= len(data):
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        end = position + 8 + length + length % 2
        yield data[position : position + 4], position, min(end, len(data))
        position = end


def _webp(data: bytes) -> Iterator[str]:
    for kind, start, end in riff_chunks(data):
        body = data[start + 8 : end]
        if kind == b"EXIF":
            yield from _tiff(body.removeprefix(b"Exif\0\0"))
        elif kind == b"XMP ":
            yield f"XMP: {body[:60].decode('utf-8', 'replace').strip()}"


def _tiff(data: bytes) -> Iterator[str]:
    """The tags of the first directory and its EXIF directory that name somebody or some place."""
    order = "<" if data[:2] == b"II" else ">"
    todo = [_unpack(order + "I", data, 4)]
    seen: set[int] = set()
    while todo and len(seen) < 4:
        at = todo.pop()
        if at in seen:
            continue
        seen.add(at)
        for index in range(min(_unpack(order + "H", data, at), 200)):
            entry = at + 2 + 12 * index
            tag, count, offset = _unpack(order + "H", data, entry), _unpack(order + "I", data, entry + 4), entry + 8
            where = offset if count <= 4 else _unpack(order + "I", data, offset)
            if tag == _GPS:
                yield "GPS position"
            elif tag == _EXIF:
                todo.append(_unpack(order + "I", data, offset))
            elif tag in _TIFF_TAGS and (value := data[where : where + min(count, 200)].replace(b"\0", b"").strip()):
                yield f"{_TIFF_TAGS[tag]}: {value[:60].decode('utf-8', 'replace')}"


def _unpack(form: str, data: bytes, at: int) -> int:
    try:
        return int(struct.unpack_from(form, data, at)[0])
    except struct.error:
        return 0


def pdf_fields(data: bytes) -> Iterator[str]:
    """Information fields of a PDF that name somebody."""
    for match in PDF_FIELD.finditer(data):
        value = match.group(1)[1:-1]
        if match.group(1)[:1] == b"<":
            value = bytes.fromhex(re.sub(rb"\s", b"", value).decode() + "0" * (len(re.sub(rb"\s", b"", value)) % 2))
        text = value.replace(b"\xfe\xff", b"").replace(b"\0", b"").strip()
        if text and not re.fullmatch(rb"(?i)anon\w*|\s*", text):
            yield f"author: {text[:60].decode('utf-8', 'replace')}"
