"""What differs between the author's machine and this one, and whether that still allows a bit-for-bit comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from artifactpack.core.reference import cell_key, counting, reference_run
from artifactpack.models.outcome import Difference
from artifactpack.models.rerun import Judged
from artifactpack.models.run import Hardware, RunRecord

_BITS = ("python", "package", "cpu", "cpu flags", "machine", "gpu", "setting", "variable")


def before_running(
    records: Sequence[RunRecord], python: str, packages: Mapping[str, str], here: Hardware
) -> tuple[Difference, ...]:
    """Differences known before anything runs; *packages* are those of the environment, by normalised name."""
    found: list[Difference] = []
    runs = counting(records)
    if runs:
        latest = max(runs, key=lambda r: r.started)
        if python and latest.python and python != latest.python:
            found.append(Difference(kind="python", name="version", expected=latest.python, got=python))
        found += hardware_differences(latest.hardware, here, gpus=False)
    if packages:
        found += package_differences({p.name: p.version for r in runs for p in r.packages}, packages, missing=True)
    return tuple(found)


def hardware_differences(author: Hardware, here: Hardware, gpus: bool = True) -> list[Difference]:
    """Processor, its flags, machine type, cores, and graphics cards."""
    pairs: list[tuple[str, str, object, object]] = [
        ("machine", "architecture", author.machine, here.machine),
        ("cpu", "model", author.cpu, here.cpu),
        ("cpu flags", "instruction sets", " ".join(author.cpu_flags), " ".join(here.cpu_flags)),
        ("cores", "count", author.cores, here.cores),
    ]
    if gpus:
        theirs, ours = (", ".join(g.name for g in h.gpus) for h in (author, here))
        pairs.append(("gpu", "cards", theirs, ours))
    return [Difference(kind=k, name=n, expected=a, got=b) for k, n, a, b in pairs if a and a != b]


def package_differences(author: Mapping[str, str], here: Mapping[str, str], missing: bool = False) -> list[Difference]:
    """Packages whose versions differ; with *missing* also those that are not there."""
    ours = {_plain(name): version for name, version in here.items()}
    found = []
    for name, version in sorted(author.items()):
        got = ours.get(_plain(name))
        if got != version and (got is not None or missing):
            found.append(Difference(kind="package", name=name, expected=version, got=got))
    return found


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def after_running(author: Sequence[RunRecord], rerun: Sequence[RunRecord]) -> tuple[Difference, ...]:
    """What the two records, command by command, show to differ: Python, packages, hardware, settings, data."""
    found: list[Difference] = []
    for command in dict.fromkeys(r.command for r in rerun):
        theirs = [r for r in counting(author) if r.command == command]
        ours = [r for r in counting(rerun) if r.command == command]
        if theirs and ours:
            found += _pair(*_alike(theirs, ours))
    return tuple(dict.fromkeys(found))


def _alike(author: Sequence[RunRecord], rerun: Sequence[RunRecord]) -> tuple[RunRecord, RunRecord]:
    """The last two runs of one seed and one cell, where there are such: what a seed changes is no difference."""
    known = {(r.seed, cell_key(r.cell)): r for r in author}
    for ours in reversed(rerun):
        theirs = known.get((ours.seed, cell_key(ours.cell)))
        if theirs is not None:
            return theirs, ours
    return author[-1], rerun[-1]


def _pair(author: RunRecord, rerun: RunRecord) -> Iterable[Difference]:
    if author.python and rerun.python and author.python != rerun.python:
        yield Difference(kind="python", name="version", expected=author.python, got=rerun.python)
    yield from hardware_differences(author.hardware, rerun.hardware)
    yield from package_differences(
        {p.name: p.version for p in author.packages}, {p.name: p.version for p in rerun.packages}
    )
    yield from _named("setting", _settings(author), _settings(rerun))
    yield from _named("variable", _quiet(author.environment), _quiet(rerun.environment))
    yield from _data(author, rerun)


def _settings(run: RunRecord) -> dict[str, object]:
    """Without torch's seed: it follows from the run's own, and where a program sets none it is new every time."""
    return {s.name: s.at_exit for s in run.settings if s.name != "torch.initial_seed"}


_LOCAL = ("PYTHONPATH", "LANG", "LC_ALL", "TZ")


def _quiet(variables: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in variables.items() if k not in _LOCAL}


def _named(kind: str, author: Mapping[str, object], here: Mapping[str, object]) -> Iterable[Difference]:
    for name in sorted({*author, *here}):
        if author.get(name) != here.get(name):
            yield Difference(kind=kind, name=name, expected=author.get(name), got=here.get(name))


def _data(author: RunRecord, rerun: RunRecord) -> Iterable[Difference]:
    """Files that both runs read and that are not the same."""
    ours = {use.path: use.sha256 for use in rerun.read}
    for use in author.read:
        got = ours.get(use.path)
        if use.sha256 and got and got != use.sha256:
            yield Difference(kind="data", name=use.path, expected=use.sha256[:16], got=got[:16])


def judged(
    records: Sequence[RunRecord], differences: Sequence[Difference], environment_known: bool
) -> tuple[Judged, str]:
    """Whether this re-run can be judged bit for bit, statistically, or not at all, and why."""
    summaries = reference_run(records).summaries
    if not summaries:
        return "not at all", "the bundle records no metric of any finished run"
    noisy = [s for s in summaries if s.repeat_sd]
    if noisy:
        return "statistically", f"the author's repeats of one seed differ ({noisy[0].command}:{noisy[0].metric})"
    kinds = list(dict.fromkeys(d.kind for d in differences if d.kind in _BITS))
    if kinds:
        return "statistically", f"another {', '.join(kinds)} than the author's"
    repeated = any(s.repeat_sd == 0 for s in summaries)
    why = (
        "the author's repeats were identical"
        if repeated
        else "the author recorded no repeats, so it may not come out so"
    )
    known = "same Python, packages and processor" if environment_known else "same Python and processor"
    return "bit for bit", f"{known}; {why}"
