"""Progress of long work: drawn by rich on a terminal, plain lines in a log, nothing where nobody looks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from artifactpack.models.event import Event, Notify, silent


@contextmanager
def progress(quiet: bool = False) -> Iterator[Notify]:
    """Yield a :data:`Notify`; everything goes to stderr, so that stdout holds the result alone."""
    if quiet:
        yield silent
    elif fancy():
        with _drawn() as notify:
            yield notify
    else:
        yield plain()


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
        sys.stderr.write(f"{event.stage}{state}{f': {event.text}' if event.text else ''}\n")
        sys.stderr.flush()

    return notify


@contextmanager
def _drawn() -> Iterator[Notify]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

    bars = Progress(
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.fields[stage]}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[text]}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True, highlight=False),
    )
    tasks: dict[str, TaskID] = {}

    def notify(event: Event) -> None:
        task = tasks.get(event.stage)
        if task is None:
            task = tasks[event.stage] = bars.add_task("", total=event.total, stage=event.stage, text=event.text)
        ended = event.state != "running"
        total = event.total if event.total is not None else (1.0 if ended else None)
        text = event.text if event.state in ("running", "finished") else f"{event.state}: {event.text}"
        bars.update(task, total=total, completed=total if ended else event.done, text=text)

    with bars:
        yield notify
