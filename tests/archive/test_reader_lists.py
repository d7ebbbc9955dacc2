"""Manifests and other JSON made to mislead or to cost gigabytes: refused in one line, within bounds."""

from __future__ import annotations

import struct
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifactpack.archive import bag, listing, names
from artifactpack.archive.documents import parsed
from artifactpack.archive.reader import open_bundle
from artifactpack.core.toml_safe import parse_toml
from artifactpack.errors import RefusedError
from artifactpack.models.manifest import Member
from tests.archive.cases import CODE, P, Piece, assemble, end64, end_record, first, forged, good, named

MANIFEST = bag.render(
    bag.manifest(
        "a",
        [
            Member(path="data/a.bin", size=7, sha256="0" * 64, role="data", url='https://example.org/"\\'),
            Member(path="data/b.py", size=0, sha256="1" * 64, role="code"),
        ],
        "0",
    )
)


def changed(old: bytes, new: bytes) -> bytes:
    assert old in MANIFEST
    return MANIFEST.replace(old, new, 1)


MANIFESTS = {
    "byte order mark": b"\xef\xbb\xbf" + MANIFEST,
    "UTF-16": MANIFEST.decode().encode("utf-16"),
    "a key twice": changed(b'"name": "a"', b'"name": "b",\n "name": "a"'),
    "another key": changed(b'"members"', b'"more": 1,\n "members"'),
    "lone surrogate": changed(b'"name": "a"', b'"name": "\\ud800"'),
    "escape in the name": changed(b'"name": "a"', b'"name": "\\u001b[2J"'),
    "two lines in the version": changed(b'"tool_version": "0"', b'"tool_version": "0\\nBundle-Format: 9"'),
    "NaN": changed(b'"size": 7', b'"size": NaN'),
    "float": changed(b'"size": 7', b'"size": 7.0'),
    "exponent": changed(b'"size": 7', b'"size": 7e0'),
    "leading zero": changed(b'"size": 7', b'"size": 07'),
    "negative": changed(b'"size": 7', b'"size": -7'),
    "five thousand digits": changed(b'"size": 7', b'"size": ' + b"7" * 5000),
    "over 63 bits": changed(b'"size": 7', b'"size": 9999999999999999999'),
    "escaped path": changed(b'"data/b.py"', b'"data/\\u0062.py"'),
    "escaped slash": changed(b"https://", b"https:\\/\\/"),
    "comma at the end": changed(b"}\n ]", b"},\n ]"),
    "no comma": changed(b"},\n", b"}\n"),
    "blank": changed(b'"size": 7', b'"size":  7'),
    "hash in capitals": changed(b"0" * 64, b"A" * 64),
    "role": changed(b'"code"', b'"evil"'),
    "sorted otherwise": changed(b"data/a.bin", b"data/z.bin"),
    "no place": changed(b"data/a.bin", b"-rf"),
    "brackets without end": b"[" * 200_000,
    "braces without end": b'{"a":' * 200_000,
    "members without end": changed(b'"members": [\n', b'"members": [\n' + b"[" * 200_000),
    "cut short": MANIFEST[:-1],
    "something after it": MANIFEST + b"\n",
}


@pytest.mark.parametrize("data", MANIFESTS.values(), ids=MANIFESTS)
def test_a_manifest_that_we_cannot_have_written_is_refused(data):
    assert bag.render(listing.parse(MANIFEST)) == MANIFEST
    with pytest.raises(RefusedError) as caught:
        listing.parse(data)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_is_accepted_is_what_would_be_rendered(data):
    cut = data.draw(st.integers(0, len(MANIFEST)))
    until = data.draw(st.integers(cut, min(len(MANIFEST), cut + 30)))
    text = MANIFEST[:cut] + data.draw(st.binary(max_size=6)) + MANIFEST[until:]
    try:
        found = listing.parse(text)
    except RefusedError:
        return
    assert bag.render(found) == text


def cost(run) -> tuple[float, float]:
    """(CPU seconds, MB) that *run* takes until it refuses."""
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(RefusedError):
        run()
    took, peak = time.process_time() - started, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return took, peak / 1e6


@pytest.mark.slow
@pytest.mark.parametrize("unit", [b"[],", b"{},", b"1,", b'"",'], ids=["lists", "objects", "numbers", "texts"])
def test_a_value_for_every_three_bytes_is_refused_before_it_is_made(unit):
    wide = b"[" + unit * 10_000_000 + b"0]"
    for run in (lambda: listing.parse(MANIFEST[:30] + wide), lambda: parsed(wide, "x.json")):
        took, megabytes = cost(run)
        assert took < 2
        assert megabytes < 60


def test_folders_by_the_thousand_cost_what_their_names_do():
    deep = [f"data/{i:05d}/" + "/".join("d" * 12 for _ in range(60)) for i in range(10_000)]
    tracemalloc.start()
    assert names.collisions(deep) == ""
    assert tracemalloc.get_traced_memory()[1] < 30e6  # the names are 8 MB; every folder's own name would be 250 MB
    tracemalloc.stop()
    assert "both a file and a folder" in names.collisions([*deep, "data/00007/dddddddddddd"])
    assert "both a file and a folder" in names.collisions(["data/a", "data/a-b", "data/a/b"])


@pytest.mark.parametrize("data", [b'{"a": NaN}', b'{"a": 1, "a": 2}', b"\xef\xbb\xbf{}", b"[" * 100_000, b"\xff"])
def test_json_that_programs_read_differently_is_refused(data):
    with pytest.raises(RefusedError, match=r"x\.json is not JSON"):
        parsed(data, "x.json")


def test_a_key_of_fifty_thousand_parts_is_refused():
    with pytest.raises(ValueError, match="over 64 parts"):
        parse_toml(".".join(["a"] * 50_000) + " = 1")
    with pytest.raises(ValueError, match="over 64 parts"):
        parse_toml("[" + " . ".join(["'a'"] * 65) + "]")
    assert parse_toml(f"a = [{'0.1, ' * 999}0.1]\nb = '{'.' * 999}'")["b"] == "." * 999


def _wide(**changes: object) -> bytes:
    sizes = {"size": 0xFFFFFFFF, "packed": 0xFFFFFFFF, "need": 45, **changes}
    return first(local=sizes, central={**sizes, "made": 3 << 8 | 45})


def _more_end(count: int, size: int, offset: int) -> bytes:
    """A zip64 end record with an "extensible data sector"."""
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 52, 3 << 8 | 45, 45, 0, 0, count, count, size, offset) + b"evilevil"
    return record + struct.pack("<4sIQI", b"PK\6\7", 0, offset + size, 1) + end_record(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)


SIZES = struct.pack("<HHQQ", 1, 16, len(CODE), len(CODE))
ZIPS = {
    "zip64 sizes without need": lambda: _wide(extra=SIZES),
    "zip64 sizes twice": lambda: _wide(extra=SIZES * 2),
    "zip64 sizes beyond 63 bits": lambda: _wide(extra=struct.pack("<HHQQ", 1, 16, (1 << 64) - 1, (1 << 64) - 1)),
    "zip64 marker without its extra": lambda: _wide(),
    "zip64 end record without need": lambda: assemble(
        forged(), end=lambda n, s, o: end64(n, s, o, o + s) + end_record(n, s, o)
    ),
    "zip64 end record with more in it": lambda: assemble(forged(), end=_more_end),
    "65,535 members by the short count": lambda: assemble(forged(), end=lambda n, s, o: end_record(0xFFFF, s, o)),
    "descriptor without signature": lambda: first(
        local={"flags": 0x808, "crc": 0, "packed": 0, "size": 0},
        central={"flags": 0x808},
        after=struct.pack("<III", 0, len(CODE), len(CODE)),
    ),
    "made by DOS": lambda: first(central={"made": 20}),
    "text attribute": lambda: first(central={"internal": 1}),
    "another zip before it": lambda: assemble([Piece(b"evil", b"x")]) + good(),
    "a second, empty directory after it": lambda: good() + end_record(0, 0, len(good())),
    "a name like our own": lambda: named("BAGIT.TXT"),
    "a ligature": lambda: named(P + "of\ufb01ce", P + "office"),
    "Kelvin": lambda: named(P + "\u212aey"),
    "superscript device": lambda: named(P + "COM\u00b9.txt"),
    "git by its NTFS stream": lambda: named(P + ".git::$INDEX_ALLOCATION/x"),
    "next line": lambda: named(P + "a\u0085b"),
    "soft hyphen": lambda: named(P + "a\u00adb"),
    "tag characters": lambda: named(P + "a\U000e0041"),
    "an option": lambda: named("-rf"),
    "a home": lambda: named("~/x"),
    "beside the payload": lambda: named("setup.py"),
}


@pytest.mark.parametrize("make", ZIPS.values(), ids=ZIPS)
def test_more_zips_that_we_cannot_have_written_are_refused(make, tmp_path: Path):
    (tmp_path / "a.zip").write_bytes(make())
    with pytest.raises(RefusedError) as caught:
        open_bundle(tmp_path / "a.zip")
    assert str(caught.value).isprintable()


def test_only_another_form_of_zip_is_said_to_be_packed_again(tmp_path: Path):
    for name, data, told in (("form", good() + end_record(0, 0, 0), True), ("unsafe", named("../evil"), False)):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(RefusedError) as caught:
            open_bundle(tmp_path / name)
        assert ("packed it again" in str(caught.value)) == told
