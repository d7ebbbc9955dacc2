"""Determinism: whether deterministic algorithms are asked for, in force, and not taken back."""

from __future__ import annotations

import re

from artifactpack.core.experiments import experiments
from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Defect, Fact, Finding, Observation, Source
from artifactpack.models.run import RunRecord
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.project import Project, chance
from artifactpack.project.program import Set
from artifactpack.project.settings import SEED_NAME, is_config
from artifactpack.project.shell import is_script

NAME = "determinism"
FACTS = {
    "requested": "deterministic algorithms or cuDNN determinism are switched on in own code",
    "settings": "the switches found, with the places where they are set",
    "conflicts": "cuDNN benchmarking is switched on as well, which lets algorithms vary",
    "in_force": "recorded runs ended with a determinism switch on",
}
_TRAINER = late(r"(?:^|\.)(?:Trainer|Fabric|LightningCLI|seed_everything|\w*Trainer)$")
_SHELL_VARIABLE = late(
    r"^[^\S\n]*(?:export\s+|ENV\s+|set\s+)?(?:TF_DETERMINISTIC_OPS|TF_CUDNN_DETERMINISTIC)\s*[= ]\s*[\"']?(?:1|true)",
    re.MULTILINE,
)
_CONFIG_LINE = late(
    r"^(?P<indent>[^\S\n]*)[\"']?deterministic[\"']?\s*[:=]\s*[\"']?(?:true|warn)", re.IGNORECASE | re.MULTILINE
)
_LIGHTNING = ("lightning", "pytorch_lightning")
_MOST = 8


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Collect switches from programs, scripts and configuration; what runs ended with decides."""
    on, off = _switches(project)
    benchmark, beside = _against(project)
    on += _variables(project) + _configured(project)
    watched = _watched(runs, _determinism_names)
    facts = {
        "requested": _requested(on, off, watched),
        "settings": known(seen("static", sorted({s.text or "" for s in on}), *on)) if on else absent("no switch found"),
        "conflicts": _conflicts(on, benchmark),
        "in_force": known(*watched) if watched else unknown("no recorded run was observed"),
    }
    return Finding(facts=facts, defects=_defects(benchmark, beside))


def _switches(project: Project) -> tuple[list[Source], list[Source]]:
    """(switched on, switched on only under an option or off)."""
    on: dict[Source, None] = {}
    off: dict[Source, None] = {}
    for program in project.index.graph.programs:
        for setting in program.settings:
            if _is_switch(setting):
                by_default = not setting.off or SEED_NAME.search(setting.off)
                (on if _true(setting) and by_default else off)[_place(project, setting)] = None
    return list(on)[:_MOST], [p for p in off if p not in on][:_MOST]


def _against(project: Project) -> tuple[list[Source], list[Source]]:
    """Benchmarking that one and the same program switches on for certain beside determinism, and the latter."""
    benchmark: dict[Source, None] = {}
    beside: dict[Source, None] = {}
    for program in project.index.graph.programs:
        timing = [s for s in program.settings if s.name.endswith("cudnn.benchmark")]
        switches = [s for s in program.settings if _is_switch(s)]
        if timing and switches and all(map(_certain, timing + switches)):
            benchmark |= dict.fromkeys(_place(project, s) for s in timing)
            beside |= dict.fromkeys(_place(project, s) for s in switches)
    return list(benchmark)[:_MOST], list(beside)[:_MOST]


def _place(project: Project, setting: Set) -> Source:
    return at(setting.path, project.index.line(setting.path, setting.line), setting.name)


def _certain(setting: Set) -> bool:
    """Whether it is on whatever the configuration says."""
    known_value = setting.value is None or setting.value.constant is not ...
    return known_value and _true(setting) and (not setting.off or SEED_NAME.search(setting.off) is not None)


def _is_switch(setting: Set) -> bool:
    name = setting.name
    if name.endswith("cudnn.deterministic") or name in chance.DETERMINISM_CALLS:
        return True
    if name.startswith("os.environ."):
        return name.removeprefix("os.environ.") in chance.DETERMINISM_VARIABLES[:2]
    return _TRAINER.search(name) is not None


def _true(setting: Set) -> bool:
    value = setting.value
    if value is None or value.constant is ...:
        return True
    return value.constant not in (False, None, 0, "0", "False", "false", "")


def _variables(project: Project) -> list[Source]:
    """Environment variables that scripts and container files set."""
    found = []
    for path in project.files:
        if is_script(path) and not project.index.roles.is_vendored(path):
            text = project.read_text(path, 1 << 18)
            found += [
                at(path, text.count("\n", 0, m.start()) + 1, m.group().strip()) for m in _SHELL_VARIABLE.finditer(text)
            ]
    return found


def _configured(project: Project) -> list[Source]:
    """``deterministic: true`` for a Lightning trainer."""
    if not any(m in project.index.imported for m in _LIGHTNING):
        return []
    found = []
    for path in project.files:
        if is_config(path) and path.endswith((".yaml", ".yml")) and project.size(path) < 1 << 18:
            text = project.read_text(path)
            found += [
                at(path, text.count("\n", 0, m.start("indent")) + 1, m.group().strip())
                for m in _CONFIG_LINE.finditer(text)
                if "trainer" in path.lower() or "trainer:" in text[: m.start()]
            ]
    return found


def _determinism_names(record: RunRecord) -> bool:
    return any("determin" in s.name.lower() and s.at_exit not in (False, None, 0, "0", "") for s in record.settings)


def _watched(runs: RunEvidence, test) -> list[Observation]:  # type: ignore[no-untyped-def]
    kinds: dict[str, list[RunRecord]] = {}
    for record in experiments(runs):
        if record.settings:
            kinds.setdefault(runs.known(record), []).append(record)
    return [
        seen(kind, all(test(r) for r in same), *(Source(run=r.id, field="settings") for r in same[:_MOST]))  # type: ignore[arg-type]
        for kind, same in kinds.items()
    ]


def _requested(on: list[Source], off: list[Source], watched: list[Observation]) -> Fact:
    if on:
        return known(*watched, seen("static", True, *on))
    if watched:
        return known(*watched, seen("static", False, *off))
    if off:
        return known(seen("static", False, *off, note="only under an option that is off by default, or set to False"))
    return absent("no program sets cudnn.deterministic, use_deterministic_algorithms or a trainer's deterministic")


def _conflicts(on: list[Source], benchmark: list[Source]) -> Fact:
    if on and benchmark:
        return known(seen("static", True, *benchmark))
    return known(seen("static", False, *on)) if on else unknown("no switch found")


def _defects(benchmark: list[Source], beside: list[Source]) -> tuple[Defect, ...]:
    if not benchmark:
        return ()
    return (
        Defect(
            id="determinism.benchmark",
            fact="determinism.requested",
            message="cudnn.benchmark is switched on as well: it picks algorithms by timing",
            sources=(*benchmark[:3], *beside[:1]),
            fix="Set torch.backends.cudnn.benchmark = False where determinism is asked for.",
        ),
    )
