"""Does the redacted copy still run, and does it still give what the project gives?"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from artifactpack.core.reference import counting
from artifactpack.errors import ArtifactPackError, RefusedError
from artifactpack.models.event import Event, Notify
from artifactpack.models.run import RunRecord
from artifactpack.patterns import late
from artifactpack.project import Project, open_project
from artifactpack.recorder.plan import run_key
from artifactpack.recorder.store import RunStore

LONGEST = 200  # characters at the end of a metric's name that tell what it measures
_COST = late(r"(?i)(?:^|[/_.-])(?:\w*time|seconds?|secs?|duration|elapsed|\w*speed|throughput|memory|\w*_per_s\w*)$")


def run_smoke(project: Project, redacted: Path, notify: Notify) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Run the smoke tier on a copy of the redacted copy, whose records are thrown away.

    Returns the commands that ran, and sentences on how their metrics compare with the project's own records. Raises
    :class:`RefusedError` where they fail.
    """
    from artifactpack.pipeline.record import run_all
    from artifactpack.project.config import resolve_command

    config = open_project(redacted).config
    names = tuple(n for n in config.commands if resolve_command(config, n).tier == "smoke")
    if not names:
        return (), ()
    notify(Event(stage="anonymising", text="running the smoke tier on the redacted copy"))
    scratch = redacted.parent / "smoke"
    shutil.copytree(redacted, scratch, ignore=shutil.ignore_patterns(".artifactpack"))
    _borrow_environment(project, scratch)
    try:
        done = run_all(scratch, commands=names, notify=notify)
    except ArtifactPackError as error:
        raise RefusedError(f"the redacted copy cannot run its smoke tier: {error}") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if done.failed:
        raise RefusedError(_failure(done.failed[0]))
    return names, tuple(compared(_recorded(project), (run for run in done.new if run.command in names)))


def _failure(run: RunRecord) -> str:
    last = (run.tail or run.error).strip().splitlines()[-1:] or [run.state]
    return (
        f"the redacted copy no longer runs: '{run.command}' {run.state} with {last[0][:200]!r}; choose [anonymous] "
        f"terms that are no names in the code, or rename them there"
    )


def _recorded(project: Project) -> tuple[RunRecord, ...]:
    from artifactpack.recorder.current import current

    records = RunStore(project.root).records()
    fresh = current(records, project.config, project.root)
    return tuple(run for run in counting(records) if run.id in fresh)


def compared(named: Iterable[RunRecord], redacted: Iterable[RunRecord]) -> Iterator[str]:
    """Sentences: which metrics of the *redacted* copy's runs differ from the *named* project's runs of the same seed.

    Durations, speeds and memory are left out: they never repeat.
    """
    known = {run_key(run.command, run.cell, run.seed, run.repeat): run for run in named}
    missing, same, differ = dict[str, None](), 0, list[str]()
    for run in redacted:
        before = known.get(run_key(run.command, run.cell, run.seed, run.repeat))
        if before is None:
            missing[run.command] = None
            continue
        told = list(_differences(before, run))
        differ += told
        same += len([m for m in run.metrics if not _is_cost(m.name)]) - len(told)
    if missing:
        yield f"not compared with the original: no current run of {', '.join(missing)} is recorded"
    if differ:
        more = f" and {len(differ) - 5} more" if len(differ) > 5 else ""
        yield (
            f"the redacted copy gives other results: {'; '.join(differ[:5])}{more}; where two runs of one seed differ "
            f"in the project too (artifactpack record --repeat 2), that is its noise"
        )
    elif same > 0:
        yield f"the redacted copy gives the same {same} metric values as the recorded smoke runs"


def _is_cost(metric: str) -> bool:
    """Whether *metric* tells what a run cost, which differs from run to run."""
    return _COST.search(metric[-LONGEST:]) is not None


def _differences(before: RunRecord, after: RunRecord) -> Iterator[str]:
    old = {m.name: m.last for m in before.metrics if not _is_cost(m.name)}
    new = {m.name: m.last for m in after.metrics if not _is_cost(m.name)}
    for name in sorted({*old, *new}):
        one, two = old.get(name), new.get(name)
        if one != two and not (one is not None and two is not None and math.isnan(one) and math.isnan(two)):
            yield f"{after.command}:{name} is {_shown(two)}, not {_shown(one)}"


def _shown(value: float | None) -> str:
    return "missing" if value is None else f"{value:.6g}"


def _borrow_environment(project: Project, scratch: Path) -> None:
    """Let a relative interpreter (`.venv/bin/python`) point at the project's own."""
    told = project.config.environment.python or ".venv/bin/python"
    first = Path(told).parts[0]
    if not Path(told).is_absolute() and (project.root / first).is_dir() and not (scratch / first).exists():
        (scratch / first).symlink_to(project.root / first)
