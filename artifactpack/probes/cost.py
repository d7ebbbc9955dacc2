"""What the experiments cost: time, energy, memory, disk, over all runs, failed ones too."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Fact, Finding, Source
from artifactpack.models.run import RunRecord
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._own import remarks
from artifactpack.probes._paper import given, on_our_runs, places
from artifactpack.project import Project
from artifactpack.project.prose import Line

if TYPE_CHECKING:
    from artifactpack.core.latex_outline import Sentence

NAME = "cost"
FACTS = {
    "stated": "a duration of training, running or searching is given in documents or comments",
    "recorded": "recorded runs know their time",
    "described": "stated, in the paper's text too, or recorded",
    "given": "described; known not to be only where the paper was read, too",
    "each_run": "time and memory of every single recorded run are known",
    "runs": "number of recorded runs, failed ones too",
    "failed_runs": "number of recorded runs that failed",
    "failed_seconds": "wall time over recorded runs that failed, in seconds",
    "training_seconds": "wall time over finished recorded training runs, in seconds",
    "dates": "dates of the first and the last recorded run",
    "wall_seconds": "wall time over all recorded runs, in seconds",
    "gpu_seconds": "GPU time over all recorded runs, in seconds",
    "peak_memory": "largest peak memory of a recorded run, in bytes",
    "disk": "disk written by all recorded runs, in bytes",
    "energy": "energy of all recorded runs in joules, where it could be read",
}
_AMOUNT = (
    r"(?:(?<![\d.,])\d{1,6}(?:[.,]\d{1,4})?\s?(?:(?:-|–|to|~)\s?\d{1,6}(?:\.\d{1,4})?)?"
    r"\+?\s?-?(?:GPU[- ]|CPU[- ]|TPU[- ])?"
    r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|hr|h|days?|weeks?)\b|\b\d+(?:\.\d+)?\s(?:GPU|CPU)[- ]years\b"
    r"|\b\d{1,3}\s?h\s?\d{1,2}\s?m(?:in)?\b|\b\d{1,3}\s?m(?:in)?\s?\d{1,2}\s?s(?:ec)?\b"
    r"|(?<!\bof )\b(?:a few|several|one|two|three|four|five|six|half an?|an?|couple of|many"
    r"|10s of)\s(?:GPU[- ])?(?:minutes?|hours?|days?|weeks?)\b)"
)
_DURATION = late(_AMOUNT, re.IGNORECASE)
_COSTS = late(
    r"\b(?:takes?|took|taking|trained?|training|runs?|running|finish(?:es|ed)?|complet\w+|requires?|needs?"
    r"|wall[- ]?(?:clock|time)|"
    r"run[- ]?time|search(?:ing)?|speed|within|approximately|about|roughly|around|less than|under|up to"
    r"|costs?|lasts?|per epoch|compute|"
    r"GPU[- ](?:hours?|days?)|CPU[- ](?:hours?|years?)|evaluat\w+|convergence|generat\w+|total time|time)\b",
    re.IGNORECASE,
)
_NOT_A_COST = late(
    r"\b(?:sampl(?:ed|ing) every|ahead|horizon|forecast\w*|time[- ]?series|observations?|history|windows?"
    r"|every \d+|interval|"
    r"time ?limit|--time|timeout|walltime=|last \d+|past \d+|ago|old|recordings?|videos? of|audio|footage"
    r"|updated?|hourly|"
    r"to (?:down)?load|\bwait\b|boot|sign up|deadline|review\w*|submission|withdraw|if you (?:want|wish)"
    r"|patients?|stays?|in the (?:next|coming)|will be|released?"
    r"|rate[- ]limits?|upper limit|setup\.\w+|setting up|to install|installing|installation|compil(?:e|ing|ation)"
    r"|response within|contact|e-?mail|get back)\b|\b\d+ ?(?:hours?|days?) of (?:data|speech|audio|video)",
    re.IGNORECASE,
)
_TIMED = late(
    r"\b(?:training|run(?:ning)?|search|wall[- ]?clock|compute) ?time\b|\bGPU[- ](?:hours|days)\b|\bruntime\b",
    re.IGNORECASE,
)
_MEASURED = late(r"\b(?:report|show|list|give|compare)s?\b[^.]{0,60}\bwall[- ]?clock time\b", re.IGNORECASE)
"""What announces a table of durations."""
_COLUMN = late(
    r"(?:^|\|)\s*(?:[\w-]{1,40}[ -])?time\s*[(\[](?:in )?(?:s|secs?|seconds?|mins?|minutes?|h|hours?|days?)\b", re.I
)
"""A table's column of durations."""
_TO_COMPUTE = r"(?:epochs|runs|experiments|jobs|nodes|machines|cores|steps|[gct]pus|\w+ations)"
_SPAN_OF_DATA = late(
    rf"\b(?:minutes?|hours?|days?|weeks?|months?) of (?!{_TO_COMPUTE}\b)[a-z]+s\b"
    r"|\b(?:minutes?|hours?|days?|weeks?|months?) (?:in|for|as) the (?:train|valid|dev|test)\w*(?: and \w+)? sets?\b"
    r"|\b(?:samples?|instances?|rows?|records?|entries|examples?|points|trips?|orders?) (?:with|where|whose|having"
    r"|for which)\b[^.,;]{0,60}\b(?:less|more|fewer|longer|shorter|greater|smaller) than\b",
    re.IGNORECASE,
)
"""A duration that the data span, or by which they are chosen."""
_COMMENT = late(
    rb"^[^#\n]*#(?>[^\n]*?\b(?:takes?|took|run[- ]?time|train(?:s|ing)?)\b)"
    rb"[^\n]*?\b(?:minutes?|mins?|hours?|hrs?|days?|\d+ ?[hm] ?\d+ ?[ms](?:in|ec)?)\b",
    re.IGNORECASE | re.MULTILINE,
)


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report durations that documents give, and the ledger over all recorded runs."""
    stated = [seen("static", True, at(x.path, x.number, x.text)) for x in project.prose.lines if _states(x)]
    stated += [seen("static", True, at(*r)) for r in remarks(project, _COMMENT) if says_cost(r.text.lstrip("# "))]
    timed = [r for r in runs.records if r.cost.wall]
    recorded = [
        seen(runs.known(r), True, Source(run=r.id, field="cost"), note=f"{r.cost.wall:.0f} s") for r in timed[:4]
    ]
    recorded += [
        seen("system", True, note=f"{s.system}: {r.wall:.0f} s") for s in systems for r in s.runs[:2] if r.wall
    ]
    written = places(project, paper_time)
    missing = "no document or comment gives a duration of training or running"
    facts = {
        "stated": known(*stated[:8]) if stated else absent(missing),
        "recorded": known(*recorded) if recorded else absent("no recorded run knows its time"),
        "described": known(*recorded, *written, *stated[:4])
        if recorded or written or stated
        else absent(f"{missing}; nothing is recorded"),
        "each_run": _each(runs),
    }
    facts["given"] = given(facts["described"], project)
    return Finding(facts=facts | ledger(runs))


_OF_DATA = late(r"\b(?:seconds?|minutes?|hours?|days?) of (?!train|comput|GPU|CPU|wall|run)|\bHz\b", re.IGNORECASE)


def paper_time(one: Sentence) -> bool:
    """Tell whether a sentence of the paper gives how long something takes."""
    return one.place.kind != "Figure" and says_cost(one.text) and not _OF_DATA.search(one.text) and on_our_runs(one)


_HOURS = late(r"\d ?h\b|\d ?[hm] ?\d{1,2} ?[ms]")
_UNITS = ("sec", "min", "hour", "hr", "day", "week", "year")


def says_cost(text: str) -> bool:
    """Tell whether *text* gives how long something of the project's takes."""
    lowered = text.lower()
    return (any(unit in lowered for unit in _UNITS) or _HOURS.search(lowered) is not None) and bool(
        _DURATION.search(text) and _COSTS.search(text) and not (_NOT_A_COST.search(text) or _SPAN_OF_DATA.search(text))
    )


def _states(line: Line) -> bool:
    if line.kind == "code":
        return line.raw.lstrip().startswith("#") and says_cost(line.text.lstrip("# "))
    if line.kind == "table":
        return bool((_TIMED.search(line.text) and re.search(r"\d", line.text)) or _COLUMN.search(line.text))
    return (
        says_cost(line.text)
        or bool(_MEASURED.search(line.text))
        or bool(_TIMED.search(line.text) and _DURATION.search(line.text) and not _NOT_A_COST.search(line.text))
    )


def _each(runs: RunEvidence) -> Fact:
    if not runs.records:
        return absent("no recorded run")
    bare = [r for r in runs.records if not (r.cost.wall and r.cost.peak_memory)]
    kind = runs.together(bare or runs.records)
    return known(
        seen(kind, not bare, note=f"{len(bare)} of {len(runs.records)} runs lack time or memory" if bare else "")
    )


def ledger(runs: RunEvidence) -> dict[str, Fact]:
    """Return counts and sums over every record; unknown where no run is recorded."""
    records = runs.records
    if not records:
        return {name: unknown("no recorded run") for name in (*_SUMS, "dates")} | {
            "runs": known(seen("static", 0)),
            "failed_runs": known(seen("static", 0)),
        }
    kind = runs.together(records)
    facts = {name: known(seen(kind, measure(records))) for name, measure in _SUMS.items()}
    energies = [r.cost.energy for r in records if r.cost.energy is not None]
    facts["energy"] = known(seen(kind, sum(energies))) if energies else unknown("no energy counter could be read")
    facts["runs"] = known(seen(kind, len(records)))
    dates = sorted(r.started[:10] for r in records if r.started)
    facts["dates"] = known(seen(kind, [dates[0], dates[-1]])) if dates else unknown("no recorded run knows its date")
    facts["failed_runs"] = known(seen(kind, sum(r.state != "finished" for r in records)))
    return facts


_SUMS: dict[str, Callable[[tuple[RunRecord, ...]], object]] = {
    "wall_seconds": lambda records: round(sum(r.cost.wall for r in records), 3),
    "failed_seconds": lambda records: round(sum(r.cost.wall for r in records if r.state != "finished"), 3),
    "training_seconds": lambda records: round(
        sum(r.cost.wall for r in records if r.state == "finished" and r.tier == "train"), 3
    ),
    "gpu_seconds": lambda records: round(sum(r.cost.gpu_seconds for r in records), 3),
    "peak_memory": lambda records: max(r.cost.peak_memory for r in records),
    "disk": lambda records: sum(r.cost.disk for r in records),
    "energy": lambda records: None,
}
