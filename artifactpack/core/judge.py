"""Hold answers against evidence, item by item. Pure: facts and answers in, verdicts out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from artifactpack.core.conditions import Seen, look
from artifactpack.models.checklist import Checklist, Condition, Conditions, Item
from artifactpack.models.fact import Finding
from artifactpack.models.verdict import Answer, Because, ChecklistResult, Counts, Evidence, ItemResult, Verdict

NOT_TOLD = "nothing found that tells either way"


@dataclass(frozen=True)
class Court:
    """What every item is judged with."""

    checklist: Checklist
    findings: Mapping[str, Finding]
    answers: Mapping[str, Answer]
    ignore: Mapping[str, str]

    def look(self, condition: Condition) -> Seen:
        return look(condition, self.findings, self.ignore)

    def answer(self, item: Item) -> Answer | None:
        given = self.answers.get(item.id)
        if given is None and self.checklist.assumed and item.backing != "author":
            return Answer(value=self.checklist.assumed, source="assumed")
        return given

    def allowed(self, item: Item) -> tuple[str, ...]:
        return item.answers or self.checklist.answers


@dataclass(frozen=True)
class Held:
    """A verdict with what decided it."""

    verdict: Verdict
    because: tuple[Seen, ...] = ()
    reason: str = ""


def judge(
    checklist: Checklist,
    findings: Mapping[str, Finding],
    answers: Mapping[str, Answer],
    ignore: Mapping[str, str] | None = None,
) -> ChecklistResult:
    """Judge every item of *checklist*.

    *findings* by probe name; *answers* by item id; *ignore* maps a fact's full name to why it does not count here.
    """
    court = Court(checklist, findings, answers, ignore or {})
    closed = _closed_gates(court)
    results = tuple(_item(item, court, closed) for item in checklist.items)
    return ChecklistResult(id=checklist.id, title=checklist.title, items=results, counts=_counts(results, checklist))


def evidence(item: Item, court: Court) -> tuple[Evidence, tuple[Seen, ...]]:
    """What the facts say about *item*, answer or no answer, and the facts that decided it."""
    against, why_not = _holds(item.unmet, court)
    if against:
        return "unmet", _deciding(why_not, True)
    met, seen = _holds(item.meets, court, supporting=True)
    if met:
        return "met", _deciding(seen, True)
    if met is False:
        return "unmet", _deciding(seen, False)
    return "unknown", tuple(s for s in seen if s.holds is not True) or seen


def _holds(group: Conditions, court: Court, supporting: bool = False) -> tuple[bool | None, tuple[Seen, ...]]:
    """Three-valued `all` and `any`; ignored facts do not vote, and no vote at all decides nothing."""
    every = [court.look(c) for c in group.all]
    some = [court.look(c) for c in group.any]
    seen = (*every, *some)
    votes_all = [_vote(s, supporting) for s in every if not s.ignored]
    votes_any = [_vote(s, supporting) for s in some if not s.ignored]
    if not votes_all and not votes_any:
        return None, seen
    parts = [_every(votes_all)] if votes_all else []
    parts += [_some(votes_any)] if votes_any else []
    return _every(parts), seen


def _vote(seen: Seen, supporting: bool) -> bool | None:
    """A bare declaration by the author is shown, but makes nothing met."""
    return None if supporting and seen.holds and seen.declared_only else seen.holds


def _every(votes: list[bool | None]) -> bool | None:
    return False if False in votes else None if None in votes else True


def _some(votes: list[bool | None]) -> bool | None:
    return True if True in votes else None if None in votes else False


def _deciding(seen: tuple[Seen, ...], wanted: bool) -> tuple[Seen, ...]:
    return tuple(s for s in seen if s.holds is wanted and not s.ignored)


def _true(listed: tuple[Condition, ...], court: Court) -> tuple[Seen, ...]:
    seen = (court.look(condition) for condition in listed)
    return tuple(s for s in seen if s.holds is True and not s.ignored)


def _closed_gates(court: Court) -> frozenset[str]:
    """Gates that the author answered with no or na, and that the facts do not contradict."""
    closed = set()
    for item in court.checklist.items:
        answer = court.answer(item) if item.is_gate else None
        if answer and answer.value in ("no", "na") and not _true(item.contradicts.get(answer.value, ()), court):
            closed.add(item.id)
    return frozenset(closed)


def _item(item: Item, court: Court, closed: frozenset[str]) -> ItemResult:
    answer = court.answer(item)
    state, seen = evidence(item, court)
    held = _shut(item, answer) if item.gate in closed else _hold(item, answer, state, seen, court)
    ignored = sorted({c.fact for c in _named(item) if c.fact in court.ignore})
    return ItemResult(
        id=item.id,
        title=item.title,
        question=item.question,
        block=item.block,
        evidence=state,
        answer=answer.value if answer else None,
        why=answer.why if answer else "",
        answer_source=answer.source if answer else "",
        verdict=held.verdict,
        because=tuple(_because(s) for s in held.because),
        reason=held.reason,
        fix="" if held.verdict in ("supported", "not-applicable") else item.fix,
        ignored=tuple(f"{fact}: {court.ignore[fact]}" for fact in ignored),
        lint=_lint(item, answer, court),
    )


def _lint(item: Item, answer: Answer | None, court: Court) -> tuple[str, ...]:
    if answer is None or answer.source == "assumed":
        return ()
    from artifactpack.core.lint import lint_answer  # its patterns cost start-up, and most runs have no answers

    return lint_answer(item, answer, court.allowed(item), court.checklist.justification)


def _named(item: Item) -> tuple[Condition, ...]:
    from artifactpack.core.checklist import conditions

    return tuple(conditions(item))


def _shut(item: Item, answer: Answer | None) -> Held:
    left = f"; it is answered '{answer.value}' all the same" if answer and answer.value != "na" else ""
    return Held("not-applicable", reason=f"item {item.gate} is answered no{left}")


def _hold(item: Item, answer: Answer | None, state: Evidence, seen: tuple[Seen, ...], court: Court) -> Held:
    if answer is None:
        return _unanswered(item, state, seen, court)
    against = _true(item.contradicts.get(answer.value, ()), court)
    if against:
        return Held("contradicted", against, f"answered '{answer.value}', but {_words(against)}")
    if item.backing == "author":
        return Held("author-only", reason="only the authors can answer this")
    if answer.value == "no":
        return _no(item, state, seen, court)
    if answer.value == "na":
        return _na(item, seen, court)
    return _yes(item, answer, state, seen, court)


def _unanswered(item: Item, state: Evidence, seen: tuple[Seen, ...], court: Court) -> Held:
    if item.backing == "author":
        return Held("author-only", reason="only the authors can answer this")
    beside = _true(item.not_applicable, court)
    if beside:
        return Held("not-applicable", beside, _words(beside))
    why = f" ({_words(seen)})" if seen and state != "met" else ""
    return Held("unanswered", seen, f"the facts say: {state}{why}")


def _yes(item: Item, answer: Answer, state: Evidence, seen: tuple[Seen, ...], court: Court) -> Held:
    backing = _true(item.supports.get(answer.value, ()), court)
    backing = tuple(s for s in backing if not s.declared_only)
    if backing:
        return Held("supported", backing, _words(backing))
    beside = _true(item.not_applicable, court)
    if answer.source == "assumed" and beside:
        return Held("not-applicable", beside, _words(beside))
    if state == "met":
        return Held("supported", seen, _words(seen))
    return Held("no-evidence", seen, _words(seen) or NOT_TOLD)


def _no(item: Item, state: Evidence, seen: tuple[Seen, ...], court: Court) -> Held:
    backing = _true(item.supports.get("no", ()), court)
    if backing:
        return Held("supported", backing, _words(backing))
    if state == "unmet":
        return Held("supported", seen, f"an honest no: {_words(seen)}")
    if state == "met":
        return Held("no-evidence", seen, f"the facts would allow a yes: {_words(seen)}")
    return Held("no-evidence", seen, _words(seen) or NOT_TOLD)


def _na(item: Item, seen: tuple[Seen, ...], court: Court) -> Held:
    backing = _true((*item.supports.get("na", ()), *item.not_applicable), court)
    if backing:
        return Held("supported", backing, _words(backing))
    return Held("no-evidence", seen, "nothing found that shows it does not apply")


def _words(seen: tuple[Seen, ...]) -> str:
    return "; ".join(dict.fromkeys(s.words for s in seen))


def _because(seen: Seen) -> Because:
    return Because(
        fact=seen.fact,
        value=seen.value,
        status=seen.status,
        wants=seen.wants,
        sources=seen.sources,
        note=seen.note,
    )


def _counts(results: tuple[ItemResult, ...], checklist: Checklist) -> Counts:
    """``met`` counts evidence, never answers: an honest No is supported and still not met."""
    verdicts = Counter(r.verdict for r in results)
    author = {item.id for item in checklist.items if item.backing == "author"}
    scored = [r for r in results if r.verdict != "not-applicable" and r.id not in author]
    return Counts(
        met=sum(r.evidence == "met" and r.verdict != "contradicted" for r in scored),
        applicable=len(scored),
        author_only=sum(r.id in author and r.verdict != "not-applicable" for r in results),
        not_applicable=verdicts["not-applicable"],
        supported=verdicts["supported"],
        contradicted=verdicts["contradicted"],
        no_evidence=verdicts["no-evidence"],
        unanswered=verdicts["unanswered"],
    )
