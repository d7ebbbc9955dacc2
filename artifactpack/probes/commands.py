"""Commands: what documents and configuration tell to run, and whether the files they name exist."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote

from artifactpack.core.facts import absent, at, known, seen
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Defect, Fact, Finding, Observation, Source
from artifactpack.models.system import SystemReading
from artifactpack.probes import code
from artifactpack.project import Project
from artifactpack.project.entries import locate
from artifactpack.project.program import Program
from artifactpack.project.prose import Command

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
_PREPARATION = re.compile(
    r"pre_?process|prepar|data_?prep|clean|featuri[sz]e|tokeni[sz]e|(?:build|make|process|convert)_?\w*data",
    re.IGNORECASE,
)
_TRAIN = re.compile(
    r"train|finetun|fine[-_]tun|pretrain|\bfit\b|learn(?!er)|main|run(?!time)|exp(?:eriment)?s?(?:\b|_)|search|"
    r"optimi[sz]|solve|launch|sweep",
    re.IGNORECASE,
)
_SURE_TRAIN = re.compile(
    r"(?<![a-z])(?:re|pre)?train(?!ed|-?test|set|path|data|_data)|finetun|fine[-_]tun", re.IGNORECASE
)
_SURE_EVAL = re.compile(
    r"(?<![a-z])(?:eval|test(?!s?/|_suite|path|data)|valid(?!ation_set)|infer(?!red)|predict|benchmark|reproduc|"
    r"scor|metric|accuracy)"
    r"|(?<![a-z])(?:fid|bleu|rouge|psnr|ssim|perplexity|ppl|auroc|miou)(?![a-z])",
    re.IGNORECASE,
)
_EVAL = re.compile(
    _SURE_EVAL.pattern
    + r"|demo|analy[sz]|plot|figure|table|sampl|verif|attack|visuali[sz]|result|reconstruct|animat|interpret"
    r"|quanti[tf]|error|curve",
    re.IGNORECASE,
)
_EVAL_FLAG = re.compile(
    r"^(?:test|eval|evaluate|validate)$|^--?(?:eval(?:uat\w+)?(?:[-_]?(?:only|mode|model|test))?|only[-_]?(?:eval|test)|(?:eval|test)(?:[-_]only)?|do[-_](?:eval|test)|validate|resume|"
    r"inference|mode[= ]?(?:test|eval)\w*)(?:$|=)",
    re.IGNORECASE,
)
_EVAL_SECTION = re.compile(r"eval|(?<!la)test|inference|\bresults?\b|\btables?\b|verif", re.IGNORECASE)
_TRAIN_SECTION = re.compile(r"train|experiment|usage|\brun|reproduc|getting started|quick|how to", re.IGNORECASE)
_SAYS_EVAL = re.compile(
    r"\b(?:to|can|will|for|and|script)\b[^.]{0,60}\b(?:evaluat\w+|test(?:ing)?\b|validat\w+|score|plot|"
    r"visuali[sz]e|analy[sz]\w+|infer\w*)|test set",
    re.IGNORECASE,
)
_TRAIN_ARGUMENT = re.compile(r"(?:^|[\s=])(?:--?)?(?:do[-_])?train(?:ing|_\w+)?(?:[\s=]|$)", re.IGNORECASE)
_COMPUTES = re.compile(
    r"\bevaluates\b|\b(?:computes?|reports?|calculates?)\b[^.]{0,60}\b(?:metrics?|accuracy|auroc|scores?|error|"
    r"performance)",
    re.IGNORECASE,
)
_NOTEBOOK_SHOWS = re.compile(r"\bresults?\b|evaluat|\bplots?\b|figures?\b", re.IGNORECASE)
_ANALYSES = re.compile(r"(?:^|_|-)(?:analy[sz]|evaluat)", re.IGNORECASE)
_EVALUATION = re.compile(r"(?:^|/)[^\w/]*(?:\d[\d.]*\s*)?(?:model )?evaluat(?:ion|ing|e)[^\w/]*(?:$|/)", re.IGNORECASE)
"""A title of nothing else, above those that say of what."""
_FLAG_EVALUATES = re.compile(r"\b(?:to|can|will)\s+(?:\w+\s+){0,3}(?:evaluate|test|validate)\b", re.IGNORECASE)
_SAYS_RUN = re.compile(r"\b(?:run|execute|launch|call|use|start|see|train|open|with)\b", re.IGNORECASE)
_NOT_RUNS = re.compile(
    r"(?:^|/)(?:setup|download\w*|\d*_?prepare\w*|\w*preprocess\w*|get_data|install|conftest|convert\w*|"
    r"make_data\w*|build|parse_\w+|"
    r"\d*_?(?:create|generate)_\w*(?:data|dataset|instances|samples)\w*)\.(?:py|sh|ipynb)$",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"(?<![A-Za-z])[XYZN](?![A-Za-z])|(?<=[a-z])[XYN](?=[._])|\{\w+\}|<\w+>|\$\{?\w+\}?")
_SCRIPT = (".py", ".ipynb", ".sh", ".bash", ".slurm", ".sbatch", ".R", ".r", ".jl", ".m", ".lua")
_NOT_READ = (".R", ".r", ".jl", ".m", ".lua")
"""Languages whose programs are not followed: name and title must do."""
_MOST = 6


class Told(NamedTuple):
    """One thing that a document tells to run; ``file`` is the project's file it means, "" where it is not there."""

    source: Source
    file: str
    name: str
    arguments: str
    section: str
    literal: bool

    @property
    def base(self) -> str:
        """The last part of the name: of a path, or of a module that is run as ``-m a.b``."""
        last = self.name.rpartition("/")[2]
        return last if last.endswith(_SCRIPT) else last.rpartition(".")[2]


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Read documents and configuration; look each named file up in the tree."""
    told = list(_told(project))
    present = [t for t in told if t.file]
    facts = {
        "train": _fact(project, "train", [t.source for t in present if _trains(project, t)]),
        "evaluate": _fact(
            project, "evaluate", [t.source for t in present if _evaluates(project, t)] + _described(project, present)
        ),
        "smoke": _fact(project, "smoke", []),
        "declared": known(seen("static", sorted(project.config.commands), at(project.config_path)))
        if project.config.commands
        else absent("no commands in the configuration"),
        "missing": _missing(told),
        "missing_preparation": _missing([t for t in told if _PREPARATION.search(t.name.rpartition("/")[2])]),
        "unknown_flags": _unknown_flags(project, present),
    }
    return Finding(facts=facts, defects=tuple(_defects(told)))


def _told(project: Project) -> Iterable[Told]:
    entered: dict[str, tuple[int, str]] = {}
    for command in project.prose.commands:
        if _elsewhere(project, command, entered):
            continue
        name = command.script or (command.program if command.program.endswith(_SCRIPT) else "")
        name = name or next((w for w in command.argv if w.endswith((".sh", ".py"))), "")
        source = at(command.path, command.number, command.text)
        if command.program == "make" and "Makefile" in project and len(command.argv) > 1:
            yield Told(source, "Makefile", " ".join(command.argv[1:]), "", command.section, True)
        elif name:
            arguments = " ".join(command.argv[1:])
            yield Told(source, _file(project, name, command.path), name, arguments, command.section, True)
        elif console := _console(project, command.program):
            yield Told(source, console, " ".join(command.argv), "", command.section, True)
    yield from _named(project)


def _elsewhere(project: Project, command: Command, entered: dict[str, tuple[int, str]]) -> bool:
    """Whether commands right before *command*, in the same document, went into a folder that is not the project's."""
    if command.program == "cd" and len(command.argv) > 1:
        entered[command.path] = (command.number, command.argv[1].rstrip("/;&"))
    number, folder = entered.get(command.path, (-_NEAR, ""))
    last = folder.rpartition("/")[2].lower()
    if not last or last.startswith(("$", "<", "{", "[", "..")) or command.number - number >= _NEAR:
        return False
    ours = {part.lower() for f in project.files for part in f.split("/")[:-1]}
    name = project.name.lower().split("__")[-1]
    return last not in ours and last not in name and name not in last


_NEAR = 25
"""Lines over which a ``cd`` holds."""


def _named(project: Project) -> Iterable[Told]:
    """Scripts and notebooks that documents name without a whole command, in text or as the target of a link."""
    for mention in project.prose.mentions:
        if mention.name.endswith((".py", ".ipynb", ".sh")):
            source = at(mention.path, mention.number, mention.text)
            yield Told(
                source, _file(project, mention.name, mention.path), mention.name, mention.text, mention.section, False
            )
    for link in project.prose.links:
        target = unquote(link.url)
        if target.endswith((".ipynb", ".py", ".sh")) and "://" not in target:
            source = at(link.path, link.number, link.text)
            yield Told(source, _file(project, target, link.path), target, link.text, "", False)


def _file(project: Project, name: str, origin: str) -> str:
    """The project's file that *name* means in the document *origin*; placeholders match any."""
    found = locate(project.index.graph, name, origin)
    if found:
        return found
    bare = re.sub(r"^(?:\./|\.\./|\$\{?\w+\}?/|/)+", "", name)
    folder = origin.rpartition("/")[0]
    for candidate in (f"{folder}/{bare}" if folder else bare, bare):
        if candidate in project:
            return candidate
    parts = bare.split("/")
    named = project.named(parts[-1])
    for start in range(len(parts)):
        tail = "/".join(parts[start:])
        ends = [f for f in named if f.endswith("/" + tail) or f == tail]
        if ends:
            return ends[0]
    pattern = _PLACEHOLDER.sub("*", bare)
    if "*" in pattern and len(pattern.replace("*", "")) > 4:
        return next(iter(project.glob(f"**/{pattern}")), "")
    return ""


def _console(project: Project, program: str) -> str:
    if not re.fullmatch(r"[a-z][\w-]+", program):
        return ""
    for file in ("pyproject.toml", "setup.cfg", "setup.py"):
        text = project.read_text(file) if file in project else ""
        if program in text and re.search(rf"{re.escape(program)}[\"']?\s*=\s*[\"']?[\w.]+:\w+", text):
            return file
    return ""


def _programs(project: Project, path: str) -> list[Program]:
    """What running *path* runs: its own program, or for a shell script those it calls."""
    by_path = {p.entry.path: p for p in project.index.graph.programs}
    if path in by_path:
        return [by_path[path]]
    called = [i for i in project.index.invocations if i.path == path]
    places = [locate(project.index.graph, i.target, path) for i in called]
    return [by_path[p] for p in places if p in by_path]


def _trains(project: Project, told: Told) -> bool:
    """Whether running it trains: its program does, or its name and place say so and no program says otherwise."""
    base = told.base
    if _NOT_RUNS.search(told.file):
        return False
    programs = _programs(project, told.file)
    if any(p.trains for p in programs):
        return told.literal or not _SURE_EVAL.search(base)
    if told.literal and told.file.endswith(_NOT_READ):
        return bool(_SURE_TRAIN.search(f"{base} {told.section}") or _TRAIN.search(base)) and not _EVAL.search(base)
    if told.literal and _SURE_TRAIN.search(told.section.rpartition("/")[2]) and not _SURE_EVAL.search(base):
        return code.training(project) != []
    if _SURE_TRAIN.search(base):
        return told.literal or bool(programs) or told.file.endswith(".sh")
    if not told.literal:
        return (
            told.file.endswith((".sh", ".ipynb"))
            and bool(_SAYS_RUN.search(told.arguments))
            and _likely(project, base, programs)
        )
    if _TRAIN_ARGUMENT.search(told.arguments):
        return True
    return _likely(project, base, programs)


def _likely(project: Project, base: str, programs: list[Program]) -> bool:
    """A name that sounds like training, where the project trains in ways that cannot be followed to this program."""
    if not _TRAIN.search(base) or _EVAL.search(base) or not code.training(project):
        return False
    return not programs or not any(p.trains for p in project.index.graph.programs)


def _evaluates(project: Project, told: Told) -> bool:
    """Whether running it evaluates: its name, a flag, or the section it stands in say so."""
    base = told.base
    if _NOT_RUNS.search(told.file) or told.file in project.index.tests:
        return False
    programs = _programs(project, told.file)
    trains = any(p.trains for p in programs)
    named_train = _SURE_TRAIN.search(base) is not None
    if _SURE_EVAL.search(base) and not named_train:
        return True
    if told.literal:
        words = told.arguments.split()
        if any(_EVAL_FLAG.match(word) for word in words) or re.search(
            r"(?i)#.*\b(?:evaluat|test)", told.source.text or ""
        ):
            return True
        if _INTRODUCES.search(_introduction(project, told.source)):
            return True
        if not trains and not named_train and (_EVAL.search(base) or _EVAL_SECTION.search(told.section)):
            return True
        if programs and not code.training(project) and code.evaluating(project):
            return True  # a project that trains nothing runs its programs to measure
        if _EVALUATION.search(told.section) and not _SURE_TRAIN.search(told.section):
            return True
        last = told.section.rpartition("/")[2]
        return bool(re.search(r"eval|\btest(?! run)|infer", last, re.IGNORECASE)) and not _SURE_TRAIN.search(
            base + last
        )
    if told.file.endswith(".ipynb"):
        return bool(_NOTEBOOK_SHOWS.search(told.arguments) or _ANALYSES.search(base)) or (
            not trains and bool((_EVAL.search(base) and "demo" not in base) or _SURE_EVAL.search(told.arguments))
        )
    if not programs:
        return False
    says = _SAYS_EVAL.search(told.arguments) and _SAYS_RUN.search(told.arguments)
    shows = not trains and _EVAL.search(base) and not base.startswith("demo")
    return bool(says or _COMPUTES.search(told.arguments) or shows)


_INTRODUCES = re.compile(r"\bevaluat(?:e|es|ing|ion)\b[^.]*:\W*$", re.IGNORECASE)


def _introduction(project: Project, source: Source) -> str:
    """The text line that stands right before the commands at *source*."""
    lines = project.once("introductions", lambda: _text_lines(project))
    near = (lines.get((source.path, (source.line or 0) - step), "") for step in (1, 2, 3))
    return next((text for text in near if text), "")


def _text_lines(project: Project) -> dict[tuple[str | None, int], str]:
    return {(x.path, x.number): x.text for x in project.prose.lines if x.kind == "text" and x.text}


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


_FLAG_IN_TEXT = re.compile(r"(?<![\w-])(--[A-Za-z][\w-]+)")
_EVAL_HEADING = re.compile(
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
        script = one.literal and not one.file and one.name.endswith(_SCRIPT[:4])
        if script and not re.search(r"^[~/]|[$<>{}*\[\]]|path|your", one.name):
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
