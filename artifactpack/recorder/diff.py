"""What differs between two records of runs: settings, seeds, inputs, packages first, then what came out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from artifactpack.core.parameter_names import is_seed
from artifactpack.models.outcome import Difference
from artifactpack.models.records import Json
from artifactpack.models.run import RunRecord, Seeding

CAUSES = ("command", "parameter", "seed", "code", "environment", "setting", "rng", "input", "package", "hardware")
SHOWN = 60
_ALWAYS_DIFFERENT = {"torch.initial_seed"}


def differences(one: RunRecord, two: RunRecord) -> tuple[Difference, ...]:
    """Every difference, possible causes before results; kinds are those of :data:`CAUSES`, ``metric``, ``output``."""
    found: list[Difference] = []
    found += _plain(one, two)
    found += _mapping("parameter", *_parameters(one, two))
    if one.observed and two.observed:
        found += _inside(one, two)
    found += _mapping("metric", _metrics(one), _metrics(two))
    found += _mapping("output", _outputs(one), _outputs(two))
    return tuple(found)


def _parameters(one: RunRecord, two: RunRecord) -> tuple[dict[str, Json], dict[str, Json]]:
    """The cells, and where both runs tell them, what else was on their command lines, but for seeds: told apart."""
    if not (one.parameters and two.parameters):
        return dict(one.cell), dict(two.cell)
    first, second = ({k: v for k, v in run.parameters.items() if not is_seed(k)} for run in (one, two))
    return first, second


def _inside(one: RunRecord, two: RunRecord) -> list[Difference]:
    """What only an observed run tells; a declared one is silent about it, which is no difference."""
    return [
        *_mapping("environment", one.environment, two.environment),
        *_mapping("setting", _settings(one), _settings(two)),
        *_seedings(one, two),
        *_mapping("rng", _unseeded(one), _unseeded(two)),
        *_mapping("input", _inputs(one), _inputs(two)),
        *_mapping("package", _packages(one), _packages(two)),
        *_mapping("hardware", _hardware(one), _hardware(two)),
        *_mapping("operator", one.operators, two.operators),
    ]


def causes(found: Iterable[Difference]) -> tuple[Difference, ...]:
    """Those that could be the reason for the others."""
    return tuple(d for d in found if d.kind in CAUSES)


def results(found: Iterable[Difference]) -> tuple[Difference, ...]:
    """Those that are what came out."""
    return tuple(d for d in found if d.kind not in CAUSES)


def _plain(one: RunRecord, two: RunRecord) -> Iterable[Difference]:
    pairs: tuple[tuple[str, str, Json, Json], ...] = (
        ("command", "command", one.command, two.command),
        ("command", "argv", _argv(one), _argv(two)),
        ("command", "state", one.state, two.state),
        ("seed", "seed", one.seed, two.seed),
        ("code", "commit", one.code.commit, two.code.commit),
        ("code", "uncommitted changes", one.code.diff_sha256, two.code.diff_sha256),
        (
            "package",
            "python",
            f"{one.implementation} {one.python}".strip(),
            f"{two.implementation} {two.python}".strip(),
        ),
    )
    return [
        Difference(kind=k, name=n, expected=a, got=b) for k, n, a, b in pairs if a != b and ((a and b) or n == "seed")
    ]


def _argv(run: RunRecord) -> list[str]:
    """The words, with the run's own and its partners' folders named alike."""
    words = list(run.argv)
    for number, name in enumerate((run.id, *run.needs)):
        words = [word.replace(name, f"<run {number}>") for word in words]
    return words


def _mapping(kind: str, one: Mapping[str, Json], two: Mapping[str, Json]) -> list[Difference]:
    names = [name for name in dict.fromkeys((*one, *two)) if not _equal(one.get(name), two.get(name))]
    return [Difference(kind=kind, name=n, expected=one.get(n), got=two.get(n)) for n in names[:SHOWN]]


def _equal(one: Json, two: Json) -> bool:
    if isinstance(one, float) and isinstance(two, float) and math.isnan(one) and math.isnan(two):
        return True
    return bool(one == two)


def _settings(run: RunRecord) -> dict[str, Json]:
    told: dict[str, Json] = {}
    for setting in run.settings:
        if setting.name not in _ALWAYS_DIFFERENT:
            told[setting.name] = setting.at_exit if setting.at_start is None else setting.at_start
    return told


def _seedings(one: RunRecord, two: RunRecord) -> list[Difference]:
    """Seeds that reached a generator at the same line with another value: a seed made of time or entropy."""
    first, second = _by_place(one.seedings), _by_place(two.seedings)
    return _mapping("rng", first, second)


def _by_place(seedings: Iterable[Seeding]) -> dict[str, Json]:
    places: dict[str, list[Json]] = {}
    for seeding in seedings:
        if not seeding.process:
            name = f"{seeding.call} at {seeding.path or '?'}:{seeding.line}"
            places.setdefault(name, []).append(seeding.value)
    return {name: values if len(values) > 1 else values[0] for name, values in places.items()}


def _unseeded(run: RunRecord) -> dict[str, Json]:
    return {f"{rng.rng} without a seed at {rng.path or '?'}:{rng.line}": True for rng in run.unseeded}


def _own(run: RunRecord, path: str) -> str:
    for number, name in enumerate((run.id, *run.needs)):
        path = path.replace(f".artifactpack/runs/{name}/", f"<run {number}>/")
    return path


def _inputs(run: RunRecord) -> dict[str, Json]:
    return {_own(run, use.path): use.sha256 for use in run.read}


def _outputs(run: RunRecord) -> dict[str, Json]:
    return {_own(run, use.path): use.sha256 for use in run.written}


def _packages(run: RunRecord) -> dict[str, Json]:
    return {package.name: package.version for package in run.packages}


def _hardware(run: RunRecord) -> dict[str, Json]:
    hardware = run.hardware
    gpus = [f"{gpu.name} driver {gpu.driver} cuDNN {gpu.cudnn}" for gpu in hardware.gpus]
    return {"processor": hardware.cpu, "cores": hardware.cores, "gpus": gpus, "flags": list(hardware.cpu_flags)}


def _metrics(run: RunRecord) -> dict[str, Json]:
    return {metric.name: metric.last for metric in run.metrics}
