"""What a re-run reads of a bundle before anything is unpacked: records, claims, lock, what is shipped, whose it is."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

from artifactpack.archive.reader import Bundle
from artifactpack.core.claims import check_claims
from artifactpack.models.config import Config
from artifactpack.models.manifest import Member
from artifactpack.models.records import record
from artifactpack.models.reference import ClaimCheck
from artifactpack.models.run import RunRecord
from artifactpack.models.tree import Tree
from artifactpack.pipeline.bundled import (
    PROJECT,
    RUNS,
    bundled_config,
    bundled_run,
    bundled_series,
    bundled_trees,
    record_paths,
)
from artifactpack.project.config import resolve_command
from artifactpack.recorder import own
from artifactpack.rerun.lock import Lock, parse_pylock, read_lock

ENVIRONMENT = "data/environment/"
LOCKS = ("pylock.toml", "requirements.lock", "requirements.txt", "conda-explicit.txt")


@record
class Reviewed:
    """A bundle as its reviewer sees it; ``own`` tells that this user recorded every run and wrote this very bundle."""

    path: str
    name: str
    digest: str
    config: Config
    records: tuple[RunRecord, ...]
    lock: Lock
    python: str
    own: bool
    before: tuple[ClaimCheck, ...]
    thin: tuple[Member, ...]
    wheels: bool
    shipped: frozenset[str]
    size: int
    series: Callable[[str], Mapping[str, Sequence[Sequence[float]]]]
    notes: tuple[str, ...] = ()
    trees: tuple[Tree, ...] = ()


def read_bundle(bundle: Bundle) -> Reviewed:
    """Read what is needed to plan; raises RefusedError for what our writer cannot have written."""
    records, digests = _records(bundle)
    config = bundled_config(bundle)
    series = {run.id: bundled_series(bundle, run.id) for run in records}
    members = bundle.manifest.members
    finished = [r for r in records if r.state == "finished" and r.python]
    lock = _lock(bundle)
    ours = own.known()
    return Reviewed(
        path=str(bundle.path),
        name=bundle.manifest.name,
        digest=bundle.digest,
        config=config,
        records=records,
        lock=lock,
        python=max(finished, key=lambda r: r.started).python if finished else "",
        own=bool(digests) and bundle.digest in ours and set(digests) <= ours,
        before=check_claims(config, records, series.__getitem__),
        thin=tuple(m for m in members if m.url),
        wheels=any(m.path.startswith(f"{ENVIRONMENT}wheels/") for m in members),
        shipped=_weights(config, records, members),
        size=sum(m.size for m in members if not m.url),
        series=series.__getitem__,
        notes=_copies(records, members),
        trees=bundled_trees(bundle),
    )


def _records(bundle: Bundle) -> tuple[tuple[RunRecord, ...], tuple[str, ...]]:
    records, digests = [], []
    for path in record_paths(bundle):
        data = bundle.read(path)
        records.append(bundled_run(data, path))
        digests.append(hashlib.sha256(data).hexdigest())
    return tuple(records), tuple(digests)


def _lock(bundle: Bundle) -> Lock:
    """The frozen lock; without one, what the project itself declares, said to be weaker."""
    for place in (ENVIRONMENT, PROJECT):
        for name in LOCKS:
            member = bundle.member(place + name)
            if member is None or member.url:
                continue
            lock = _parse_lock(name, bundle.read(member.path))
            if place == PROJECT:
                remark = f"no frozen lock in the bundle: {name} of the project is used"
                return Lock(**{**vars(lock), "warnings": (remark, *lock.warnings)})
            return lock
    return Lock(warnings=("no lock in the bundle: the environment holds no packages",))


def _parse_lock(name: str, data: bytes) -> Lock:
    if name == "pylock.toml":
        return parse_pylock(data.decode("utf-8", "replace"), name)
    with TemporaryDirectory(prefix="artifactpack-") as folder:
        path = Path(folder, posixpath.basename(name))
        path.write_bytes(data)
        return read_lock(path)


def _weights(config: Config, records: Sequence[RunRecord], members: Sequence[Member]) -> frozenset[str]:
    """The members that are trained weights of a recorded run: what a re-run may start from. Metrics never are."""
    commands, found = {run.id: run.command for run in records}, set()
    for member in members:
        parts = member.path.removeprefix(RUNS).split("/", 2)
        if not member.path.startswith(RUNS) or member.url or len(parts) < 3 or parts[0] not in commands:
            continue
        declared = resolve_command(config, commands[parts[0]]).weights if commands[parts[0]] in config.commands else ()
        patterns = [re.sub(r"\{[^}]*\}", "*", pattern.removeprefix("{out}/")) for pattern in declared]
        if member.role == "weights" or any(fnmatchcase(parts[2], pattern) for pattern in patterns):
            found.add(member.path)
    return frozenset(found)


def _copies(records: Sequence[RunRecord], members: Sequence[Member]) -> tuple[str, ...]:
    """The author's metrics files lying in the project: a program could copy instead of compute."""
    outputs = {
        use.sha256
        for run in records
        for use in run.written
        if use.sha256 and use.path.endswith((".json", ".jsonl", ".csv"))
    }
    found = [m.path.removeprefix(PROJECT) for m in members if m.path.startswith(PROJECT) and m.sha256 in outputs]
    return tuple(f"{path} in the project is, byte for byte, a file that a recorded run wrote" for path in found[:5])
