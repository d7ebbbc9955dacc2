"""Plain values inside a pickled object, without building the object: `training_args.bin` and the like."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from artifactpack.scan.opcodes import Stretch
from artifactpack.scan.pickles import read_pickle
from artifactpack.scan.symbols import Call, Mapping_

LARGEST = 16 << 20


def plain_attributes(path: Path) -> dict[str, Any]:
    """Attributes of the pickled object in *path* (a bare pickle or torch's zip) that are numbers, strings, booleans
    or None; {} where the file is not understood. Nothing is imported or executed."""
    data = _pickle(path)
    root = read_pickle(Stretch(io.BytesIO(data), 0, len(data)), torch=True).root if data else None
    state = root.state if isinstance(root, Call) else root
    pairs = state.pairs if isinstance(state, Mapping_) else []
    return {key: value for key, value in pairs if isinstance(key, str) and _is_plain(value)}


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _pickle(path: Path) -> bytes:
    try:
        if not zipfile.is_zipfile(path):
            return path.read_bytes() if path.stat().st_size <= LARGEST else b""
        with zipfile.ZipFile(path) as archive:
            name = next((n for n in archive.namelist() if n.endswith("/data.pkl")), "")
            return archive.read(name) if name and archive.getinfo(name).file_size <= LARGEST else b""
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError):
        return b""
