"""Zip files that a strict reader must refuse (and some it must accept), made field by field.

The writer here shares no code with the package: every field of every header can be set to anything.
"""

from __future__ import annotations

import hashlib
import struct
import unicodedata
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from artifactpack.archive import bag
from artifactpack.models.manifest import Member

TRAIN, TEXT = "data/project/train.py", "data/project/a.txt"
CODE = b"print('hello')\n"
CHANGED = "damaged or was changed"
FILE, LINK, FIFO, DEVICE, SETUID, OPEN, FOLDER = 0o100644, 0o120777, 0o010644, 0o020644, 0o104755, 0o100666, 0o040755


@dataclass
class Piece:
    """One member: what goes into its local header, its bytes, and its directory record."""

    name: bytes
    data: bytes = b""
    method: int = 0
    mode: int = FILE
    raw: bytes | None = None
    local: dict = field(default_factory=dict)
    central: dict = field(default_factory=dict)
    before: bytes = b""
    after: bytes = b""
    hide: bool = False  # not in the directory
    ghost: bool = False  # only in the directory

    @property
    def body(self) -> bytes:
        return self.data if self.raw is None else self.raw


def local_header(piece: Piece) -> bytes:
    f = {"sig": b"PK\3\4", "need": 20, "flags": 0x800, "method": piece.method, "time": 0, "date": 0x21}
    f |= {"crc": zlib.crc32(piece.data), "packed": len(piece.body), "size": len(piece.data)}
    f |= {"name": piece.name, "extra": b""} | piece.local
    lengths = (f.get("name_length", len(f["name"])), f.get("extra_length", len(f["extra"])))
    numbers = [f[k] for k in ("need", "flags", "method", "time", "date", "crc", "packed", "size")]
    return struct.pack("<4sHHHHHIIIHH", f["sig"], *numbers, *lengths) + f["name"] + f["extra"]


def central_record(piece: Piece, offset: int) -> bytes:
    f = {"sig": b"PK\1\2", "made": 3 << 8 | 20, "need": 20, "flags": 0x800, "method": piece.method, "time": 0}
    f |= {"date": 0x21, "crc": zlib.crc32(piece.data), "packed": len(piece.body), "size": len(piece.data)}
    f |= {"disk": 0, "internal": 0, "external": piece.mode << 16, "offset": offset}
    f |= {"name": piece.name, "extra": b"", "comment": b""} | piece.central
    lengths = (f.get("name_length", len(f["name"])), f.get("extra_length", len(f["extra"])), len(f["comment"]))
    numbers = [f[k] for k in ("made", "need", "flags", "method", "time", "date", "crc", "packed", "size")]
    tail = [f[k] for k in ("disk", "internal", "external", "offset")]
    fixed = struct.pack("<4sHHHHHHIIIHHHHHII", f["sig"], *numbers, *lengths, *tail)
    return fixed + f["name"] + f["extra"] + f["comment"]


def end_record(count: int, size: int, offset: int, **changed: object) -> bytes:
    f: dict = {"disk": 0, "directory_disk": 0, "here": count, "total": count, "size": size, "offset": offset}
    f |= {"comment": b""} | changed
    numbers = [f[k] for k in ("disk", "directory_disk", "here", "total", "size", "offset")]
    return struct.pack("<4sHHHHIIH", b"PK\5\6", *numbers, f.get("comment_length", len(f["comment"]))) + f["comment"]


def end64(count: int, size: int, offset: int, at: int, *, locator: int | None = None) -> bytes:
    """The zip64 end record and its locator, for a record that lies at *at*."""
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 3 << 8 | 45, 45, 0, 0, count, count, size, offset)
    return record + struct.pack("<4sIQI", b"PK\6\7", 0, at if locator is None else locator, 1)


def assemble(
    pieces: Iterable[Piece],
    *,
    prefix: bytes = b"",
    adjusted: bool = True,
    gap: bytes = b"",
    end: Callable[[int, int, int], bytes] = end_record,
    suffix: bytes = b"",
) -> bytes:
    """The zip of *pieces*; *end* makes the end record from (count, directory size, directory offset)."""
    out, placed = bytearray(prefix), []
    base = 0 if adjusted else len(prefix)
    for piece in pieces:
        out += piece.before
        placed.append((piece, len(out) - base))
        if not piece.ghost:
            out += local_header(piece) + piece.body + piece.after
    out += gap
    start = len(out)
    listed = [(p, at) for p, at in placed if not p.hide]
    for piece, at in listed:
        out += central_record(piece, at)
    return bytes(out) + end(len(listed), len(out) - start, start - base) + suffix


def forged(
    extra: Iterable[tuple[str, bytes]] = (),
    modes: dict[str, int] | None = None,
    sizes: dict[str, int] | None = None,
    packed: dict[str, str] | None = None,
) -> list[Piece]:
    """A bundle whose manifests agree with *extra*, *sizes* and the hashes *packed*: the fault is elsewhere."""
    files = [(TRAIN, CODE), ("README.md", b"# A\n"), *extra]
    told = sizes or {}
    members = [
        Member(path=n, size=told.get(n, len(d)), sha256=hashlib.sha256(d).hexdigest(), role="code") for n, d in files
    ]
    content = bag.manifest("a", members, "0")
    files += bag.derived(content, packed or {}).items()
    files.sort(key=lambda f: (not f[0].startswith("data/"), f[0].encode("utf-8", "surrogatepass")))
    return [Piece(n.encode("utf-8", "surrogatepass"), d, mode=(modes or {}).get(n, FILE)) for n, d in files]


def good() -> bytes:
    return assemble(forged())


def named(*names: str) -> bytes:
    return assemble(forged([(n, b"x\n") for n in names]))


def raw_named(name: bytes, **piece: object) -> bytes:
    return assemble([Piece(name, b"x\n", **piece), *forged()])


def first(**changes: object) -> bytes:
    """The good bundle with its first member changed."""
    pieces = forged()
    for key, value in changes.items():
        setattr(pieces[0], key, value)
    return assemble(pieces)


def deflated(data: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush()


def bomb() -> bytes:
    zeros = bytes(100 << 20)
    pieces = forged([("data/project/zeros.bin", zeros)])
    for piece in pieces:
        if piece.name.endswith(b"zeros.bin"):
            piece.method, piece.raw = 8, deflated(zeros)
    return assemble(pieces)


def full_overlap() -> bytes:
    """Fifield's first construction: 50 directory entries on one kernel."""
    kernel = deflated(bytes(1 << 20))
    pieces = [Piece(b"data/project/k", bytes(1 << 20), method=8, raw=kernel)]
    pieces += [Piece(b"data/project/k%02d" % i, bytes(1 << 20), 8, raw=kernel, ghost=True) for i in range(49)]
    for piece in pieces[1:]:
        piece.central = {"offset": 0}
    return assemble(pieces)


def quoted_overlap() -> bytes:
    """Each local header is quoted as literal bytes of the entry before it."""
    inner = Piece(b"data/project/b", b"payload\n")
    quoted = local_header(inner) + inner.body
    outer = Piece(b"data/project/a", quoted)
    inner.ghost, inner.central = True, {"offset": len(local_header(outer))}
    return assemble([outer, inner])


def many(count: int) -> bytes:
    return assemble([Piece(b"data/project/f%06d" % i) for i in range(count)])


def zip64(**lies: int) -> bytes:
    """The good bundle with zip64 end records that say *lies*."""

    def end(count: int, size: int, offset: int) -> bytes:
        told = {"count": count, "size": size, "offset": offset} | {k: v for k, v in lies.items() if k != "locator"}
        record = end64(told["count"], told["size"], told["offset"], offset + size, locator=lies.get("locator"))
        return record + end_record(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, here=0xFFFF)

    return assemble(forged(), end=end)


def zip64_and_32() -> bytes:
    """The 32-bit end record is right, the zip64 one names another directory."""

    def end(count: int, size: int, offset: int) -> bytes:
        return end64(0, 0, 0, offset + size) + end_record(count, size, offset)

    return assemble(forged(), end=end)


def huge_member() -> bytes:
    extra = struct.pack("<HHQQ", 1, 16, 1 << 60, 1 << 60)
    wide = {"size": 0xFFFFFFFF, "packed": 0xFFFFFFFF, "extra": extra, "need": 45}
    return first(local=wide, central={**wide, "made": 3 << 8 | 45})


def far_offset() -> bytes:
    extra = struct.pack("<HHQ", 1, 8, 1 << 50)
    return first(central={"offset": 0xFFFFFFFF, "extra": extra, "need": 45, "made": 3 << 8 | 45})


def absent_file() -> bytes:
    return assemble([p for p in forged() if p.name != b"README.md"])


def extra_file() -> bytes:
    pieces = forged()
    at = next(i for i, p in enumerate(pieces) if p.name == b"artifactpack/manifest.json")
    return assemble([*pieces[:at], Piece(b"artifactpack/extra.json", b"{}"), *pieces[at:]])


def descriptor(crc: int) -> bytes:
    data = CODE
    zeroed = {"flags": 0x808, "crc": 0, "packed": 0, "size": 0}
    tail = struct.pack("<4sIII", b"PK\7\x08", crc, len(data), len(data))
    return first(local=zeroed, central={"flags": 0x808}, after=tail)


def with_flag(bit: int, method: int = 0) -> bytes:
    flags = 0x800 | bit
    return first(local={"flags": flags, "method": method}, central={"flags": flags, "method": method})


def with_extra(kind: int, payload: bytes) -> bytes:
    extra = struct.pack("<HH", kind, len(payload)) + payload
    return first(local={"extra": extra}, central={"extra": extra})


def dated(date: int) -> bytes:
    return first(local={"date": date}, central={"date": date})


def compressed(raw: bytes, size: int) -> bytes:
    """A bundle that is honest but for its first member, which is *raw* and said to unpack to *size* bytes."""
    text = CODE * 20
    pieces = forged([(TEXT, text)], sizes={TEXT: size}, packed={TEXT: hashlib.sha256(raw).hexdigest()})
    piece = next(p for p in pieces if p.name == TEXT.encode())
    piece.method, piece.raw, piece.data = 8, raw, text
    piece.local = piece.central = {"size": size}
    return assemble(pieces)


PROFILE = b"\x01" + struct.pack("<I", zlib.crc32(b"data/project/train.py")) + b"data/project/evil.py"
NFD = unicodedata.normalize("NFD", "data/project/café")
P = "data/project/"
DEEP = P + "/".join("d" * 1 for _ in range(3000))


@dataclass(frozen=True)
class Case:
    """``reason`` is found in the one line that is printed; "" where the file is to be accepted."""

    number: int
    id: str
    make: Callable[[], bytes]
    reason: str


def _case(number: int, id_: str, make: Callable[[], bytes], reason: str) -> Case:
    return Case(number, id_, make, reason)


NAMES = [
    (2, "parent", "../evil", "leaves its folder"),
    (3, "parent-inside", "a/../../evil", "leaves its folder"),
    (4, "parent-last", "a/..", "leaves its folder"),
    (5, "absolute", "/tmp/x", "absolute"),
    (6, "drive-relative", "C:evil", "absolute"),
    (7, "drive", "C:\\evil", "backslash"),
    (8, "unc", "\\\\host\\share\\x", "backslash"),
    (9, "backslash", "..\\evil", "backslash"),
    (10, "dot", "./a", "not canonical"),
    (11, "double-slash", "a//b", "not canonical"),
    (12, "empty", "", "empty"),
    (13, "nul", "ok.txt\0../x", "control character"),
    (14, "newline", P + "a\nb", "control character"),
    (15, "escape", P + "\x1b[2Jb", "control character"),
    (16, "delete", P + "a\x7f", "control character"),
    (17, "bidi", P + "a\u202etxt.py", "format character"),
    (18, "joiner-in-git", P + ".g\u200cit/config", "format character"),
    (19, "device-dot", P + "con.", "not portable"),
    (20, "device-suffix", P + "NUL.txt", "not portable"),
    (21, "device-folder", P + "aux/x", "not portable"),
    (22, "trailing-blank", P + "a /b", "not portable"),
    (23, "stream", P + "a:b.txt", "not portable"),
    (24, "long-segment", P + "n" * 300, "bytes long"),
    (25, "deep", DEEP, "folders deep"),
    (29, "git-config", P + ".git/config", "git would read"),
    (30, "git-hook", P + ".GIT/hooks/post-checkout", "git would read"),
    (31, "git-short", P + "git~1/config", "git would read"),
]

PAIRS = [
    (32, "same-name-twice", (P + "a", P + "a"), "would be one file"),
    (33, "case", (P + "A", P + "a"), "would be one file"),
    (34, "unicode-forms", (P + "café", NFD), "NFC"),
    (35, "sharp-s", (P + "straße", P + "STRASSE"), "would be one file"),
    (36, "file-and-folder", (P + "a", P + "a/b"), "both a file and a folder"),
    (37, "folder-and-file", (P + "A/b", P + "a"), "both a file and a folder"),
    (38, "slash-twice", (P + "a/b", P + "a//b"), "not canonical"),
]

MODES = [
    (39, "link-absolute", LINK, b"/etc/passwd"),
    (40, "link-parent", LINK, b".."),
    (41, "link-inside", LINK, b"train.py"),
    (42, "link-to-itself", LINK, b"x"),
    (43, "fifo", FIFO, b""),
    (44, "device", DEVICE, b""),
    (45, "setuid", SETUID, b"x"),
    (46, "world-writable", OPEN, b"x"),
]


def _mode(mode: int, data: bytes) -> bytes:
    return assemble(forged([(P + "x", data)], {P + "x": mode}))


def _through_link() -> bytes:
    return assemble(forged([(P + "x", b".."), (P + "x/y", b"evil")], {P + "x": LINK}))


HEADERS = [
    (
        26,
        "not-utf8-unflagged",
        lambda: raw_named(b"\xff\xfe", local={"flags": 0}, central={"flags": 0}),
        "canonical form",
    ),
    (27, "not-utf8-flagged", lambda: raw_named(b"\xff\xfe"), "not UTF-8"),
    (28, "unicode-path-extra", lambda: with_extra(0x7075, PROFILE), "canonical form"),
    (47, "folder-with-data", lambda: assemble([Piece(b"d/", b"x", mode=FOLDER), *forged()]), "regular file"),
    (48, "folder-attribute", lambda: first(central={"external": FOLDER << 16 | 0x10}), "regular file"),
    (49, "local-name-same-length", lambda: first(local={"name": b"data/project/evil!.py"}), "local header"),
    (50, "local-name-longer", lambda: first(local={"name": b"data/project/evil-longer.py"}), "local header"),
    (51, "local-size", lambda: first(local={"size": 3, "packed": 3}), "local header"),
    (52, "local-method", lambda: first(local={"method": 8}), "local header"),
    (53, "local-crc", lambda: first(local={"crc": 1}), "local header"),
    (54, "local-flags", lambda: first(local={"flags": 0}), "local header"),
    (55, "hidden-entry", lambda: assemble([Piece(b"data/project/h", b"x", hide=True), *forged()]), "gap"),
    (56, "offset-into-another", lambda: first(central={"offset": 7}), "gap"),
    (
        57,
        "count-too-low",
        lambda: assemble(forged(), end=lambda n, s, o: end_record(n - 1, s, o)),
        "directory holds more",
    ),
    (58, "count-too-high", lambda: assemble(forged(), end=lambda n, s, o: end_record(n + 1, s, o)), "directory is cut"),
    (59, "entry-comment", lambda: first(central={"comment": b"hi"}), "canonical form"),
    (60, "descriptor-right", lambda: descriptor(zlib.crc32(CODE)), "canonical form"),
    (61, "descriptor-lying", lambda: descriptor(1), "canonical form"),
    (62, "prefix-offsets-left", lambda: assemble(forged(), prefix=b"#!/bin/sh\n", adjusted=False), "end record"),
    (63, "prefix-adjusted", lambda: assemble(forged(), prefix=b"#!/bin/sh\n"), "bytes before"),
    (64, "suffix", lambda: good() + b"more", "end record"),
    (65, "two-zips", lambda: good() + good(), "end record"),
    (66, "zip-in-comment", lambda: _comment(assemble([Piece(b"evil", b"x")])), "end record"),
    (67, "comment", lambda: _comment(b"hello"), "end record"),
    (68, "comment-length-lie", lambda: assemble(forged(), end=_lying_comment), "end record"),
    (69, "gap-between", lambda: _gapped(), "gap"),
    (70, "two-end-records", lambda: assemble(forged(), end=lambda n, s, o: end_record(n, s, o) * 2), "end record"),
    (71, "disk-one", lambda: assemble(forged(), end=lambda n, s, o: end_record(n, s, o, disk=1)), "end record"),
    (72, "half-a-file", lambda: good()[: len(good()) // 2], "cut short"),
    (73, "end-cut-by-five", lambda: good()[:-5], "cut short"),
    (74, "nothing", lambda: b"", "not a bundle"),
    (75, "text", lambda: b"hello, I am a text and certainly no archive\n" * 3, "not a bundle"),
    (76, "empty-zip", lambda: assemble([]), "not an artifactpack bundle"),
    (77, "wrong-crc", lambda: first(local={"crc": 1}, central={"crc": 1}), "damaged or was changed"),
    (78, "declared-smaller", lambda: compressed(deflated(CODE * 20), len(CODE) * 20 - 3), CHANGED),
    (79, "declared-larger", lambda: compressed(deflated(CODE * 20), len(CODE) * 20 + 3), CHANGED),
    (80, "encrypted", lambda: with_flag(1), "canonical form"),
    (81, "strong-encryption", lambda: with_flag(0x41), "canonical form"),
    (82, "method-99", lambda: with_flag(0, 99), "compressed in a way"),
    (83, "patch-flag", lambda: with_flag(0x20), "canonical form"),
    (84, "bytes-after-deflate", lambda: compressed(deflated(CODE * 20) + b"xx", len(CODE) * 20), CHANGED),
    (85, "garbage-deflate", lambda: compressed(b"\xff" * 30, len(CODE) * 20), CHANGED),
    (86, "date-zero", lambda: dated(0), "canonical form"),
    (87, "date-ffff", lambda: dated(0xFFFF), "canonical form"),
    (88, "bomb", bomb, "over the limit"),
    (89, "full-overlap", full_overlap, "over the limit"),
    (90, "quoted-overlap", quoted_overlap, "overlaps"),
    (92, "sixty-thousand-entries", lambda: many(60_000), "not an artifactpack bundle"),
    (93, "zip64-size", huge_member, "overlaps"),
    (94, "zip64-count", lambda: zip64(count=1 << 40), "over the limit"),
    (95, "zip64-offset", far_offset, "gap"),
    (96, "zip64-locator", lambda: zip64(locator=5), "end record"),
    (97, "zip64-directory-size", lambda: zip64(size=1 << 62), "over the limit"),
    (98, "zip64-against-32", zip64_and_32, "end record"),
    (99, "extra-overruns", lambda: first(central={"extra": b"\1\0\xff\0"}), "canonical form"),
    (100, "uid-extra", lambda: with_extra(0x7875, b"\1\4\0\0\0\0\4\0\0\0\0"), "canonical form"),
    (101, "mtime-extra", lambda: with_extra(0x5455, b"\1\0\0\0\0"), "canonical form"),
    (102, "manifest-lists-absent", absent_file, "not in the archive"),
    (102, "file-not-in-manifest", extra_file, "not in the manifest"),
]


def _comment(text: bytes) -> bytes:
    return assemble(forged(), end=lambda n, s, o: end_record(n, s, o, comment=text))


def _lying_comment(count: int, size: int, offset: int) -> bytes:
    return end_record(count, size, offset, comment_length=9)


def _gapped() -> bytes:
    pieces = forged()
    pieces[1].before = b"\0" * 8
    return assemble(pieces)


REFUSED = [
    *(_case(n, i, lambda name=name: named(name), why) for n, i, name, why in NAMES),
    *(_case(n, i, lambda both=both: named(*both), why) for n, i, both, why in PAIRS),
    *(_case(n, i, lambda m=m, d=d: _mode(m, d), "regular file") for n, i, m, d in MODES),
    _case(40, "file-through-link", _through_link, "regular file"),
    *(_case(n, i, make, why) for n, i, make, why in HEADERS),
]
ACCEPTED = [
    _case(1, "good", good, ""),
    _case(1, "good-deflated", lambda: compressed(deflated(CODE * 20), len(CODE) * 20), ""),
    _case(91, "zip-in-zip", lambda: assemble(forged([(P + "inner.zip", good())])), ""),
]
