"""Progress of long work: drawn by rich on a terminal, plain lines in a log, nothing where nobody looks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from artifactpack.cli.common import note
from artifactpack.models.event import Event, Notify, silent

if TYPE_CHECKING:
    from rich.text import Text


@contextmanager
def progress(quiet: bool = False) -> Iterator[Notify]:
    """Yield a :data:`Notify`; everything goes to stderr, so that stdout holds the result alone."""
    if quiet:
        yield silent
    elif fancy():
        with _drawn() as notify:
            yield _tame(notify)
    else:
        yield _tame(plain())


def _tame(notify: Notify) -> Notify:
    """*notify* for words that a stranger's run chose: none of them may drive the terminal."""
    from artifactpack.report.words import clean

    return lambda event: notify(replace(event, stage=clean(event.stage), text=clean(event.text)))


def fancy() -> bool:
    """Whether stderr is a terminal that a person looks at."""
    return sys.stderr.isatty() and not os.environ.get("CI") and os.environ.get("TERM", "") != "dumb"


def plain() -> Notify:
    """One line on stderr whenever a stage starts or ends; steps in between are not worth a log line."""
    said: dict[str, str] = {}

    def notify(event: Event) -> None:
        if said.get(event.stage) == event.state:
            return
        said[event.stage] = event.state
        state = "" if event.state == "running" else f" {event.state}"
        note(f"{event.stage}{state}{f': {event.text}' if event.text else ''}")

    return notify


@contextmanager
def _drawn() -> Iterator[Notify]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

    bars = Progress(
        SpinnerColumn(),
        TextColumn("{task.fields[stage]}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[text]}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True, highlight=False),
    )
    tasks: dict[str, TaskID] = {}

    def notify(event: Event) -> None:
        if event.state != "running":
            if event.stage in tasks:
                bars.remove_task(tasks.pop(event.stage))
            bars.console.print(_ended(event), overflow="ellipsis", no_wrap=True)
            return
        task = tasks.get(event.stage)
        if task is None:
            task = tasks[event.stage] = bars.add_task("", total=event.total, stage=event.stage, text=event.text)
        bars.update(task, total=event.total, completed=event.done, text=event.text)

    with bars:
        yield notify


def _ended(event: Event) -> Text:
    """A stage that ended is a line that stays, so that a hundred runs leave the running ones in sight."""
    from rich.text import Text

    good = event.state == "finished"
    said = event.text if good else f"{event.state}: {event.text}"
    return Text.assemble(("✓" if good else "✗", "green" if good else "red"), f" {event.stage:<20} ", (said, "dim"))
