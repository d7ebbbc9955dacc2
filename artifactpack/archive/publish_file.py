"""Publish to a folder or file of this machine: copied as a whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

from artifactpack.archive.atomic import replacing
from artifactpack.errors import InputError
from artifactpack.models.publish import Published
from artifactpack.scan.digests import hash_file


def publish(bundle: Path, target: str, *, sha256: str, digest: str) -> Published:
    """Copy *bundle* to a ``file://`` URL; the same bytes are not copied again. Raises :class:`InputError`."""
    parts = urlsplit(target)
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise InputError(f"{target} is no local address; write file:///folder/name.zip")
    place = Path(unquote(parts.path))
    if target.endswith("/") or place.is_dir():
        place = place / bundle.name
    size = bundle.stat().st_size
    told = Published(target=target, url=place.as_uri(), size=size, sent=size, sha256=sha256, digest=digest)
    if place.is_file() and place.stat().st_size == size and hash_file(place) == sha256:
        return Published(target=target, url=place.as_uri(), size=size, sent=0, sha256=sha256, digest=digest)
    if not place.parent.is_dir():
        raise InputError(f"{place.parent} is no folder; make it first")
    with replacing(place) as fd, bundle.open("rb") as source, os.fdopen(os.dup(fd), "wb") as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
    return told
