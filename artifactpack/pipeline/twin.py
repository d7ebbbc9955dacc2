"""The named bundle and its anonymous twin: where the sealed mapping is kept, and the proof that both are one work."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from artifactpack.archive.anonymise_seal import prove, read_seal, seal, write_seal
from artifactpack.archive.reader import open_bundle
from artifactpack.errors import InfrastructureError, InputError
from artifactpack.folders import state_dir
from artifactpack.models.anonymise import Proof, RedactedCopy
from artifactpack.models.event import Notify, silent


def kept_at(digest: str) -> Path:
    """Where the mapping of the anonymous bundle with *digest* is kept: far from what is uploaded."""
    return state_dir() / "mappings" / f"{digest[:32]}.json"


def keep_seal(copy: RedactedCopy, root: Path, digest: str, named: Path | None, target: Path | None) -> Path:
    """Seal *copy* of the project at *root* for the anonymous bundle with *digest*; returns where the mapping is.

    The named bundle is *named*, else the last one made of that project, else none.
    """
    place = target or kept_at(digest)
    try:
        write_seal(place, seal(copy, digest_of(named) if named else last_named(root), digest))
    except OSError as error:
        raise InfrastructureError(f"cannot keep the mapping at {place}: {error.strerror}; give --mapping") from error
    return place


def told(place: Path, named: Path | None, anonymous: Path, notify: Notify) -> list[str]:
    """What to say of the mapping at *place*; where the *named* bundle is at hand, whether it proves what it should."""
    sentences = [f"{place} proves later that this is the same work as the named bundle: keep it, show it to nobody"]
    if named is not None:
        proof = same_work(named, anonymous, place, notify)
        faults = f"not the same work as {named}: {'; '.join(proof.faults[:5])}"
        sentences.append(f"the same work as {named}" if proof.same else faults)
    return sentences


def same_work(named: Path, anonymous: Path, mapping: Path | None = None, notify: Notify = silent) -> Proof:
    """Whether the bundles *named* and *anonymous* hold the same work, by the mapping that was kept (or is given).

    Every byte of both is hashed first. Raises InputError without a mapping, RefusedError for what is no bundle.
    """
    for path in (named, anonymous):
        with open_bundle(path) as bundle:
            bundle.check(notify=notify)
            digest = bundle.digest
    place = mapping or kept_at(digest)
    if mapping is None and not place.is_file():
        raise InputError(f"no mapping of {anonymous} is kept on this account; give the one you kept with --mapping")
    return prove(named, anonymous, read_seal(place))


def digest_of(path: Path) -> str:
    """The digest of the bundle at *path*."""
    with open_bundle(path) as bundle:
        return bundle.digest


def remember_named(root: Path, digest: str) -> None:
    """Note which named bundle was made of the project at *root* last."""
    with contextlib.suppress(OSError):
        place = _noted(root)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.write_text(f"{digest}\n", encoding="ascii")


def last_named(root: Path) -> str:
    """The digest of the last named bundle of the project at *root*, "" where there is none."""
    try:
        return _noted(root).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _noted(root: Path) -> Path:
    name = hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:32]
    return state_dir() / "named" / f"{name}.txt"
