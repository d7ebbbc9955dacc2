"""Take recorded runs into a redacted copy: their words redacted, their hashes those of the redacted files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from artifactpack.archive.anonymise import Copied, copy_redacted
from artifactpack.archive.anonymise_redact import Redactor
from artifactpack.errors import ConfigError
from artifactpack.models.config import Config
from artifactpack.models.records import load, to_json
from artifactpack.models.run import CodeState, FileUse, RunRecord, Weights
from artifactpack.project.config import load_config, resolve_command
from artifactpack.recorder import own
from artifactpack.recorder.plan import command_digest
from artifactpack.recorder.store import RunStore


def copy_runs(source: RunStore, target: Path, redactor: Redactor, project: Copied, before: Config) -> Copied:
    """Copy the runs of *source* into the redacted project *target*; records stay ours if they were."""
    ours, everything = source.own(), Copied(rewritten=dict(project.rewritten))
    after, _ = load_config(target)
    for run in source.records():
        folder = source.folder(run.id)
        name = redactor.path(run.id)
        files = {
            f.relative_to(folder).as_posix(): f for f in sorted(folder.rglob("*")) if f.is_file() and not f.is_symlink()
        }
        files.pop("record.json", None)
        files.pop("changes.patch", None)  # against a commit that the copy does not have
        place = target / ".artifactpack" / "runs" / name
        copied = copy_redacted(files, place, redactor)
        everything.rewritten |= copied.rewritten
        everything.files += [
            replace(f, path=f"{run.id}/{f.path}", redacted_path=f"{name}/{f.redacted_path}") for f in copied.files
        ]
        data = _record(run, redactor, everything.rewritten, before, after)
        place.mkdir(parents=True, exist_ok=True)
        (place / "record.json").write_bytes(data)
        if run.id in ours:
            own.remember(hashlib.sha256(data).hexdigest())
    return everything


def _record(
    run: RunRecord, redactor: Redactor, rewritten: Mapping[str, tuple[str, int]], before: Config, after: Config
) -> bytes:
    """The record's new bytes: no commit (it leads to a public repository), no marks, hashes as they are now."""
    text = redactor.data("record.json", to_json(replace(run, code=CodeState(dirty=run.code.dirty))).encode())
    new = load(RunRecord, json.loads(text))
    new = replace(
        new,
        read=tuple(_use(use, rewritten) for use in new.read),
        written=tuple(_use(use, rewritten) for use in new.written),
        weights=tuple(_weights(weights, rewritten) for weights in new.weights),
        command_digest=_digest(run, new, before, after),
    )
    return to_json(new).encode()


def _use(use: FileUse, rewritten: Mapping[str, tuple[str, int]]) -> FileUse:
    sha256, size = rewritten.get(use.sha256, (use.sha256, use.size))
    return replace(use, sha256=sha256, size=size)


def _weights(weights: Weights, rewritten: Mapping[str, tuple[str, int]]) -> Weights:
    return replace(weights, sha256=rewritten.get(weights.sha256, (weights.sha256, 0))[0])


def _digest(run: RunRecord, new: RunRecord, before: Config, after: Config) -> str:
    """The digest of the redacted command's table, when the record's was of the table as it was."""
    try:
        if command_digest(resolve_command(before, run.command)) == run.command_digest:
            return command_digest(resolve_command(after, new.command))
    except ConfigError:
        pass
    return run.command_digest
