"""Which records still say what a run would say now: same command table, same inputs, same packages, same partners."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from artifactpack.core.packages import canonical
from artifactpack.core.reference import counting
from artifactpack.errors import ConfigError
from artifactpack.models.config import Config
from artifactpack.models.run import FileUse, RunRecord
from artifactpack.project.config import resolve_command
from artifactpack.recorder.hashing import Hashes
from artifactpack.recorder.interpreter import Interpreter
from artifactpack.recorder.plan import Key, command_digest, run_key


def current(
    records: Iterable[RunRecord], config: Config, root: Path, interpreter: Interpreter | None = None
) -> frozenset[str]:
    """The ids of finished records whose inputs are unchanged; *interpreter* None leaves packages out of the question.

    A declared or imported record has no inputs to compare and counts as current.
    """
    counted = counting(records)
    digests = _digests(config)
    hashes = Hashes.kept(root)
    fresh = {r.id for r in counted if r.origin != "recorded" or _same(r, digests, root, hashes, interpreter)}
    hashes.keep()
    return _paired({r.id: r for r in counted}, fresh)


def _same(
    run: RunRecord, digests: Mapping[str, str], root: Path, hashes: Hashes, interpreter: Interpreter | None
) -> bool:
    if digests.get(run.command) != run.command_digest:
        return False
    if interpreter is not None and not same_packages(run, interpreter):
        return False
    return not changed_inputs(run, root, hashes)


def changed_inputs(run: RunRecord, root: Path, hashes: Hashes) -> tuple[FileUse, ...]:
    """The files that *run* read and that now differ from what it saw, or are gone; a stranger's record may name any
    file, and those outside of the project are none of its inputs."""
    return tuple(
        use for use in run.read if use.sha256 and (_leads_out(use.path) or hashes.of(root / use.path) != use.sha256)
    )


def _leads_out(path: str) -> bool:
    return path.startswith("/") or ".." in path.split("/")


def same_packages(run: RunRecord, interpreter: Interpreter) -> bool:
    """Whether the interpreter and every package that the run imported still have the same version."""
    if interpreter.version and run.python and interpreter.version != run.python:
        return False
    installed = interpreter.installed
    return all(installed.get(canonical(p.name), p.version) == p.version for p in run.packages if p.version)


def _digests(config: Config) -> dict[str, str]:
    digests = {}
    for name in config.commands:
        try:
            digests[name] = command_digest(resolve_command(config, name))
        except ConfigError:
            continue
    return digests


def _paired(runs: Mapping[str, RunRecord], fresh: set[str]) -> frozenset[str]:
    """Leave out runs that used the output of a run which is not current any more."""
    while True:
        kept = {name for name in fresh if all(need in fresh for need in runs[name].needs)}
        if kept == fresh:
            return frozenset(fresh)
        fresh = kept


def done(records: Iterable[RunRecord], ids: frozenset[str]) -> dict[Key, str]:
    """The current runs by their key, for the planner."""
    return {run_key(r.command, r.cell, r.seed, r.repeat): r.id for r in counting(records) if r.id in ids}
