"""Reading our own JSON files from outside: validated, with one line when they are not what they should be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from artifactpack.errors import InputError
from artifactpack.models.records import Invalid, load

T = TypeVar("T")
MAX_BYTES = 64 * 1024 * 1024


def read_record(cls: type[T], path: Path) -> T:
    """Read and validate *path* as a *cls*; raises InputError naming the file and every fault."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: larger than {MAX_BYTES >> 20} MiB, not one of our files")
        return load(cls, json.loads(path.read_bytes()))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path}: not JSON ({error})") from error
    except Invalid as error:
        raise InputError(f"{path}: not a {cls.__name__} ({error})") from error
