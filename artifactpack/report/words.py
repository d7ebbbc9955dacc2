"""The words and marks every rendering shares, so that the terminal, the page and the badge say the same."""

from __future__ import annotations

from artifactpack.models.fact import Source
from artifactpack.models.records import Json
from artifactpack.models.verdict import ChecklistResult, CheckResult, Counts, ItemResult
from artifactpack.patterns import late

# Order is what a reader must see first.
VERDICTS: dict[str, tuple[str, str, str]] = {
    # verdict: (mark, plain ASCII mark, label)
    "contradicted": ("✗", "x", "contradicted"),
    "no-evidence": ("?", "?", "no evidence"),
    "unanswered": ("○", "o", "unanswered"),
    "supported": ("✓", "+", "supported"),
    "author-only": ("–", "-", "author only"),
    "not-applicable": ("·", ".", "not applicable"),
}

LONG_ID = 6  # letters that fit a column before an item's title; longer ids stand with the words

KNOWN: dict[str, str] = {
    "run": "observed in a run",
    "system": "read from a tracking system",
    "author-run": "in a run record that came with the project",
    "static": "read in the repository",
    "author": "declared by the author",
}

OUTCOMES: dict[str, tuple[str, str]] = {
    "identical": ("✓", "identical"),
    "reproduced": ("✓", "reproduced"),
    "differs-better": ("↑", "differs, for the better"),
    "not-reproduced": ("✗", "not reproduced"),
    "inconclusive": ("?", "inconclusive"),
    "not-comparable": ("?", "not comparable"),
    "not-run": ("–", "not run"),
}


def plural(count: int, word: str, many: str = "") -> str:
    """``1 seed``, ``3 seeds``; *many* where adding an s is wrong."""
    return f"{count} {word if count == 1 else many or word + 's'}"


def place(source: Source) -> str:
    """``train.py:12``, ``run 3f2a: rng`` or a system's name; "" for an empty source."""
    if source.path:
        return f"{source.path}:{source.line}" if source.line else source.path
    if source.run:
        return f"run {source.run}" + (f" ({source.field})" if source.field else "")
    return source.system or ""


def places(sources: tuple[Source, ...], limit: int = 3) -> str:
    """The first *limit* different places, and how many more there are."""
    named = list(dict.fromkeys(filter(None, map(place, sources))))
    more = f" and {len(named) - limit} more" if len(named) > limit else ""
    return ", ".join(named[:limit]) + more


def shown(value: Json, limit: int = 60) -> str:
    """A fact's value as a reader would write it: yes, no, a number, a short list."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "unknown"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)):
        text = ", ".join(shown(v) for v in value) or "none"
    elif isinstance(value, dict):
        text = ", ".join(f"{k}: {shown(v)}" for k, v in value.items()) or "none"
    else:
        text = str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def reason(item: ItemResult) -> str:
    """Why *item* got its verdict: its own sentence, else one made of the facts that decided."""
    if item.reason:
        return item.reason
    return "; ".join(f"{b.fact} is {shown(b.value) if b.status == 'known' else b.status}" for b in item.because)


def sources(item: ItemResult) -> tuple[Source, ...]:
    """All places that decided *item*."""
    return tuple(s for b in item.because for s in b.sources)


def tally(counts: Counts) -> str:
    """``8 of 9 machine-checkable items met``."""
    return f"{counts.met} of {counts.applicable} machine-checkable items met"


def beside(counts: Counts) -> str:
    """What is not in the tally: items only a person can answer, and those that do not apply; "" if none."""
    parts = []
    if counts.author_only:
        parts.append(f"{counts.author_only} only the author can answer")
    if counts.not_applicable:
        parts.append(f"{counts.not_applicable} not applicable")
    return ", ".join(parts)


def by_verdict(checklist: ChecklistResult, verdict: str) -> tuple[ItemResult, ...]:
    return tuple(item for item in checklist.items if item.verdict == verdict)


def lacking(item: ItemResult) -> bool:
    """Whether something is to be done about *item*, so that its fix is worth telling."""
    return item.verdict in ("contradicted", "no-evidence") or (item.verdict == "unanswered" and item.evidence != "met")


def told(checklist: ChecklistResult) -> dict[str, tuple[ItemResult, ...]]:
    """By verdict the items that even one screen tells of: what is contradicted, and what nothing backs yet."""
    verdicts = ("contradicted", "no-evidence", "unanswered")
    return {verdict: tuple(filter(lacking, by_verdict(checklist, verdict))) for verdict in verdicts}


def listed_only(checklist: ChecklistResult) -> dict[str, tuple[ItemResult, ...]]:
    """By verdict the items of which one screen gives the names."""
    verdicts = ("supported", "unanswered", "author-only")
    return {verdict: tuple(i for i in by_verdict(checklist, verdict) if not lacking(i)) for verdict in verdicts}


def more(verdict: str) -> str:
    """What is said of further items of *verdict* that are not told of."""
    return "more unanswered" if verdict == "unanswered" else "more without evidence"


def wordy(checklist: ChecklistResult) -> bool:
    """Whether its ids are too long for a column of their own, so that they stand beside the words."""
    return any(len(item.id) > LONG_ID for item in checklist.items)


def headline(result: CheckResult) -> str:
    """The verdict in one sentence: what is contradicted first, then what lacks evidence."""
    contradicted = sum(c.counts.contradicted for c in result.checklists)
    claims = sum(c.verdict == "contradicted" for c in result.claims)
    silent = sum(c.counts.no_evidence for c in result.checklists)
    faults = []
    if contradicted:
        faults.append(f"{plural(contradicted, 'answer')} contradicted")
    if claims:
        faults.append(f"{plural(claims, 'claim')} contradicted by the author's own runs")
    if faults:
        return f"The evidence says otherwise: {' and '.join(faults)}."
    if silent:
        return (
            f"Nothing is contradicted, but {plural(silent, 'answer')} {'has' if silent == 1 else 'have'} no evidence."
        )
    if not result.checklists:
        return "No checklist was held against this project."
    open_items = sum(c.counts.unanswered for c in result.checklists)
    if open_items and not any(c.counts.supported for c in result.checklists):
        bare = sum(len(told(c)["unanswered"]) for c in result.checklists)
        asked = plural(open_items, "question")
        return f"No answer is given yet; of {asked} that a machine can check, {bare} lack evidence."
    if open_items:
        are = "is" if open_items == 1 else "are"
        return f"Nothing is contradicted; {plural(open_items, 'question')} {are} unanswered."
    return "Nothing is contradicted, and every answer that a machine can check has evidence."


def project_line(result: CheckResult) -> str:
    """``digits, commit 1a2b3c4 (with uncommitted changes)``."""
    project = result.project
    if not project.commit:
        return f"{project.name}, no commit"
    dirty = " (with uncommitted changes)" if project.dirty else ""
    return f"{project.name}, commit {project.commit[:7]}{dirty}"


def unseen(result: CheckResult) -> list[str]:
    """What nobody looked at: parts of the project that were not verified, files that were not scanned."""
    return [*result.not_verified, *(f"{s.path}: {s.reason}" for s in result.not_scanned)]


def listed(names: list[str], limit: int) -> str:
    """*names* in a row, cut at a comma where they are longer than *limit* letters."""
    text = clean(", ".join(names))
    return text if len(text) <= limit else text[:limit].rsplit(",", 1)[0] + ", …"


def clean(text: str) -> str:
    """*text* on one line, without control characters: a file name must not drive the terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


_DRIVING = late("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def tame(text: str) -> str:
    """*text* of several lines without what would drive a terminal: a stranger's bundle chose some of its words."""
    return _DRIVING.sub(" ", text)


_ASCII = str.maketrans(
    {"✗": "x", "✓": "+", "○": "o", "–": "-", "·": ".", "±": "+-", "…": "...", "→": "->", "×": "x", "’": "'", "−": "-"}
)


def encodable(text: str, encoding: str) -> str:
    """*text* as a stream of *encoding* can take it: our marks by their plain forms, the rest by ?."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_ASCII).encode(encoding, "replace").decode(encoding)
    return text
