"""Commands: what documents and configuration tell to run, and whether the files they name exist."""

from __future__ import annotations

import re
from itertools import takewhile

from artifactpack.core.facts import absent, at, known, seen
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Defect, Fact, Finding, Observation, Source
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._commands_judged import evaluates, trains
from artifactpack.probes._commands_missing import missing
from artifactpack.probes._commands_told import NEXT, SCRIPT, Told, told
from artifactpack.project import Project

NAME = "commands"
FACTS = {
    "train": "a document or the configuration tells what to run to train, and the file it names exists",
    "evaluate": "a document or the configuration tells what to run to evaluate, and the file it names exists",
    "smoke": "a short command that shows that the artifact works is declared",
    "declared": "commands of the configuration",
    "missing": "files that documents tell to run and that are not there",
    "missing_preparation": "scripts that documents tell to run to prepare data and that are not there",
    "unknown_flags": "flags that documents use and the program does not have",
}
_PREPARATION = late(
    r"pre_?process|prepar|data_?prep|clean|featuri[sz]e|tokeni[sz]e|(?:build|make|process|convert)_?\w*data",
    re.IGNORECASE,
)
_FLAG_EVALUATES = late(r"\b(?:to|can|will)\s+(?:\w+\s+){0,3}(?:evaluate|test|validate)\b", re.IGNORECASE)
_MOST = 6


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Read documents and configuration; look each named file up in the tree."""
    found = list(told(project))
    present = [t for t in found if t.file]
    gone = missing(project, found)
    facts = {
        "train": _fact(project, "train", [t.source for t in present if trains(project, t)]),
        "evaluate": _fact(
            project, "evaluate", [t.source for t in present if evaluates(project, t)] + _described(project, present)
        ),
        "smoke": _fact(project, "smoke", []),
        "declared": known(seen("static", sorted(project.config.commands), at(project.config_path)))
        if project.config.commands
        else absent("no commands in the configuration"),
        "missing": _missing(gone),
        "missing_preparation": _missing([t for t in gone if _PREPARATION.search(t.name.rpartition("/")[2])]),
        "unknown_flags": _unknown_flags(project, present),
    }
    return Finding(facts=facts, defects=tuple(_defects(gone)))


def _described(project: Project, present: list[Told]) -> list[Source]:
    """A flag that a sentence says evaluates, where the programs have it; a snippet under a heading that says so."""
    if not any(t.literal for t in present):
        return []
    flags = {s.flag for settings in project.index.graph.settings.values() for s in settings if s.flag.startswith("--")}
    spelled = flags | {f.replace("_", "-") for f in flags}
    found = [
        at(line.path, line.number, line.text)
        for line, match in project.prose.find(_FLAG_IN_TEXT)
        if _FLAG_EVALUATES.search(line.text) and match.group(1) in spelled
    ]
    return found + [
        at(line.path, line.number, line.text)
        for line in project.prose.lines
        if line.kind == "code" and line.raw.startswith(("from ", "import ")) and _EVAL_HEADING.search(line.section)
    ]


_FLAG_IN_TEXT = late(r"(?<![\w-])(--[A-Za-z][\w-]+)")
_EVAL_HEADING = late(
    r"(?:^|/)[^\w/]*(?:\d[\d.]*\s*)?(?:results|evaluation|evaluate|testing)\b[^/]*(?:$|/)", re.IGNORECASE
)


def _fact(project: Project, tier: str, sources: list[Source]) -> Fact:
    observations: list[Observation] = []
    if sources:
        observations.append(seen("static", True, *dict.fromkeys(sources[:_MOST])))
    declared = [n for n, c in project.config.commands.items() if c.tier == tier]
    if declared:
        observations.append(seen("author", True, at(project.config_path), note=f"commands.{declared[0]}"))
    if observations:
        return known(*observations)
    return absent(f"no document tells a command that would {tier} with a file that is there")


def _missing(gone: list[Told]) -> Fact:
    if gone:
        return known(seen("static", sorted({t.name for t in gone}), *(t.source for t in gone[:_MOST])))
    return absent("every file that documents tell to run is there")


def _unknown_flags(project: Project, told: list[Told]) -> Fact:
    """Flags of commands for a script that declares its options by argparse in that very file."""
    wrong: dict[str, Source] = {}
    for one in told:
        record = project.index.records.get(one.file)
        flags = {o.flag for o in record.options if o.maker == "argparse"} if record and one.literal else set()
        if (
            len(flags) < 2
            or record is None
            or any(t.startswith(("hydra", "absl", "tensorflow.app")) for t, _ in record.modules)
        ):
            continue
        known_flags = flags | {f.replace("_", "-") for f in flags} | {"-h", "--help"}
        for word in _own_arguments(one):
            flag = word.partition("=")[0]
            if (
                re.fullmatch(r"--[A-Za-z][\w-]*", flag)
                and flag not in known_flags
                and not _abbreviates(flag, known_flags)
            ):
                wrong.setdefault(f"{one.file} {flag}", one.source)
    options_elsewhere = {s.flag for settings in project.index.graph.settings.values() for s in settings}
    wrong = {k: v for k, v in wrong.items() if k.rpartition(" ")[2] not in options_elsewhere}
    if wrong:
        return known(seen("static", sorted(wrong), *list(wrong.values())[:_MOST]))
    return absent("every flag that documents use is declared")


def _own_arguments(one: Told) -> list[str]:
    """The words that the script is given: behind its name, where a launcher has some of its own before it, and up to
    the next command."""
    words = one.arguments.split()
    place = next((n for n, word in enumerate(words, 1) if word.removeprefix("./") == one.name), 0)
    return list(takewhile(lambda word: word not in NEXT, words[place:]))


def _abbreviates(flag: str, flags: set[str]) -> bool:
    return any(f.startswith(flag) for f in flags)


def _defects(gone: list[Told]) -> list[Defect]:
    first: dict[str, Told] = {}
    for one in gone:
        if one.name.endswith(SCRIPT[:4]):
            first.setdefault(one.name, one)
    return [
        Defect(
            id="commands.missing_file",
            fact="commands.missing",
            message=f"{one.source.path} tells to run {name}, which is not there",
            sources=(one.source,),
            fix="Add the file, or correct the command.",
        )
        for name, one in list(first.items())[:_MOST]
    ]
