"""Whether what a document tells to run trains, and whether it evaluates."""

from __future__ import annotations

import re

from artifactpack.models.fact import Source
from artifactpack.patterns import late
from artifactpack.probes import code
from artifactpack.probes._commands_told import Told
from artifactpack.project import Project
from artifactpack.project.entries import locate
from artifactpack.project.program import Program

_TRAIN = late(
    r"train|finetun|fine[-_]tun|pretrain|\bfit\b|learn(?!er)|main|run(?!time)|exp(?:eriment)?s?(?:\b|_)|search|"
    r"optimi[sz]|solve|launch|sweep",
    re.IGNORECASE,
)
_SURE_TRAIN = late(r"(?<![a-z])(?:re|pre)?train(?!ed|-?test|set|path|data|_data)|finetun|fine[-_]tun", re.IGNORECASE)
_SURE_EVAL = late(
    r"(?<![a-z])(?:eval|test(?!s?/|_suite|path|data)|valid(?!ation_set)|infer(?!red)|predict|benchmark|reproduc|"
    r"scor|metric|accuracy)"
    r"|(?<![a-z])(?:fid|bleu|rouge|psnr|ssim|perplexity|ppl|auroc|miou)(?![a-z])",
    re.IGNORECASE,
)
_EVAL = late(
    _SURE_EVAL.pattern
    + r"|demo|analy[sz]|plot|figure|table|sampl|verif|attack|visuali[sz]|result|reconstruct|animat|interpret"
    r"|quanti[tf]|error|curve",
    re.IGNORECASE,
)
_EVAL_FLAG = late(
    r"^(?:test|eval|evaluate|validate)$"
    r"|^(?!\S*[-_](?:interval|every|freq\w*|strategy|steps?|epochs?|iters?|period|batch\w*|size|start|after|episodes?)"
    r"(?:$|[=_-]))--?"
    r"(?:eval(?:uat\w+)?(?:[-_]?(?:only|mode|model|test))?|only[-_]?(?:eval|test)|(?:eval|test)(?:[-_]only)?|"
    r"do[-_](?:eval|test)|validate|inference|mode[= ]?(?:test|eval)\w*)(?:$|=)",
    re.IGNORECASE,
)
"""What makes a program evaluate; how often one that trains does so on its way is no such thing."""
_EVAL_SECTION = late(r"eval|(?<!la)test|inference|\bresults?\b|\btables?\b|verif", re.IGNORECASE)
_SAYS_EVAL = late(
    r"\b(?:to|can|will|for|and|script)\b[^.(]{0,60}\b(?:evaluat\w+|test(?:ing)?\b|validat\w+|score|plot|"
    r"visuali[sz]e|analy[sz]\w+|infer\w*)|test set",
    re.IGNORECASE,
)
_TRAIN_ARGUMENT = late(
    r"(?:^|(?<!split)(?<!set)(?<!partition)(?<!fold)[\s=])(?:--?)?(?:do[-_])?train(?:ing|_\w+)?(?:[\s=]|$)",
    re.IGNORECASE,
)
"""A mode; the part of the data that is looked at is none."""
_COMPUTES = late(
    r"\bevaluates\b|\b(?:computes?|reports?|calculates?)\b[^.]{0,60}\b(?:metrics?|accuracy|auroc|scores?|error|"
    r"performance)",
    re.IGNORECASE,
)
_AGAIN = late(
    r"\b(?:reproduc|replicat|recreat)\w*\b[^.]{0,30}\b(?:the|our) (?:\w+ )?(?:tables?|numbers|results?)\b",
    re.IGNORECASE,
)
_NOTEBOOK_SHOWS = late(r"\bresults?\b|evaluat|\bplots?\b|figures?\b", re.IGNORECASE)
_ANALYSES = late(r"(?:^|_|-)(?:analy[sz]|evaluat)", re.IGNORECASE)
_EVALUATION = late(r"(?:^|/)[^\w/]*(?:\d[\d.]*\s*)?(?:model )?evaluat(?:ion|ing|e)[^\w/]*(?:$|/)", re.IGNORECASE)
"""A title of nothing else, above those that say of what."""
_NAMED_EVAL = late(r"eval(?!\w*_?train)", re.IGNORECASE)
_EVALUATES = late(r"\bevaluat(?:ion|ing|e)\b(?!.*\btrain)", re.IGNORECASE)
"""A script and a title that both speak of evaluating and not of training."""
_SAYS_RUN = late(r"\b(?:run|execute|launch|call|use|start|see|train|open|with)\b", re.IGNORECASE)
_NOT_RUNS = late(
    r"(?:^|/)(?:setup|download\w*|\d*_?prepare\w*|\w*preprocess\w*|(?:get|fetch|load)_(?:\w+_)?data(?:sets?)?|install|conftest|convert\w*|"
    r"make_data\w*|build|parse_\w+|"
    r"\d*_?(?:create|generate)_\w*(?:data|dataset|instances|samples)\w*)\.(?:py|sh|ipynb)$",
    re.IGNORECASE,
)
_NOT_READ = (".R", ".r", ".jl", ".m", ".lua")
"""Languages whose programs are not followed: name and title must do."""


def _programs(project: Project, path: str) -> list[Program]:
    """What running *path* runs: its own program, or for a shell script those it calls."""
    by_path = project.once("programs by path", lambda: {p.entry.path: p for p in project.index.graph.programs})
    if path in by_path:
        return [by_path[path]]
    called = [i for i in project.index.invocations if i.path == path]
    places = [locate(project.index.graph, i.target, path) for i in called]
    return [by_path[p] for p in places if p in by_path]


def trains(project: Project, told: Told) -> bool:
    """Whether running it trains: its program does, or its name and place say so and no program says otherwise."""
    base = told.base
    if _NOT_RUNS.search(told.file):
        return False
    programs = _programs(project, told.file)
    if any(p.trains for p in programs):
        if _NAMED_EVAL.match(base) and _EVALUATES.search(told.section.rpartition(" / ")[2]):
            return False  # what it fits serves to measure
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


def evaluates(project: Project, told: Told) -> bool:
    """Whether running it evaluates: its name, a flag, or the section it stands in say so."""
    base = told.base
    if _NOT_RUNS.search(told.file) or told.file in project.index.tests:
        return False
    programs = _programs(project, told.file)
    fits = any(p.trains for p in programs)
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
        if not fits and not named_train and (_EVAL.search(base) or _EVAL_SECTION.search(told.section)):
            return True
        if programs and _only_measures(project):
            return True
        if _EVALUATION.search(told.section) and not _SURE_TRAIN.search(told.section):
            return True
        last = told.section.rpartition("/")[2]
        return bool(re.search(r"eval|\btest(?! run)|infer", last, re.IGNORECASE)) and not _SURE_TRAIN.search(
            base + last
        )
    if told.file.endswith(".ipynb"):
        return bool(_NOTEBOOK_SHOWS.search(told.arguments) or _ANALYSES.search(base)) or (
            not fits and bool((_EVAL.search(base) and "demo" not in base) or _SURE_EVAL.search(told.arguments))
        )
    if not programs:
        return False
    if _RUNS.search(told.arguments) and _only_measures(project):
        return True
    says = _SAYS_EVAL.search(told.arguments) and _SAYS_RUN.search(told.arguments)
    again = _AGAIN.search(told.arguments) and _SAYS_RUN.search(told.arguments)
    shows = not fits and (again or _EVAL.search(base)) and not base.startswith("demo")
    return bool(says or _COMPUTES.search(told.arguments) or shows)


_RUNS = late(r"\b(?:runs|executes|performs)\b", re.IGNORECASE)


def _only_measures(project: Project) -> bool:
    """A project that trains nothing runs its programs to measure."""
    return not code.training(project) and bool(code.evaluating(project))


_INTRODUCES = late(
    r"\bevaluat(?:e|es|ing|ion)\b[^.]*:\W*$|^\W*to reproduce (?:the |our )?(?:\w+ )?results\b", re.IGNORECASE
)
_STEP = late(r"^\W*\d{1,2}[.)]\s")
_MOST_STEPS = 9


def _introduction(project: Project, source: Source) -> str:
    """The text line that stands right before the commands at *source*, or before the numbered steps to them."""
    lines = project.once("introductions", lambda: _text_lines(project))
    place = source.line or 0
    while (
        place > 1 and _STEP.match(lines.get((source.path, place - 1), "")) and (source.line or 0) - place < _MOST_STEPS
    ):
        place -= 1
    near = (lines.get((source.path, place - step), "") for step in (1, 2, 3))
    return next((text for text in near if text), "")


def _text_lines(project: Project) -> dict[tuple[str | None, int], str]:
    return {(x.path, x.number): x.text for x in project.prose.lines if x.kind == "text" and x.text}
