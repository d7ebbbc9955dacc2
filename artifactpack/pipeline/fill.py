"""`fill`: a venue's own form, or one of our templates, filled from evidence."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace as dc_replace
from pathlib import Path

from artifactpack.core.checklist import load_checklist
from artifactpack.core.fill import Proposal, Step, fill, propose
from artifactpack.core.forms import form_data
from artifactpack.core.judge import judge
from artifactpack.core.latex import find_family, read_form
from artifactpack.core.result_table import result_table, to_latex, to_markdown
from artifactpack.errors import InputError
from artifactpack.models.checklist import Checklist
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.reference import ReferenceRun
from artifactpack.models.verdict import Answer
from artifactpack.patterns import late
from artifactpack.pipeline.answers import find_form, form_lint, form_notes, from_config, from_form, gather_answers
from artifactpack.pipeline.tex import TexFile, read_tex, write_tex
from artifactpack.project import Project, open_project
from artifactpack.project.paper import references

NEWEST = {"neurips": "neurips-2026", "neurips-2021": "neurips-2021", "aaai": "aaai-2027", "automl": "automl"}
_BEGIN = late(r"^[ \t]*%+[ \t]*BEGIN INSTRUCTIONS.*$", re.MULTILINE)
_END = late(r"^[ \t]*%+[ \t]*END INSTRUCTIONS.*?(?:\r\n|\n|\r|\Z)", re.MULTILINE)


@dataclass(frozen=True)
class FillResult:
    """What would be, or was, written to ``path``."""

    path: Path
    checklist: str
    before: str
    after: str
    steps: tuple[Step, ...]
    notes: tuple[str, ...]

    def diff(self) -> str:
        """A unified diff of the change; "" for none."""
        name = self.path.name
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True), self.after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


@dataclass(frozen=True)
class Known:
    """A project with everything that is known of it."""

    project: Project
    runs: RunEvidence
    findings: Mapping[str, Finding]


def know(root: Path) -> Known:
    """Open the project at *root* and ask every probe."""
    from artifactpack.pipeline.check import probed
    from artifactpack.pipeline.evidence import gather

    project = open_project(root)
    runs = gather(project)
    return Known(project, runs, probed(project, runs))


def fill_file(
    path: Path,
    root: Path,
    checklist: str = "",
    *,
    write: bool = False,
    replace: bool = False,
    delete_instructions: bool = False,
    known: Known | None = None,
) -> FillResult:
    """Fill the form in *path* from what is known of the project at *root*; writes only with *write*.

    Raises InputError where *path* holds no form of a list we know.
    """
    file, family = _opened(path)
    known = known or know(root)
    chosen = _chosen(checklist, family, file, known.project)
    form = read_form(file.text, chosen)
    proposals = _with_declared(propose(chosen, known.findings, known.project.config.check.ignore), known, chosen)
    after, steps = fill(file.text, form, chosen, proposals, replace=replace, references=references(known.project))
    if delete_instructions:
        after = without_instructions(after)
    filled = read_form(after, chosen)
    notes = form_notes(filled, chosen, path.name)
    notes += form_lint(filled, chosen, path.name, known.project, after)
    notes += _contradicted(from_form(filled, path.name), chosen, path.name, known)
    if write and after != file.text:
        write_tex(file, after)
    return FillResult(file.path, chosen.id, file.text, after, steps, notes)


def _contradicted(answers: dict[str, Answer], chosen: Checklist, name: str, known: Known) -> tuple[str, ...]:
    """Answers that stand in the form and that evidence contradicts."""
    result = judge(chosen, known.findings, answers, known.project.config.check.ignore)
    bad = [item for item in result.items if item.verdict == "contradicted"]
    return tuple(f"{name}:{answers[i.id].line}: item {i.id} is contradicted: {i.reason}" for i in bad)


def _with_declared(proposals: dict[str, Proposal], known: Known, chosen: Checklist) -> dict[str, Proposal]:
    """What the author declared in the configuration goes before what evidence would say."""
    out = dict(proposals)
    for item_id, answer in from_config(known.project, chosen).items():
        evident = proposals.get(item_id)
        same = evident is not None and evident.answer == answer.value
        out[item_id] = Proposal(item_id, answer.value, answer.why or (evident.why if evident and same else ""))
    return out


def _opened(path: Path) -> tuple[TexFile, str]:
    file = read_tex(path)
    family = find_family(file.text)
    if family:
        return file, family
    for candidate in NEWEST:
        taken = find_form(file, candidate, path.resolve().parent)
        if taken is not None:
            return taken, candidate
    raise InputError(
        f"{path}: holds no checklist that we know (NeurIPS, AAAI, AutoML); give the file with the checklist"
    )


def _chosen(name: str, family: str, file: TexFile, project: Project) -> Checklist:
    if name:
        chosen = load_checklist(name)
        if chosen.form != family:
            raise InputError(f"{file.path}: this is a form of the {family} family, not {name}")
        return chosen
    versions = read_form(file.text, load_checklist(NEWEST[family])).versions
    wanted = [c for c in project.config.checklists if c in versions]
    return load_checklist(wanted[0] if wanted else versions[-1])


def without_instructions(text: str) -> str:
    """*text* without the lines from BEGIN INSTRUCTIONS to END INSTRUCTIONS."""
    begin = _BEGIN.search(text)
    end = _END.search(text, begin.end()) if begin else None
    return text[: begin.start()] + text[end.end() :] if begin and end else text


def fill_form(name: str, root: Path, fmt: str = "") -> str:
    """One of our own forms (`arr`, `automl`, `cvpr-compute`, `ae-appendix`, `iclr-statement`) for the project."""
    from artifactpack.report.forms import FORMS, render_form

    if name not in FORMS:
        raise InputError(f"--form {name}: give one of {', '.join((*FORMS, 'table'))}")
    checklist = load_checklist(FORMS[name][0])
    known = know(root)
    config = known.project.config
    proposals = propose(checklist, known.findings, config.check.ignore)
    answers = gather_answers(known.project, checklist).answers
    data = form_data(known.project.name, checklist, config, known.findings, known.runs, proposals, answers)
    return render_form(name, data, fmt, references(known.project))


def fill_table(
    root: Path, metrics: tuple[str, ...] = (), spread: str = "sd", percent: bool = False, fmt: str = "md"
) -> str:
    """The recorded results as a table to paste: mean ± spread over seeds, in Markdown or LaTeX."""
    from artifactpack.pipeline.evidence import gather

    if fmt not in ("", "md", "tex"):
        raise InputError(f"--format {fmt}: a table comes as md or tex")
    project = open_project(root)
    table = result_table(
        _without_smoke(gather(project).reference, project, metrics), metrics, spread, 100 if percent else 1
    )
    return to_latex(table) if fmt == "tex" else to_markdown(table)


def _without_smoke(reference: ReferenceRun, project: Project, metrics: tuple[str, ...]) -> ReferenceRun:
    """Smoke runs are no results, unless somebody asks for `smoke:metric`."""
    smoke = {name for name, command in project.config.commands.items() if command.tier == "smoke"}
    kept = (s for s in reference.summaries if s.command not in smoke or f"{s.command}:{s.metric}" in metrics)
    return dc_replace(reference, summaries=tuple(kept))
