"""The sealed mapping: kept by the author, it proves after acceptance that the named bundle is the same work."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from artifactpack import __version__
from artifactpack.archive.anonymise import make_redactor, redacted
from artifactpack.archive.anonymise_redact import Redactor
from artifactpack.archive.reader import Bundle, open_bundle
from artifactpack.errors import InputError
from artifactpack.models.anonymise import Proof, RedactedCopy, Redaction, SealedMapping
from artifactpack.models.records import Invalid, load, to_json

PROJECT = "data/project/"


def seal(copy: RedactedCopy, named_digest: str, anonymous_digest: str) -> SealedMapping:
    """What must be kept to prove it later."""
    return SealedMapping(
        tool_version=__version__,
        named_digest=named_digest,
        anonymous_digest=anonymous_digest,
        salt=os.urandom(16).hex(),
        marks=copy.marks,
        placeholders=copy.placeholders,
        members=copy.files,
    )


def write_seal(target: Path, sealed: SealedMapping) -> str:
    """Write *sealed* for its owner's eyes only, atomically; returns its SHA-256, to be written down elsewhere."""
    data = to_json(sealed).encode()
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(target)
    return hashlib.sha256(data).hexdigest()


def read_seal(path: Path) -> SealedMapping:
    """A sealed mapping; raises :class:`InputError` when *path* is none."""
    try:
        return load(SealedMapping, json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError, Invalid) as error:
        raise InputError(f"{path} is not a sealed mapping: {str(error)[:200]}") from error


def prove(named: Path, anonymous: Path, sealed: SealedMapping) -> Proof:
    """Redact the named bundle again and hold it against the anonymous one, member by member.

    Raises :class:`RefusedError` when one of the two is not a bundle.
    """
    with open_bundle(named) as one, open_bundle(anonymous) as two:
        faults = []
        if sealed.anonymous_digest and two.digest != sealed.anonymous_digest:
            faults.append("the anonymous bundle is not the one that was sealed")
        before = {m.path: m.sha256 for m in one.manifest.members}
        after = {m.path: m.sha256 for m in two.manifest.members}
        redactor = make_redactor(sealed.marks, [m.path for m in sealed.members])
        untouched = changed = 0
        for member in sealed.members:
            fault = _compare(one, member, before, after, redactor)
            faults += [fault] if fault else []
            untouched += not fault and member.sha256 == member.redacted_sha256
            changed += not fault and member.sha256 != member.redacted_sha256
        faults += _extra(after, sealed.members, before)
        other = "the named bundle is not the one that was known when the mapping was made: only its files are compared"
        notes = (other,) if sealed.named_digest not in ("", one.digest) else ()
        return Proof(same=not faults, untouched=untouched, redacted=changed, faults=tuple(faults), notes=notes)


def _compare(one: Bundle, member: Redaction, before: dict[str, str], after: dict[str, str], redactor: Redactor) -> str:
    old, new = PROJECT + member.path, PROJECT + member.redacted_path
    if old not in before or new not in after:
        return "" if (old in before) == (new in after) else f"{member.path} is in only one of the bundles"
    if member.sha256 == member.redacted_sha256:
        return "" if before[old] == after[new] == member.sha256 else f"{member.path} is not the same file in both"
    again = hashlib.sha256(redacted(member.path, one.read(old), redactor)).hexdigest()
    return "" if again == after[new] else f"{member.path}, redacted, does not give {member.redacted_path}"


def _extra(after: dict[str, str], members: Iterable[Redaction], before: dict[str, str]) -> list[str]:
    """Files of the anonymous project that come from nowhere; weights that were converted in both are equal."""
    known = {PROJECT + m.redacted_path for m in members}
    new = [path for path in after if path.startswith(PROJECT) and path not in known]
    return [f"{path} is only in the anonymous bundle" for path in new if before.get(path) != after[path]]
