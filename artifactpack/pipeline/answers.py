"""The author's answers to one checklist: from the configuration and from the venue's own LaTeX file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from artifactpack.errors import ConfigError, InputError
from artifactpack.models.checklist import Checklist
from artifactpack.models.verdict import Answer
from artifactpack.project import Project

if TYPE_CHECKING:
    from artifactpack.core.latex import Form
    from artifactpack.pipeline.tex import TexFile

LABELS_FROM = 8_000_000  # bytes of LaTeX searched for labels
_SPELT = {"n/a": "na", "not applicable": "na", "y": "yes", "n": "no", "true": "yes", "false": "no"}


@dataclass(frozen=True)
class Gathered:
    """Answers by item id, what could not be read or deserves a look, and the file they came from."""

    answers: dict[str, Answer]
    notes: tuple[str, ...] = ()
    file: str = ""


def read_answers(project: Project, checklist: Checklist) -> dict[str, Answer]:
    """Answers by item id; raises :class:`ConfigError` listing every answer that cannot be used."""
    return gather_answers(project, checklist).answers


def gather_answers(project: Project, checklist: Checklist) -> Gathered:
    """Answers with notes on the form; config and LaTeX that differ are a :class:`ConfigError`."""
    declared = from_config(project, checklist)
    tex = _form_file(project, checklist)
    if tex is None:
        return Gathered(declared)
    from artifactpack.core.latex import read_form

    name = _relative(tex.path, project.root)
    form = read_form(tex.text, checklist)
    written = from_form(form, name, project_labels(project))
    return Gathered(_joined(declared, written, checklist, project), form_notes(form, checklist, name), name)


def normalised(answer: str) -> str:
    """``N/A`` → ``na``, ``Yes`` → ``yes``: how answers are spelt in checklists."""
    word = answer.strip().lower()
    return _SPELT.get(word, word)


def from_config(project: Project, checklist: Checklist) -> dict[str, Answer]:
    """What ``[answers.<checklist>]`` says; unknown items and answers outside the allowed set are errors."""
    from difflib import get_close_matches

    known = {item.id: item for item in checklist.items}
    faults, out = [], {}
    for item_id, entry in project.config.answers.get(checklist.id, {}).items():
        where = f'answers.{checklist.id}."{item_id}"'
        item = known.get(item_id)
        if item is None:
            near = get_close_matches(item_id, list(known), 1)
            faults.append(f"{where}: no such item" + (f"; did you mean '{near[0]}'?" if near else ""))
            continue
        value, allowed = normalised(entry.answer), item.answers or checklist.answers
        if allowed and value not in allowed:
            faults.append(f"{where}.answer: '{entry.answer}' is not one of {', '.join(allowed)}")
        out[item_id] = Answer(value=value, why=entry.why, source="config")
    if faults:
        file = project.config_path or "artifactpack.toml"
        raise ConfigError("\n".join(f"{file}: {fault}" for fault in faults))
    return out


def form_notes(form: Form, checklist: Checklist, name: str) -> tuple[str, ...]:
    """What a reader of the form in file *name* should know: unreadable lines, version, what is left open."""
    notes = [f"{name}:{line}: {text}" for line, text in (*form.faults, *form.notes)]
    shipped = {"neurips-2024", "neurips-2025", "neurips-2026"}
    if checklist.id in shipped and checklist.id not in form.versions:
        notes.append(f"{name}: by its content this is {' or '.join(form.versions)}, not {checklist.id}")
    if form.missing:
        notes.append(f"{name}: items not found: {', '.join(form.missing)}")
    gates = {s.item for s in form.slots if s.answer in ("no", "na")}
    shut = {i.id for i in checklist.items if i.gate in gates}
    todo = [slot.item for slot in form.slots if slot.answer == "todo" and slot.item not in shut]
    if todo:
        notes.append(f"{name}: TODO left in items {', '.join(todo)}")
    return tuple(notes)


def form_lint(form: Form, checklist: Checklist, name: str, project: Project, text: str) -> tuple[str, ...]:
    """Lint of the answers that stand in *form*, each with its line; labels are sought in the project and in *text*."""
    from artifactpack.core.latex_text import blanked
    from artifactpack.core.lint import labels, lint_answer

    items = {item.id: item for item in checklist.items}
    defined = project_labels(project) | labels(blanked(text))
    out = []
    for item_id, answer in from_form(form, name, defined).items():
        item = items[item_id]
        faults = lint_answer(item, answer, item.answers or checklist.answers, checklist.justification)
        out += [f"{name}:{answer.line}: item {item_id}: {fault}" for fault in faults]
    return tuple(out)


def _form_file(project: Project, checklist: Checklist) -> TexFile | None:
    """The LaTeX file that holds this checklist's form; None for none."""
    if not checklist.form:
        return None
    declared = project.config.paper.checklist_tex
    if declared:
        return _declared(project, checklist, declared)
    from artifactpack.core.latex import find_family
    from artifactpack.pipeline.tex import read_tex

    for path in [p for p in _tex_files(project) if "checklist" in p.name.lower()][:8]:
        try:
            file = read_tex(path)
        except InputError:
            continue
        if find_family(file.text) == checklist.form:
            return file
    return None


def _declared(project: Project, checklist: Checklist, declared: str) -> TexFile | None:
    from artifactpack.pipeline.tex import read_tex

    path = project.root / declared
    if not path.resolve().is_relative_to(project.root.resolve()):
        raise ConfigError(f"paper.checklist-tex: {declared} lies outside the project; put the file inside")
    return find_form(read_tex(path), checklist.form, project.root)


def find_form(file: TexFile, family: str, root: Path) -> TexFile | None:
    r"""*file*, or the file it takes in with ``\input``, if its content is the form of *family*."""
    from artifactpack.core.latex import find_family
    from artifactpack.core.latex_text import blanked
    from artifactpack.pipeline.tex import inputs, read_tex

    if find_family(file.text) == family:
        return file
    for path in inputs(blanked(file.text), file.path.parent, root)[:50]:
        try:
            taken = read_tex(path)
        except InputError:
            continue
        if find_family(taken.text) == family:
            return taken
    return None


def _relative(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.name


def project_labels(project: Project) -> frozenset[str]:
    """Labels that the project's LaTeX defines; empty where there is no paper, or more of it than anybody writes."""
    from artifactpack.core.latex_text import blanked
    from artifactpack.core.lint import labels
    from artifactpack.pipeline.tex import read_tex

    out: set[str] = set()
    left = LABELS_FROM
    for path in _tex_files(project):
        left -= path.stat().st_size
        if left < 0:
            return frozenset()
        try:
            out |= labels(blanked(read_tex(path).text))
        except (InputError, OSError):
            continue
    return frozenset(out)


def _tex_files(project: Project) -> list[Path]:
    """The project's .tex files that really lie inside it."""
    root = project.root.resolve()
    paths = (project.root / name for name in project.files if name.lower().endswith(".tex"))
    return [path for path in paths if path.is_file() and path.resolve().is_relative_to(root)]


def from_form(form: Form, name: str, defined: frozenset[str] = frozenset()) -> dict[str, Answer]:
    """The answers that stand in *form*, open and unreadable ones left out; *defined* are the labels that exist."""
    from artifactpack.core.lint import dangling

    out = {}
    for slot in form.slots:
        if slot.fault or slot.answer in ("", "todo"):
            continue
        faults = dangling(slot.why, defined) if defined else ()
        out[slot.item] = Answer(value=slot.answer, why=_readable(slot.why), source=name, line=slot.line, faults=faults)
    return out


def _readable(why: str) -> str:
    from artifactpack.core.latex_text import plain

    return plain(why) if "\\" in why or "{" in why else why


def _joined(
    declared: dict[str, Answer], written: dict[str, Answer], checklist: Checklist, project: Project
) -> dict[str, Answer]:
    faults = []
    out = {**written, **declared}
    for item_id in declared.keys() & written.keys():
        ours, theirs = declared[item_id], written[item_id]
        if ours.value != theirs.value:
            where = f'{project.config_path or "artifactpack.toml"}: answers.{checklist.id}."{item_id}"'
            faults.append(f"{where} is '{ours.value}', but {theirs.source}:{theirs.line} says '{theirs.value}'")
        out[item_id] = replace(theirs, why=ours.why or theirs.why)
    if faults:
        raise ConfigError("\n".join([*sorted(faults), "Make the two agree."]))
    return out
