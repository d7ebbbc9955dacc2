"""Which recorded runs go into the bundle, what they read, and which of their outputs are shipped."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from pathlib import Path

from artifactpack.core.reference import cell_key, counting, failed
from artifactpack.errors import InputError
from artifactpack.models.config import Command, Config
from artifactpack.models.run import FileUse, RunRecord

STATE = ".artifactpack/"


def bundled(records: Iterable[RunRecord], config: Config) -> tuple[tuple[RunRecord, ...], tuple[str, ...]]:
    """The runs that count and those that failed for good, without superseded attempts; and what was not taken.

    A run imported from another system is taken under that system's name too, which no command bears.
    """
    everything = tuple(records)
    taken = sorted((*counting(everything), *failed(everything)), key=lambda r: r.id)
    known = [r for r in taken if r.command in config.commands or r.origin == "imported"]
    gone = sorted({r.command for r in taken} - {r.command for r in known})
    return tuple(known), tuple(f"runs of '{c}' stay out: the configuration names no such command" for c in gone)


def reads(runs: Iterable[RunRecord]) -> dict[str, FileUse]:
    """What *runs* read of the project, by path; what one of them wrote, or saw changing, has no fixed content.

    Raises :class:`InputError` when two runs read the same file with different contents.
    """
    runs = tuple(runs)
    written = {use.path for run in runs for use in run.written}
    found: dict[str, tuple[FileUse, str]] = {}
    for run in runs:
        for use in run.read:
            if use.path in written or use.path.startswith((STATE, "/", "../", "~")):
                continue
            known, by = found.setdefault(use.path, (use, run.id))
            if known.sha256 and use.sha256 and known.sha256 != use.sha256:
                raise InputError(
                    f"{use.path} was not the same for the runs {by} and {run.id}; "
                    f"record again so that all runs are of one version (artifactpack record)"
                )
    return {path: use for path, (use, _) in sorted(found.items())}


def shipped(runs: Sequence[RunRecord], name: str, command: Command, config: Config) -> tuple[RunRecord, ...]:
    """Those of *runs* whose declared outputs enter the bundle, by the command's ``ship``."""
    own = [r for r in runs if r.command == name and r.state == "finished"]
    if command.ship == "none" or (command.tier == "smoke" and command.ship == "best"):
        return ()
    if command.ship == "all":
        return tuple(own)
    if isinstance(command.ship, tuple):
        return tuple(r for r in own if r.seed in command.ship)
    cells: dict[object, list[RunRecord]] = {}
    for run in own:
        cells.setdefault(cell_key(run.cell), []).append(run)
    return tuple(_best(cell, name, config) for cell in cells.values())


def _best(runs: list[RunRecord], name: str, config: Config) -> RunRecord:
    """The run with the best value of the metric that the first claim on *name* is about; else the lowest seed."""
    claim = next((c for c in config.claims if c.metric.partition(":")[0] == name), None)
    metric = claim.metric.partition(":")[2].partition("@")[0] if claim else ""
    sign = -1 if claim and claim.better == "lower" else 1

    def rank(run: RunRecord) -> tuple[float, int, str]:
        value = next((m.last for m in run.metrics if m.name == metric), None)
        worth = float("-inf") if value is None or value != value else sign * value
        return (-worth, run.seed or 0, run.id)

    return min(runs, key=rank)


def declared(run: RunRecord, command: Command, folder: Path, names: Sequence[str]) -> list[Path]:
    """The files that *run* left for the declared patterns *names*, in its *folder* (`out/…`, or `outputs/…` copied).

    Raises :class:`InputError` for one that it did not leave: an artifact without it would not be what it says.
    """
    found: list[Path] = []
    for name in names:
        inside = _inside(name, run, command)
        try:
            files = sorted(f for f in folder.glob(inside) if f.is_file() and not f.is_symlink())
        except (ValueError, NotImplementedError, IndexError, RecursionError) as error:
            raise InputError(f"commands.{run.command}: {name!r} is not the path of a file ({error})") from error
        if not files:
            raise InputError(f"run {run.id} left no {name}, which commands.{run.command} declares; record it again")
        found += files
    return found


def _inside(pattern: str, run: RunRecord, command: Command) -> str:
    """*pattern* with its placeholders filled, relative to the run's folder."""
    values = {**run.cell, "seed": run.seed, "repeat": run.repeat}
    for key, value in values.items():
        word = str(value).lower() if isinstance(value, bool) else str(value)
        pattern = pattern.replace(f"{{{key}}}", word)
    if pattern.startswith("{out}/"):
        return f"out/{pattern.removeprefix('{out}/')}"
    return posixpath.join("outputs", posixpath.normpath(posixpath.join(command.cwd, pattern)))
