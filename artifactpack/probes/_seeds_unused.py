"""Seeds that reach nothing: helpers nobody calls, options nobody reads, defaults that change by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifactpack.core.facts import at
from artifactpack.models.fact import Defect, Source
from artifactpack.patterns import late
from artifactpack.project import Project, chance
from artifactpack.project.program import Program
from artifactpack.project.settings import SEED_NAME, Setting
from artifactpack.project.valuation import hashes_text

_HELPER = late(r"seed|determin|reproduc|rand|rng", re.IGNORECASE)

_FEW = 2
"""So many calls besides a function may make that is there to seed whatever its name."""


def place(project: Project, path: str, line: int) -> Source:
    line = project.index.line(path, line)
    return at(path, line)


def dead_helpers(project: Project, programs: tuple[Program, ...]) -> Iterator[Defect]:
    """Functions made to seed that no program reaches and no other code names."""
    if not programs:
        return
    reached = {f for p in programs for f in p.functions}
    graph = project.index.graph
    for record in project.index.records.values():
        for scope in record.scopes.values():
            if scope.kind != "f" or (record.path, scope.name) in reached or not _is_helper(record, scope):
                continue
            last = scope.name.rpartition(".")[2]
            named = _HELPER.search(last) is not None
            if _named_elsewhere(project, reached if named else None, last):
                continue
            parent = scope.name.rpartition(".")[0]
            if parent and graph.records[record.path].scopes.get(parent, scope).kind == "c":
                continue
            yield Defect(
                id="seeds.dead_helper",
                fact="seeds.set",
                message=f"{last}() sets seeds, but no program calls it",
                sources=(place(project, record.path, scope.line),),
                fix=f"Call {last}() first in every program that trains or evaluates.",
            )


def _is_helper(record, scope) -> bool:  # type: ignore[no-untyped-def]
    calls = [e for e in scope.events if e.kind == "c"]
    seeds = [e for e in calls if _global(record.resolve(e.name), e.args)]
    if not seeds or any("contextmanager" in d for d in scope.decorators):
        return False
    return _HELPER.search(scope.name.rpartition(".")[2]) is not None or 1 < len(seeds) >= len(calls) - _FEW


def _global(name, args) -> bool:  # type: ignore[no-untyped-def]
    found = chance.seeding(name, args)
    return found is not None and found[0].scope == "global"


def _named_elsewhere(project: Project, reached: set[tuple[str, str]] | None, last: str) -> bool:
    """Whether code that is *reached* (None: any) names *last* in a way that could not be followed."""
    return any(
        e.name.rpartition(".")[2] == last and e.kind in "crk"
        for record in project.index.records.values()
        for scope in record.scopes.values()
        if (reached is None or (record.path, scope.name) in reached) and scope.name.rpartition(".")[2] != last
        for e in scope.events
    )


def all_reads(project: Project) -> frozenset[str]:
    return frozenset().union(*(r.reads for r in project.index.records.values()))


def unread_options(project: Project) -> Iterator[Defect]:
    """Seed options that are declared and that no code reads."""
    reads = all_reads(project)
    handed_on = any(r.startswith("**") for r in reads)
    for dest, settings in project.index.graph.settings.items():
        if not SEED_NAME.search(dest) or dest in reads or f"${dest}" in reads:
            continue
        for setting in settings:
            if _surely_unread(project, setting, handed_on=handed_on):
                shown = setting.flag if setting.flag.startswith("-") else dest
                yield Defect(
                    id="seeds.unread_option",
                    fact="seeds.configurable",
                    message=f"{shown} is {_VERBS.get(setting.kind, 'declared')} and never used: it seeds nothing",
                    sources=(place(project, setting.path, setting.line),),
                    fix="Hand its value to every generator, first thing in the program.",
                )


def unstable_defaults(project: Project) -> Iterator[Defect]:
    """Seed options whose default differs from run to run, used or not."""
    for dest, settings in project.index.graph.settings.items():
        for setting in settings if SEED_NAME.search(dest) else ():
            record = project.index.records.get(setting.path)
            called = [record.resolve(a[1:]) for a in setting.default or () if a[0] == "!"] if record else []
            if "hash" in called and not hashes_text(setting.default or ()):
                called.remove("hash")
            if reasons := [r for name in called if (r := chance.unstable(name))]:
                yield Defect(
                    id="seeds.unstable_default",
                    fact="seeds.stable",
                    message=f"the default of {setting.flag or dest} is not the same in every run: {reasons[0]}",
                    sources=(place(project, setting.path, setting.line),),
                    fix="Use a fixed number as the default.",
                )


_WRITTEN = late(r"(?:^|/)(?:outputs?|results?|logs?|runs|wandb|mlruns|checkpoints?)/", re.IGNORECASE)
"""Folders of what programs wrote: a seed that stands there was recorded, and is not read again."""
_VERBS = {"argparse": "parsed", "click": "parsed", "flags": "parsed", "file": "set", "sacred": "configured"}


def _surely_unread(project: Project, setting: Setting, *, handed_on: bool) -> bool:
    if setting.kind in ("class", "dict", "attribute"):
        return False
    if setting.kind == "file":
        if _WRITTEN.search(setting.path):
            return False
        return not handed_on and bool(project.index.graph.programs) and _config_is_read(project)
    return not handed_on and not _is_parameter(project, setting)


def _is_parameter(project: Project, setting: Setting) -> bool:
    """Whether a decorated function takes the option as a parameter, and its file names it again."""
    if setting.kind != "click":
        return False
    record = project.index.records[setting.path]
    takes = any(setting.dest in dict(s.params) for s in record.scopes.values())
    return takes and len(re.findall(rf"\b{re.escape(setting.dest)}\b", project.index.text(setting.path))) > 2


def _config_is_read(project: Project) -> bool:
    """Whether own code, not a framework that reads keys by itself, loads configuration files."""
    imported = project.index.imported
    return not any(
        m in imported
        for m in (
            "hydra",
            "lightning",
            "pytorch_lightning",
            "jsonargparse",
            "gin",
            "transformers",
            "sacred",
            "tyro",
            "mmcv",
            "mmengine",
            "ray",
            "trl",
        )
    )
