"""What does not look like work: numbers without the time they take, a silent recorder, traps and leftovers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from artifactpack.core.reference import cell_key, counting
from artifactpack.models.run import RunRecord
from artifactpack.rerun.execute import Ran

_LITTLE = 0.05
_WORTH_MEASURING = 2.0
_TELLING = 256  # bytes: a shorter file may be the same by chance


def suspicions(ran: Sequence[Ran], author: Iterable[RunRecord], scale: float = 1.0) -> tuple[str, ...]:
    """Sentences about runs of *ran* that a reviewer should look at; none of them changes a verdict."""
    known = counting(author)
    found: list[str] = []
    for one in ran:
        theirs = [r for r in known if r.command == one.record.command]
        found += _outside(one)
        if theirs:
            found += _too_fast(one.record, theirs, scale)
            found += _silent(one.record, theirs)
            found += _copied(one.record, theirs)
    return tuple(dict.fromkeys(found))


def _label(run: RunRecord) -> str:
    return f"{run.command} seed {run.seed}"


def _outside(one: Ran) -> Iterable[str]:
    left = one.seen.get("left") or []
    if isinstance(left, list) and left:
        yield f"{_label(one.record)} left processes behind ({', '.join(map(str, left[:3]))}); they were ended"
    removed = one.seen.get("removed") or []
    if isinstance(removed, list) and removed:
        traps = "links out of its folder, pipes, sockets, set-user-id programs, files or folders without end"
        yield f"{_label(one.record)} left traps behind ({traps}); they were removed"


def _too_fast(run: RunRecord, theirs: Sequence[RunRecord], scale: float) -> Iterable[str]:
    """The author's numbers after a sliver of the author's time."""
    if run.state != "finished":
        return
    cpu = sum(r.cost.cpu or r.cost.wall for r in theirs) / len(theirs) * scale
    if cpu < _WORTH_MEASURING or run.cost.cpu > _LITTLE * cpu:
        return
    same = any(_values(run) == _values(r) for r in theirs if cell_key(r.cell) == cell_key(run.cell))
    what = "gave one of the author's results to the last bit" if same else "finished"
    yield f"{_label(run)} {what} after {run.cost.cpu:.2f} s of computing; the author's runs took {cpu:.1f} s"


def _values(run: RunRecord) -> dict[str, float]:
    return {m.name: m.last for m in run.metrics}


def _silent(run: RunRecord, theirs: Sequence[RunRecord]) -> Iterable[str]:
    if run.state == "finished" and not run.observed and any(r.observed for r in theirs):
        yield f"{_label(run)} was not seen from inside, though the author's runs were: something kept the recorder out"


def _copied(run: RunRecord, theirs: Sequence[RunRecord]) -> Iterable[str]:
    """A file that only one of the author's seeds gave, again at a seed that the author never ran."""
    alike = [r for r in theirs if cell_key(r.cell) == cell_key(run.cell)]
    if run.seed in {r.seed for r in alike} or len({r.seed for r in alike}) < 2:
        return
    seeds = {(use.sha256, r.seed) for r in alike for use in r.written if use.sha256 and use.size >= _TELLING}
    often = Counter(digest for digest, _ in seeds)
    alone = {digest: seed for digest, seed in seeds if often[digest] == 1}
    for use in run.written:
        if use.sha256 in alone:
            name = use.path.rpartition("/")[2]
            yield (
                f"{_label(run)} wrote {name} byte for byte as the author's seed {alone[use.sha256]} did: "
                "it is a copy, or the seed does not reach what it should"
            )
            return
