"""The judge's rules, one by one, without a disk."""

import pytest

from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.core.judge import judge
from artifactpack.models.checklist import Checklist, Condition, Conditions, Item
from artifactpack.models.fact import Defect, Finding
from artifactpack.models.verdict import Answer

from .evidence import findings

BARS = Item(
    id="bars",
    title="Error bars",
    question="Are there error bars?",
    meets=Conditions(all=(Condition(fact="variance.error_bars", is_=True),)),
    contradicts={"yes": (Condition(fact="variance.runs", at_most=1),), "na": (Condition(fact="code.train", is_=True),)},
    not_applicable=(Condition(fact="code.experiments", is_=False),),
    fix="run more seeds",
)
ETHICS = Item(id="ethics", title="Ethics", question="Ethical?", backing="author")


def one(facts, answer=None, item=BARS, ignore=None, **settings):
    checklist = Checklist(id="x", title="X", items=(item,), **settings)
    answers = {item.id: Answer(value=answer, why="Table 1")} if answer else {}
    ready = all(isinstance(value, Finding) for value in facts.values())
    return judge(checklist, facts if ready else findings(facts), answers, ignore or {}).items[0]


@pytest.mark.parametrize(
    ("facts", "answer", "evidence", "verdict"),
    [
        pytest.param({"variance.error_bars": True}, "yes", "met", "supported", id="yes-with-evidence"),
        pytest.param({"variance.error_bars": False}, "yes", "unmet", "no-evidence", id="yes-not-found"),
        pytest.param({}, "yes", "unknown", "no-evidence", id="yes-nobody-knows"),
        pytest.param({"variance.runs": 1}, "yes", "unknown", "contradicted", id="yes-with-one-run"),
        pytest.param(
            {"variance.error_bars": True, "variance.runs": 1}, "yes", "met", "contradicted", id="against-wins"
        ),
        pytest.param({"variance.error_bars": False}, "no", "unmet", "supported", id="honest-no"),
        pytest.param({"variance.error_bars": True}, "no", "met", "no-evidence", id="no-though-met"),
        pytest.param({}, "no", "unknown", "no-evidence", id="no-nobody-knows"),
        pytest.param({"code.train": True}, "na", "unknown", "contradicted", id="na-though-it-applies"),
        pytest.param({"code.experiments": False}, "na", "unknown", "supported", id="na-shown"),
        pytest.param({}, "na", "unknown", "no-evidence", id="na-nobody-knows"),
        pytest.param({"variance.error_bars": True}, None, "met", "unanswered", id="unanswered-met"),
        pytest.param({"code.experiments": False}, None, "unknown", "not-applicable", id="unanswered-beside"),
    ],
)
def test_answer_held_against_evidence(facts, answer, evidence, verdict):
    result = one(facts, answer)
    assert (result.evidence, result.verdict) == (evidence, verdict)


def test_absent_counts_as_false_and_unknown_as_nothing():
    assert one({"variance.error_bars": absent("looked in every record")}, "yes").evidence == "unmet"
    assert one({"variance.error_bars": unknown("nothing recorded")}, "yes").evidence == "unknown"


def test_absent_is_no_small_number():
    assert one({"variance.runs": absent("nothing recorded")}, "yes").verdict == "no-evidence"


def test_an_unfinished_probe_is_no_evidence_and_says_why():
    result = one({"variance": Finding(not_verified=("variance: timed out",))}, "yes")
    assert result.verdict == "no-evidence"
    assert "timed out" in result.reason
    assert "did not run" in one({}, "yes").reason


def test_declared_by_the_author_is_shown_and_meets_nothing():
    result = one(findings({"variance.error_bars": True}, kind="author"), "yes")
    assert (result.evidence, result.verdict) == ("unknown", "no-evidence")
    assert "declared by the author" in result.because[0].note


def test_author_only_is_never_answered_by_us():
    assert one({}, None, ETHICS).verdict == "author-only"
    assert one({}, "yes", ETHICS).verdict == "author-only"


def test_because_points_at_the_defect_and_its_line():
    fact = known(seen("static", False, at("train.py", 7)))
    defect = Defect(id="seeds.unused", message="--seed is never read", fact="seeds.set", sources=(at("train.py", 4),))
    item = Item(
        id="s",
        title="S",
        question="?",
        meets=Conditions(all=(Condition(fact="seeds.set", is_=True),)),
        contradicts={"yes": (Condition(fact="seeds.set", is_=False),)},
    )
    result = one({"seeds": Finding(facts={"set": fact}, defects=(defect,))}, "yes", item)
    assert result.verdict == "contradicted"
    assert "--seed is never read" in result.because[0].note
    assert {(s.path, s.line) for s in result.because[0].sources} == {("train.py", 4), ("train.py", 7)}


def test_ignored_fact_neither_contradicts_nor_meets_and_is_shown():
    result = one({"variance.runs": 1, "variance.error_bars": True}, "yes", ignore={"variance.runs": "a proof"})
    assert result.verdict == "supported"
    assert result.ignored == ("variance.runs: a proof",)
    alone = one({"variance.error_bars": True}, "yes", ignore={"variance.error_bars": "because"})
    assert alone.evidence == "unknown"


def test_practice_lists_assume_yes():
    assert one({"variance.error_bars": True}, assumed="yes").verdict == "supported"
    assert one({"variance.runs": 1}, assumed="yes").verdict == "contradicted"
    assert one({"code.experiments": False}, assumed="yes").verdict == "not-applicable"


def test_counts_met_over_applicable_and_an_honest_no_is_not_met():
    items = (BARS, ETHICS, Item(id="other", title="O", question="?", meets=BARS.meets))
    checklist = Checklist(id="x", title="X", items=items)
    counts = judge(checklist, findings({"variance.error_bars": False}), {"bars": Answer(value="no", why="cost")}).counts
    assert (counts.met, counts.applicable, counts.author_only, counts.supported) == (0, 2, 1, 1)


def test_contradicted_item_is_not_counted_as_met():
    checklist = Checklist(id="x", title="X", items=(BARS,))
    result = judge(
        checklist, findings({"variance.error_bars": True, "variance.runs": 1}), {"bars": Answer(value="yes")}
    )
    assert (result.items[0].evidence, result.counts.met) == ("met", 0)


def test_any_needs_one_and_all_needs_every_one():
    item = Item(
        id="i",
        title="I",
        question="?",
        meets=Conditions(
            all=(Condition(fact="a.x", is_=True),),
            any=(Condition(fact="b.x", is_=True), Condition(fact="c.x", is_=True)),
        ),
    )
    assert one({"a.x": True, "b.x": False, "c.x": True}, "yes", item).evidence == "met"
    assert one({"a.x": True, "b.x": False, "c.x": False}, "yes", item).evidence == "unmet"
    assert one({"a.x": True, "b.x": False}, "yes", item).evidence == "unknown"


FABRICATED = [
    pytest.param("7", {"variance.runs": 1, "code.train": True}, {"contradicted"}, id="error-bars-with-one-run"),
    pytest.param(
        "8",
        {"hardware.described": absent("nothing"), "cost.described": absent("nothing")},
        {"no-evidence"},
        id="compute",
    ),
    pytest.param(
        "5",
        {"data.private_paths": ["/home/x/data"], "data.available": True, "dependencies.declared": True},
        {"no-evidence"},
        id="some-data-at-a-private-path",
    ),
    pytest.param(
        "5", {"data.open": False, "dependencies.declared": True}, {"contradicted"}, id="all-data-at-a-private-path"
    ),
]


@pytest.mark.parametrize("checklist_id", ["neurips-2024", "neurips-2025", "neurips-2026"])
@pytest.mark.parametrize(("item", "facts", "allowed"), FABRICATED)
def test_a_fabricated_yes_is_never_supported(checklist_id, item, facts, allowed):
    from artifactpack.core.checklist import load_checklist

    fabricated = {item: Answer(value="yes", why="All details are given in Section 4 and Appendix B.")}
    result = judge(load_checklist(checklist_id), findings(facts), fabricated)
    assert next(r for r in result.items if r.id == item).verdict in allowed
