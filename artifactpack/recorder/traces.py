"""What the processes of a traced run wrote: fingerprints step by step, or every operator and line of a window."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artifactpack.recorder.events import rank_of, read_events, several, whole

Entry = list[Any]
Traces = dict[str, list[Entry]]


def steps(folder: Path) -> dict[int, str]:
    """Parameter fingerprints by step, from the event files in *folder* (the process that trains)."""
    for events in read_events(folder):
        found = {whole(e.get("step")): str(e.get("sum")) for e in events if e.get("t") == "fp"}
        if found:
            return found
    return {}


def window(one: Mapping[int, str], two: Mapping[int, str]) -> tuple[int, int] | None:
    """The last sampled step where the parameters were equal and the first where they were not; None if there is none.

    (-1, n) where they differed before the first step.
    """
    equal = -1
    for step in sorted(set(one) & set(two)):
        if one[step] != two[step]:
            return equal, step
        equal = step
    if set(one) != set(two):
        return equal, max((*one, *two))
    return None


def traces(folder: Path) -> Traces:
    """The trace of each process, by its place in the tree: ``0`` is the program, ``0.1`` its first fork. A rank is
    ``rank 1``; what else was started anew, like a spawned worker, is ``0+1``, in the order of the
    command lines: that in which they started may be another in every run."""
    found: Traces = {}
    first, rest = (processes := read_events(folder))[:1], processes[1:]
    for events in (*first, *sorted(rest, key=lambda events: str(events[0].get("argv")))):
        told = [event for event in events if event.get("t") == "trace"]
        name = _free(str(told[0].get("serial")) if told else "0", rank_of(events), found)
        found[name] = [entry for event in told for entry in several(event.get("e")) if _is_entry(entry)]
    return found


def _free(serial: str, rank: str, taken: Traces) -> str:
    """What to call a process that says it is *serial*: every one that was started anew begins at 0."""
    base = f"rank {rank}{serial[1:]}" if rank else serial
    again = sum(1 for name in taken if name.partition("+")[0] == base)
    return f"{base}+{again}" if again else base


def _is_entry(entry: object) -> bool:
    """Whether this is an entry as the trace writes it: operator, or line, call and return with their values."""
    if not isinstance(entry, list) or len(entry) < 4 or not isinstance(entry[1], str):
        return False
    if entry[0] == "o":
        kinds = (str, int, list, list, int)
        return len(entry) == 7 and all(map(isinstance, entry[2:], kinds))
    values = entry[3]
    return isinstance(entry[2], int) and isinstance(values, dict) and all(isinstance(v, str) for v in values.values())
