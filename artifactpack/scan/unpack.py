"""The layers of a file in which text may hide: the bytes themselves, and what is compressed inside them."""

from __future__ import annotations

import binascii
import bz2
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from artifactpack.patterns import late

LARGEST = 64 << 20
MOST_MEMBERS = 10_000
DEEPEST = 2
_STREAM = late(rb"stream\r?\n")
_TEXT_SHOWN = late(  # possessive throughout: a stranger's PDF must not make it backtrack
    rb"\[((?:\s*+(?:\((?:[^()\\]|\\.)*+\)|-?[0-9.]++))++)\s*+\]\s*+TJ|\(((?:[^()\\]|\\.)*+)\)\s*+(?:Tj|')"
)
_LITERAL = late(rb"\(((?:[^()\\]|\\.)*+)\)|(-?[0-9.]++)")
_GLYPHS = late(rb"<[0-9A-Fa-f]{4,}>\s*(?:Tj|\]\s*TJ)|<[0-9A-Fa-f]{4,}>\s*-?[0-9.]{1,8}\s*<")
_BASE64 = late(rb"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}+")
_PRINTABLE = late(rb"(?:[\x20-\x7e\t\r\n]|[\xc2-\xf4][\x80-\xbf]{1,3})++[\x80-\xf4]{0,3}")
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%PDF-")
# Compressed or encrypted containers that nothing here can open.
_CLOSED = (
    (b"\x28\xb5\x2f\xfd", "zstd"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\x07", "rar"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"PAR1", "parquet"), (b"ARROW1", "arrow"), (b"Obj\x01", "avro"), (b"\x89HDF\r\n\x1a\n", "HDF5"), (b"ORC", "ORC"),
    (b"\x30\x26\xb2\x75", "ASF"), (b"Salted__", "encrypted"),
)  # fmt: skip


@dataclass
class Layers:
    """``parts`` are (where inside, bytes); ``closed`` says (where inside, why) something could not be looked into."""

    parts: list[tuple[str, bytes]] = field(default_factory=list)
    closed: list[tuple[str, str]] = field(default_factory=list)
    budget: int = LARGEST

    def add(self, where: str, data: bytes) -> None:
        self.parts.append((where, data))
        self.budget -= len(data)


def layers(data: bytes) -> Layers:
    """Every layer of *data* but the bytes themselves; at most 64 MB in all, two levels deep."""
    found = Layers()
    _open(found, "", data, 0)
    return found


def decoded(text: bytes) -> Iterator[bytes]:
    """What *text* holds in base64, where that is text or a picture; not what is base64 by chance."""
    left = LARGEST
    for match in _BASE64.finditer(text):
        word = match.group()
        if b"-" in word or b"_" in word:
            word = word.replace(b"-", b"+").replace(b"_", b"/")
        if not _likely(binascii.a2b_base64(word[:8])):
            continue
        plain = binascii.a2b_base64(word[: len(word) // 4 * 4])
        left -= len(plain)
        if left < 0:
            return
        if plain.startswith(_PICTURES) or _PRINTABLE.fullmatch(plain):
            yield plain


def _likely(head: bytes) -> bool:
    """Whether what begins so can be text or a picture: most words that look like base64 are none."""
    return _PRINTABLE.fullmatch(head) is not None or head.startswith((b"\x89PNG", b"\xff\xd8\xff"))


def _open(found: Layers, where: str, data: bytes, depth: int) -> None:
    if depth > DEEPEST:
        found.closed.append((where, "packed too deeply to be looked into"))
        return
    for magic, name in _CLOSED:
        if data.startswith(magic):
            found.closed.append((where, f"{name}, which is not looked into"))
            return
    if data[:2] == b"PK":
        _open_zip(found, where, data, depth)
    elif data[:2] == b"\x1f\x8b":
        _inflated(found, where, data, depth, 31)
    elif data[:3] == b"BZh" or data[:6] == b"\xfd7zXZ\x00" or data[:3] == b"\x5d\x00\x00":
        _decompressed(found, where, data, depth)
    elif data[257:262] == b"ustar":
        _open_tar(found, where, data, depth)
    elif data[:5] == b"%PDF-":
        _open_pdf(found, where, data)
    elif data[:8] == b"\x89PNG\r\n\x1a\n":
        _open_png(found, where, data)
    elif data[:1] == b"\x78" and depth == 0 and data[1:2] in b"\x01\x5e\x9c\xda" and not data[:64].isascii():
        _inflated(found, where, data, depth, 15)


def _keep(found: Layers, where: str, data: bytes, depth: int) -> None:
    found.add(where, data)
    _open(found, where, data, depth + 1)


def _inflated(found: Layers, where: str, data: bytes, depth: int, bits: int) -> None:
    """One stream, or as in many genome files several gzip streams one after the other."""
    parts: list[bytes] = []
    while data and (not parts or (bits == 31 and data[:2] == b"\x1f\x8b")):
        inflater = zlib.decompressobj(bits)
        try:
            parts.append(inflater.decompress(data, max(1, found.budget - sum(map(len, parts)))))
        except zlib.error:
            found.closed.append((where, "compressed and damaged"))
            return
        if not inflater.eof:
            cut = (
                f"more than {LARGEST >> 20} MB when unpacked"
                if inflater.unconsumed_tail
                else "compressed and cut short"
            )
            found.closed.append((where, cut))
        data = inflater.unused_data
    _keep(found, f"{where}!unpacked", b"".join(parts), depth)


def _decompressed(found: Layers, where: str, data: bytes, depth: int) -> None:
    try:
        inflater = bz2.BZ2Decompressor() if data[:3] == b"BZh" else lzma.LZMADecompressor(memlimit=LARGEST * 2)
        plain = inflater.decompress(data, max_length=max(1, found.budget))
    except (OSError, lzma.LZMAError, EOFError, ValueError):
        found.closed.append((where, "compressed and damaged"))
        return
    if not inflater.eof:
        found.closed.append((where, f"more than {LARGEST >> 20} MB when unpacked"))
    elif inflater.unused_data.strip(b"\0"):
        found.closed.append((where, "more follows behind what was unpacked"))
    _keep(found, f"{where}!unpacked", plain, depth)


def _open_zip(found: Layers, where: str, data: bytes, depth: int) -> None:
    """Members that are compressed, or containers themselves; what is stored plainly the raw bytes already show."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS:
                found.closed.append((where, f"more than {MOST_MEMBERS:,} members"))
            for info in members[:MOST_MEMBERS]:
                if info.is_dir():
                    continue
                inside = f"{where}!{info.filename}"
                if info.flag_bits & 1:
                    found.closed.append((inside, "encrypted"))
                elif info.file_size > found.budget:
                    found.closed.append((inside, f"more than {LARGEST >> 20} MB when unpacked"))
                else:
                    with archive.open(info) as member:
                        _keep(found, inside, member.read(found.budget + 1), depth)
    except Exception:  # noqa: BLE001 - zipfile raises a dozen classes for damaged input
        found.closed.append((where, "a zip that cannot be read"))


def _open_tar(found: Layers, where: str, data: bytes, depth: int) -> None:
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for count, info in enumerate(archive):
                if count >= MOST_MEMBERS:
                    found.closed.append((where, f"more than {MOST_MEMBERS:,} members"))
                    break
                owner = f"USER={info.uname} {info.gname} {info.linkname}"  # as the shapes of user names know it
                found.add(f"{where}!{info.name}", owner.encode("utf-8", "replace"))
                member = archive.extractfile(info) if info.isfile() and info.size <= found.budget else None
                if member is not None:
                    _keep(found, f"{where}!{info.name}", member.read(), depth)
    except (tarfile.TarError, OSError, ValueError):
        found.closed.append((where, "a tar archive that cannot be read"))


def _open_pdf(found: Layers, where: str, data: bytes) -> None:
    """Its streams, inflated, and the text that is shown letter by letter, joined."""
    if b"/Encrypt" in data:
        found.closed.append((where, "an encrypted PDF"))
        return
    glyphs, view = False, memoryview(data)
    for match in _STREAM.finditer(data):
        try:
            plain = zlib.decompressobj().decompress(view[match.end() :], max(1, min(found.budget, 16 << 20)))
        except zlib.error:
            continue
        found.add(f"{where}!stream", plain)
        found.add(f"{where}!text", b"\n".join(_shown(plain)))
        glyphs = glyphs or bool(_GLYPHS.search(plain))
    if glyphs:
        found.closed.append((where, "PDF pages whose text is drawn by glyph number"))


def _shown(stream: bytes) -> Iterator[bytes]:
    for match in _TEXT_SHOWN.finditer(stream):
        if match.group(2) is not None:
            yield match.group(2)
            continue
        pieces = []
        for literal, kern in _LITERAL.findall(match.group(1)):
            wide = not literal and re.fullmatch(rb"-\d{3,9}(?:\.\d{0,9})?", kern)
            pieces.append(literal or (b" " if wide else b""))
        yield b"".join(pieces)


def _open_png(found: Layers, where: str, data: bytes) -> None:
    """Compressed text chunks; the others the raw bytes show."""
    for kind, body in png_chunks(data):
        if kind == b"zTXt":
            packed = body.partition(b"\0")[2][1:]
        elif kind == b"iTXt" and body.partition(b"\0")[2][:1] == b"\x01":
            packed = body.partition(b"\0")[2][2:].split(b"\0", 2)[-1]
        else:
            continue
        try:
            found.add(f"{where}!{kind.decode()}", zlib.decompressobj().decompress(packed, 1 << 20))
        except zlib.error:
            found.closed.append((where, "a damaged text chunk"))


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, body) of each chunk, as far as they can be read."""
    position = 8
    while position + 8 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        yield data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        position += 12 + length
