"""The author's answers to one checklist: from the configuration and from the venue's own LaTeX file."""

from __future__ import annotations

from artifactpack.errors import ConfigError
from artifactpack.models.checklist import Checklist
from artifactpack.models.verdict import Answer
from artifactpack.project import Project

_SPELT = {"n/a": "na", "not applicable": "na", "y": "yes", "n": "no", "true": "yes", "false": "no"}


def read_answers(project: Project, checklist: Checklist) -> dict[str, Answer]:
    """Answers by item id; raises :class:`ConfigError` listing every answer that cannot be used."""
    return from_config(project, checklist)


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
