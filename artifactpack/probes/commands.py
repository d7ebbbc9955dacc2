"""Commands: what documents and configuration tell to run, and whether the files they name exist."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from artifactpack.core.facts import absent, at, known, seen
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Defect, Fact, Finding, Observation, Source
from artifactpack.models.system import SystemReading
from artifactpack.project import Project
from artifactpack.project.entries import locate

NAME = "commands"
FACTS = {
    "train": "a document or the configuration tells what to run to train, and the file it names exists",
    "evaluate": "a document or the configuration tells what to run to evaluate, and the file it names exists",
    "smoke": "a short command that shows that the artifact works is declared",
    "declared": "commands of the configuration",
    "missing": "files that documents tell to run and that are not there",
    "unknown_flags": "flags that documents use and the program does not have",
}
_TRAIN = re.compile(
    r"train|finetun|fine[-_]tun|pretrain|\bfit\b|learn(?!er)|main|run(?!time)|exp(?:eriment)?s?(?:\b|_)|search|optimi[sz]|solve|launch|sweep",
    re.IGNORECASE,
)
_SURE_TRAIN = re.compile(r"(?<![a-z])(?:re|pre)?train(?!ed|-?test|set)|finetun|fine[-_]tun", re.IGNORECASE)
_EVAL = re.compile(
    r"(?<![a-z])eval|(?<![a-z])test(?!s?/|ing\.md|_suite)|valid(?!ation_set)|infer(?!\w*\.md)|predict|benchmark|demo|reproduc|score|metric|analy[sz]|"
    r"plot|figure|sampl|generat|verif|attack|visuali[sz]|results|reconstruct|animat|interpret|quanti[tf]",
    re.IGNORECASE,
)
_EVAL_FLAG = re.compile(
    r"^--?(?:eval\w*|test(?!-?(?:batch|size|set|split|every|freq|data))\w*|do[-_]eval|validate\w*|resume|inference|only[-_]?(?:eval|test)|mode=?(?:test|eval)\w*)\b",
    re.IGNORECASE,
)
_EVAL_SECTION = re.compile(
    r"eval|test|inference|results|reproduc|benchmark|demo|plot|figure|pre-?trained|analy|verif", re.IGNORECASE
)
_TRAIN_SECTION = re.compile(r"train|experiment|usage|run|reproduc|getting started|quick|how to|example", re.IGNORECASE)
_NOT_RUNS = re.compile(
    r"(?:^|/)(?:setup|download\w*|prepare\w*|preprocess\w*|get_data|install|conftest|convert\w*|make_data\w*|create_\w*data\w*)\.(?:py|sh)$",
    re.IGNORECASE,
)
_SCRIPT = (".py", ".ipynb", ".sh", ".bash", ".slurm", ".sbatch", ".R", ".r", ".jl", ".m", ".lua")
_MOST = 6


class Told(NamedTuple):
    """One thing that a document tells to run; ``file`` is the project's file it means, "" where it is not there."""

    source: Source
    file: str
    name: str
    arguments: str
    section: str
    literal: bool


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Read documents and configuration; look each named file up in the tree."""
    told = list(_told(project))
    present = [t for t in told if t.file]
    facts = {
        "train": _fact(project, "train", [t.source for t in present if _trains(project, t)]),
        "evaluate": _fact(project, "evaluate", [t.source for t in present if _evaluates(project, t)]),
        "smoke": _fact(project, "smoke", []),
        "declared": known(seen("static", sorted(project.config.commands), at(project.config_path)))
        if project.config.commands
        else absent("no commands in the configuration"),
        "missing": _missing(told),
        "unknown_flags": _unknown_flags(project, present),
    }
    return Finding(facts=facts, defects=tuple(_defects(told)))


def _told(project: Project) -> Iterable[Told]:
    for command in project.prose.commands:
        name = command.script or (command.program if command.program.endswith(_SCRIPT) else "")
        source = at(command.path, command.number, command.text)
        if command.program == "make" and "Makefile" in project and len(command.argv) > 1:
            yield Told(source, "Makefile", " ".join(command.argv[1:]), "", command.section, True)
        elif name:
            arguments = " ".join(command.argv[1:])
            yield Told(source, _file(project, name, command.path), name, arguments, command.section, True)
        elif console := _console(project, command.program):
            yield Told(source, console, " ".join(command.argv), "", command.section, True)
    for mention in project.prose.mentions:
        if mention.name.endswith((".py", ".ipynb", ".sh")):
            source = at(mention.path, mention.number, mention.text)
            yield Told(
                source, _file(project, mention.name, mention.path), mention.name, mention.text, mention.section, False
            )


def _file(project: Project, name: str, origin: str) -> str:
    """The project's file that *name* means in the document *origin*."""
    found = locate(project.index.graph, name, origin)
    if found:
        return found
    bare = re.sub(r"^(?:\./|\.\./|\$\{?\w+\}?/|/)+", "", name)
    folder = origin.rpartition("/")[0]
    for candidate in (f"{folder}/{bare}" if folder else bare, bare):
        if candidate in project:
            return candidate
    ends = [f for f in project.files if f.endswith("/" + bare)] if "*" not in bare else list(project.glob(f"**/{bare}"))
    return ends[0] if ends and (len(ends) == 1 or "/" in bare or "*" in bare) else (ends[0] if ends else "")


def _console(project: Project, program: str) -> str:
    if not project.prose.commands or not re.fullmatch(r"[a-z][\w-]+", program):
        return ""
    for file in ("pyproject.toml", "setup.cfg", "setup.py"):
        if file in project and re.search(
            rf"[\"']?{re.escape(program)}[\"']?\s*=\s*[\"']?[\w.]+:\w+", project.read_text(file)
        ):
            return file
    return ""


def _program(project: Project, path: str):  # type: ignore[no-untyped-def]
    return next((p for p in project.index.graph.programs if p.entry.path == path), None)


def _trains(project: Project, told: Told) -> bool:
    """Whether running it trains: its program does, or its name and place say so."""
    if _NOT_RUNS.search(told.file):
        return False
    base = told.name.rpartition("/")[2]
    if _SURE_TRAIN.search(base) and (told.literal or _entry(project, told.file)):
        return True
    program = _program(project, told.file)
    if program is not None and program.trains:
        return told.literal or _entry(project, told.file)
    if not told.literal:
        return False
    if _SURE_TRAIN.search(told.arguments) or (_TRAIN.search(base) and not _EVAL.search(base)):
        return True
    return (
        _TRAIN_SECTION.search(told.section) is not None
        and told.file.endswith((".sh", ".py"))
        and not _EVAL.search(base)
    )


def _entry(project: Project, path: str) -> bool:
    return path.endswith((".sh", ".ipynb")) or any(e.path == path for e in project.index.graph.entries)


def _evaluates(project: Project, told: Told) -> bool:
    """Whether running it evaluates: its name, a flag, or the section it stands in say so."""
    base = told.name.rpartition("/")[2]
    if _NOT_RUNS.search(told.file):
        return False
    if _EVAL.search(base) and (told.literal or _entry(project, told.file)):
        return True
    if not told.literal:
        return (
            told.file.endswith(".ipynb")
            and not _SURE_TRAIN.search(base)
            and _EVAL_SECTION.search(told.section + told.arguments) is not None
        )
    if any(_EVAL_FLAG.match(word) for word in told.arguments.split()):
        return True
    return bool(re.search(r"eval|test|infer", told.section, re.IGNORECASE)) and not _SURE_TRAIN.search(
        base + told.section
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


def _missing(told: list[Told]) -> Fact:
    gone = [
        t
        for t in told
        if t.literal and not t.file and t.name.endswith(_SCRIPT) and "$" not in t.name and "<" not in t.name
    ]
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
        for word in one.arguments.split():
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


def _abbreviates(flag: str, flags: set[str]) -> bool:
    return any(f.startswith(flag) for f in flags)


def _defects(told: list[Told]) -> list[Defect]:
    gone: dict[str, Told] = {}
    for one in told:
        if one.literal and not one.file and one.name.endswith(_SCRIPT[:4]) and "/" not in one.name.lstrip("./")[:0]:
            if not re.search(r"[$<>{}*\[\]]|path|your", one.name):
                gone.setdefault(one.name, one)
    return [
        Defect(
            id="commands.missing_file",
            fact="commands.missing",
            message=f"{one.source.path} tells to run {name}, which is not there",
            sources=(one.source,),
            fix="Add the file, or correct the command.",
        )
        for name, one in list(gone.items())[:_MOST]
    ]
