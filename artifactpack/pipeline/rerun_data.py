"""Data that is not in the bundle: given by the reviewer, or fetched by address when the network is open."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from artifactpack.errors import ArtifactPackError, InputError
from artifactpack.models.event import Event, Notify
from artifactpack.models.manifest import Member
from artifactpack.pipeline.bundled import PROJECT
from artifactpack.pipeline.rerun_read import Reviewed

_BLOCK = 1 << 20


def supply(bundle: Reviewed, given: Mapping[str, str], project: Path, network: bool, notify: Notify) -> tuple[str, ...]:
    """Put every thin member of the project in its place, hash checked; returns the paths that stay missing.

    Raises InputError where a given file is not there or is not the recorded one.
    """
    missing = []
    for member in bundle.thin:
        if not member.path.startswith(PROJECT):
            continue
        path = member.path.removeprefix(PROJECT)
        target = project / path
        target.parent.mkdir(parents=True, exist_ok=True)
        source = _given(bundle, path, given)
        if source is not None:
            _copy(source, target, member)
        elif not (network and _fetch(member, target, notify)):
            missing.append(path)
    return tuple(missing)


def _given(bundle: Reviewed, path: str, given: Mapping[str, str]) -> Path | None:
    """The reviewer's file for *path*: ``--data NAME=PATH`` names the data set's file, or the folder that holds it."""
    for name, place in given.items():
        base = bundle.config.data[name].path.rstrip("/")
        if not base or (path != base and not path.startswith(base + "/")):
            continue
        source = Path(place).expanduser()
        found = source / path[len(base) :].lstrip("/") if source.is_dir() and path != base else source
        found = found / Path(path).name if found.is_dir() else found
        if not found.is_file():
            raise InputError(f"--data {name}={place}: {found} is not there")
        return found
    return None


def _copy(source: Path, target: Path, member: Member) -> None:
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        while block := reader.read(_BLOCK):
            digest.update(block)
            writer.write(block)
    if member.sha256 and digest.hexdigest() != member.sha256:
        target.unlink()
        raise InputError(
            f"{source} is not the recorded {member.path.removeprefix(PROJECT)}: "
            f"sha256 {digest.hexdigest()[:16]}…, recorded {member.sha256[:16]}…"
        )


def _fetch(member: Member, target: Path, notify: Notify) -> bool:
    """Put the recorded file into *target*, from the cache or its address; False where it fails or is something else."""
    from artifactpack.archive.thin import fetch

    if not member.url:
        return False
    try:
        found = fetch(member.url, member.sha256, member.size, notify=notify)
        _copy(found, target, member)
    except (ArtifactPackError, OSError) as error:
        notify(Event(stage="data", text=str(error), state="failed"))
        return False
    return True
