"""Training settings that forms ask for one by one: their values in runs, options, configuration and constants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Fact, Finding, Observation, Source
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._own import line_number
from artifactpack.project import Project
from artifactpack.project.settings import is_config

NAME = "settings"
FACTS = {
    "epochs": "number of epochs",
    "batch_size": "batch size",
    "accumulation": "steps over which gradients are accumulated",
    "framework": "the learning framework that the code imports",
    "mixed_precision": "the code trains in mixed or reduced precision",
    "distributed": "the code trains on several devices or processes, or a recorded run did",
}
_NAMES = {
    "epochs": late(r"(?:n|num|max|total|train|nb)?[_-]?(?:train[_-]?)?epochs?", re.IGNORECASE),
    "batch_size": late(r"(?:train[_-]?|per[_-]device[_-]train[_-])?(?:mini)?batch[_-]?size|bs", re.IGNORECASE),
    "accumulation": late(r"(?:grad(?:ient)?[_-]?)?accum\w*[_-]?(?:steps|iter\w*|grad\w*)?", re.IGNORECASE),
}
_PARTS = ("epoch", "batch", "bs", "accum")
_LINE = late(r"^[^\S\n]*[\"']?([\w-]{2,40})[\"']?\s*[:=]\s*(\d[\d_.e-]{0,12})\s*(?:[,#;].*)?$", re.MULTILINE)
_PRECISION = late(
    rb"\bautocast\b|\bGradScaler\b|\bmixed_precision\b|\bfp16\b|\bbf16\b|\bbfloat16\b|\bapex\.amp\b|\.half\(\)"
)
_PRECISION_TOKENS = (b"autocast", b"GradScaler", b"mixed_precision", b"fp16", b"bf16", b"bfloat16", b"apex", b".half(")
_SEVERAL = late(
    rb"\bDistributedDataParallel\b|\bFullyShardedDataParallel\b|\bDataParallel\b|\binit_process_group\b|\bdeepspeed\b"
    rb"|\bAccelerator\(|\bhorovod\b|\bMirroredStrategy\b|\bjax\.pmap\b|\bstrategy\s*=\s*[\"'](?:ddp|fsdp)"
)
_SEVERAL_TOKENS = (
    b"Parallel",
    b"init_process_group",
    b"deepspeed",
    b"Accelerator(",
    b"horovod",
    b"Mirrored",
    b"strategy",
    b"pmap",
)
_FRAMEWORKS = ("torch", "tensorflow", "jax", "flax", "keras", "sklearn", "xgboost", "lightgbm", "mxnet", "paddle")
_MOST = 4


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report each setting with its value; absent where there is code that does not have it, unknown without code."""
    facts = {name: _value(name, project, runs, systems) for name in _NAMES}
    facts["framework"] = _framework(project)
    facts["mixed_precision"] = _found(
        project, _in_code(project, _PRECISION, _PRECISION_TOKENS), "no reduced precision in the code"
    )
    ranks = [seen(runs.known(r), True, Source(run=r.id, field="ranks")) for r in runs.records if r.ranks > 1]
    several = ranks[:_MOST] + _in_code(project, _SEVERAL, _SEVERAL_TOKENS)
    facts["distributed"] = _found(project, several, "neither code nor runs train on several devices")
    return Finding(facts=facts)


def _value(name: str, project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Fact:
    named = _NAMES[name].fullmatch
    found = [
        seen(runs.known(r), value, Source(run=r.id, field=f"parameters.{key}"))
        for r in runs.records
        for key, value in r.parameters.items()
        if named(key) and _is_number(value)
    ][:_MOST]
    found += [
        seen("system", value, Source(system=t.system, run=t.id, field=key))
        for s in systems
        for t in s.runs
        for key, value in t.parameters.items()
        if named(key.rpartition(".")[2]) and _is_number(value)
    ][:_MOST]
    found += _declared(project, name)
    return _found(project, found, f"no {name.replace('_', ' ')} in runs, options, configuration or constants")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _declared(project: Project, name: str) -> list[Observation]:
    """Values in options and constants of own code, then in configuration files."""
    named, index = _NAMES[name].fullmatch, project.index
    found = []
    for path, record in index.records.items():
        told = [(o.line, o.dest, value) for o in record.options for value in o.default or ()]
        told += [(line, key, value) for line, key, value in record.numbers]
        for line, key, value in told:
            if named(key.rpartition(".")[2]) and (number := _number(value)) is not None:
                found.append(seen("static", number, at(path, index.line(path, line), f"{key} = {number:g}")))
    for path, line, key, value, said in project.once("lines of configuration", lambda: list(_configured(project))):
        if named(key) and (number := _number(value)) is not None:
            found.append(seen("static", number, at(path, line, said)))
    return found[:_MOST]


def _configured(project: Project) -> Iterator[tuple[str, int, str, str, str]]:
    """(path, line, key, value, the whole line) of what configuration files give a setting, read once for all."""
    for path in (f for f in project.files if is_config(f) and 0 < project.size(f) < 1 << 16):
        text = project.read_text(path)
        lowered = text.lower()
        for match in _LINE.finditer(text) if any(part in lowered for part in _PARTS) else ():
            if _asked_for(match[1]):
                line = text.count("\n", 0, match.start(1)) + 1
                yield path, line, match[1], match[2], match.group().strip()


@lru_cache(maxsize=1 << 12)
def _asked_for(key: str) -> bool:
    return any(named.fullmatch(key) for named in _NAMES.values())


def _number(text: object) -> float | None:
    """The number that a default or a constant is, "" of an option and names excepted."""
    try:
        value = float(str(text).strip("=\"' ").replace("_", ""))
    except ValueError:
        return None
    return int(value) if value.is_integer() else value


def _framework(project: Project) -> Fact:
    imported = {module.partition(".")[0] for module in project.index.imported}
    used = [name for name in _FRAMEWORKS if name in imported]
    return known(seen("static", used)) if used else _found(project, [], "no known framework is imported")


def _in_code(project: Project, pattern: re.Pattern[bytes], tokens: tuple[bytes, ...]) -> list[Observation]:
    index, found = project.index, []
    for path in index.matching(pattern, tokens):
        data = index.source(path)
        match = pattern.search(data)
        if match:
            found.append(seen("static", True, at(path, index.line(path, line_number(data, match.start())))))
    return found[:_MOST]


def _found(project: Project, found: list[Observation], missing: str) -> Fact:
    if found:
        return known(*found)
    return absent(missing) if project.index.paths else unknown("no code in the project")
