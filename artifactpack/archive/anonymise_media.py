"""Take the maker's name out of pictures, PDFs, notebooks and office files, where their format is understood."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from typing import Any

from artifactpack.patterns import late
from artifactpack.scan.metadata import PDF_FIELD, jpeg_segments, metadata, riff_chunks
from artifactpack.scan.unpack import png_chunks

_OFFICE = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp")
_OFFICE_FIELD = late(
    rb"(<(?:dc:creator|cp:lastModifiedBy|Company|Manager|meta:initial-creator)>)[^<]{0,500}(?=<)", re.IGNORECASE
)
_OFFICE_CHANGE = late(
    rb"(\bw:(?:author|initials)=\"|<(?:p:cmAuthor|p188:author)\b[^<>]{0,300}?\bname=\")[^\"<>]{1,200}(?=\")"
)
_SVG_BEGIN, _SVG_END = late(rb"(?i)<metadata\b"), late(rb"(?i)</metadata>")
_SVG_NAMES = late(rb"(?i)\s(?:inkscape:export-filename|sodipodi:docname|sodipodi:absref)=\"[^\"]{0,1000}\"")


def cleaned(path: str, data: bytes) -> bytes:
    """*data* without metadata that names somebody; the same bytes where there is none or the format is not known."""
    suffix = "." + path.lower().rpartition(".")[2]
    if suffix == ".ipynb":
        return _notebook(data)
    if suffix == ".svg":
        return _SVG_NAMES.sub(b"", _without_blocks(data))
    if suffix in _OFFICE:
        return _office(data)
    if not metadata(data):
        return data
    if data[:3] == b"\xff\xd8\xff":
        return _jpeg(data)
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _png(data)
    if data[:5] == b"%PDF-":
        return PDF_FIELD.sub(_blank, data)
    if data[:4] == b"RIFF":
        return _webp(data)
    return data


def _without_blocks(data: bytes) -> bytes:
    """An SVG without its blocks of metadata; one pass, whatever is opened and never closed."""
    kept, at = [], 0
    while (begin := _SVG_BEGIN.search(data, at)) and (end := _SVG_END.search(data, begin.end())):
        kept.append(data[at : begin.start()])
        at = end.end()
    return b"".join([*kept, data[at:]])


def _jpeg(data: bytes) -> bytes:
    """Without EXIF, XMP, IPTC and comments; colour profiles and the picture stay."""
    parts, position = [data[:2]], 2
    for marker, start, end in jpeg_segments(data):
        if marker not in (0xE1, 0xED, 0xFE):
            parts.append(data[start:end])
        position = end
    return b"".join([*parts, data[position:]])


def _png(data: bytes) -> bytes:
    """Without text, EXIF and time chunks."""
    parts, position = [data[:8]], 8
    for kind, body in png_chunks(data):
        end = position + 12 + len(body)
        if kind not in (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"):
            parts.append(data[position:end])
        position = end
    return b"".join(parts)


def _webp(data: bytes) -> bytes:
    """Without EXIF and XMP: their bytes, and the flags that announce them."""
    kept = []
    for kind, start, end in riff_chunks(data):
        if kind not in (b"EXIF", b"XMP "):
            chunk = data[start:end]
            kept.append(
                chunk[:8] + bytes([chunk[8] & ~0x0C]) + chunk[9:] if kind == b"VP8X" and len(chunk) > 8 else chunk
            )
    body = b"".join(kept)
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + data[8:12] + body


def _blank(match: re.Match[bytes]) -> bytes:
    """The field with a value of spaces, of the same length: a PDF counts its bytes."""
    whole, value = match.group(), match.group(1)
    inside = b"0" * (len(value) - 2) if value[:1] == b"<" else b" " * (len(value) - 2)
    if value[:1] == b"<":
        inside = b"20" * (len(inside) // 2) + b"0" * (len(inside) % 2)
    return whole[: len(whole) - len(value)] + value[:1] + inside + value[-1:]


def _notebook(data: bytes) -> bytes:
    """Without its authors and the account that ran it."""
    try:
        told = json.loads(data)
        if not _strip_notebook(told):
            return data
    except (ValueError, RecursionError, AttributeError, TypeError):
        return data
    return (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode()


def _strip_notebook(told: dict[str, Any]) -> bool:
    changed = told.get("metadata", {}).pop("authors", None) is not None
    for cell in told.get("cells", []):
        changed = cell.get("metadata", {}).pop("executionInfo", None) is not None or changed
        for output in cell.get("outputs", []):
            changed = _strip_pictures(output.get("data", {})) or changed
    return changed


def _strip_pictures(shown: dict[str, Any]) -> bool:
    """Clean the pictures that a cell has shown, in place."""
    changed = False
    for kind, coded in shown.items():
        if kind in ("image/png", "image/jpeg"):
            before = _picture(coded)
            after = cleaned(kind.replace("/", "."), before)
            if after != before:
                shown[kind], changed = base64.b64encode(after).decode(), True
    return changed


def _picture(coded: str | list[str]) -> bytes:
    """The bytes of a picture in a notebook, none for what is no base64."""
    try:
        return base64.b64decode("".join(coded))
    except ValueError:
        return b""


def _office(data: bytes) -> bytes:
    """With empty names in its properties, comments and tracked changes, repacked at a fixed date."""
    try:
        source = zipfile.ZipFile(io.BytesIO(data))
        members = [(info, source.read(info)) for info in source.infolist()]
    except Exception:  # noqa: BLE001 - zipfile raises a dozen classes for damaged input
        return data
    clean = [
        (info, _OFFICE_CHANGE.sub(rb"\1", _OFFICE_FIELD.sub(rb"\1", body)) if info.filename.endswith(".xml") else body)
        for info, body in members
    ]
    if all(new == old for (_, new), (_, old) in zip(clean, members, strict=True)):
        return data
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for info, body in clean:
            fresh = zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0))
            fresh.compress_type = info.compress_type
            target.writestr(fresh, body)
    return out.getvalue()
