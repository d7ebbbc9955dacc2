"""LaTeX files: bytes to text and back, with the encoding, the line ends and the byte-order mark they came with."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path

from artifactpack.archive.atomic import write_bytes
from artifactpack.errors import InputError
from artifactpack.patterns import late

LARGEST = 2_000_000  # bytes; a whole thesis has less
_BOM = b"\xef\xbb\xbf"
_INPUT = late(r"\\(?:input|include|subfile)\s*\{\s*([^{}\s]{1,200})\s*\}")


@dataclass(frozen=True)
class TexFile:
    """A LaTeX file as text; positions in ``text`` map one to one to what is written back."""

    path: Path
    text: str
    encoding: str
    bom: bool

    def encode(self, text: str) -> bytes:
        """*text* in the file's own encoding; letters it does not have are written without their accents."""
        try:
            data = text.encode(self.encoding)
        except UnicodeEncodeError:
            data = "".join(_fitting(c, self.encoding) for c in text).encode(self.encoding)
        return (_BOM if self.bom else b"") + data


def _fitting(char: str, encoding: str) -> str:
    for candidate in (char, unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()):
        try:
            candidate.encode(encoding)
        except UnicodeEncodeError:
            continue
        if candidate:
            return candidate
    return "?"


def read_tex(path: Path) -> TexFile:
    """Read *path*; raises :class:`InputError` for what is no LaTeX text of a sensible size."""
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise InputError(f"{path}: no such file; give the checklist's .tex file") from error
    if len(data) > LARGEST:
        raise InputError(f"{path}: larger than {LARGEST:,} bytes; give the file that holds the checklist")
    if b"\0" in data:
        raise InputError(f"{path}: not a text file; give the checklist's .tex file")
    bom = data.startswith(_BOM)
    body = data[len(_BOM) :] if bom else data
    try:
        return TexFile(path, body.decode("utf-8"), "utf-8", bom)
    except UnicodeDecodeError:
        return TexFile(path, body.decode("latin-1"), "latin-1", False)


def write_tex(file: TexFile, text: str) -> None:
    """Replace the file atomically; its mode stays."""
    path = file.path.resolve()
    write_bytes(path, file.encode(text), mode=path.stat().st_mode & 0o7777)


def inputs(text: str, folder: Path, root: Path) -> tuple[Path, ...]:
    r"""Files that *text* takes in with ``\input``; only those below *root*."""
    found = []
    for match in _INPUT.finditer(text):
        name = match.group(1) if match.group(1).endswith(".tex") else f"{match.group(1)}.tex"
        path = (folder / name).resolve()
        if path.is_relative_to(root.resolve()) and path.is_file():
            found.append(path)
    return tuple(found)
