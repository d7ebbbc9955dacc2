"""Filling forms: only what evidence supports, and no byte elsewhere."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifactpack.core.checklist import load_checklist
from artifactpack.core.facts import absent, known, seen
from artifactpack.core.fill import Proposal, fill, propose
from artifactpack.core.latex import read_form
from artifactpack.core.latex_text import escape

from .evidence import findings, met_by
from .latex_forms import LISTS, aaai, nested, neurips

NEURIPS = LISTS["neurips-2026"]
WHY = "Settings are in config_a.toml (line 3): 50 % & more {x} ~ \\input{/etc/passwd} $x^2$ #1"


def proposal(item, answer="yes", why=WHY):
    return {item: Proposal(item, answer, why)}


def run(built, name, proposals, **options):
    checklist = LISTS[name]
    text = built.text()
    return fill(text, read_form(text, checklist), checklist, proposals, **options)


def actions(steps):
    return {s.item: s.action for s in steps}


def test_writes_answer_and_reason_and_nothing_else():
    after, steps = run(neurips(), "neurips-2026", proposal("7"))
    assert after == neurips().text(**{"7_answer": "\\answerYes{}", "7_why": escape(WHY)})
    assert actions(steps)["7"] == "filled"
    assert {i for i, a in actions(steps).items() if a == "author"} == {"1", "2", "3", "9", "10", "11", "14", "15", "16"}


def test_nested_form_takes_the_reason_inside_the_macro():
    for name in ("neurips-2021", "automl"):
        item = "2d" if name == "automl" else "3c"
        after, _ = run(nested(name=name), name, proposal(item))
        assert after == nested(name=name).text(**{f"{item}_answer": f"\\answerYes{{{escape(WHY)}}}"})


@pytest.mark.parametrize(("answer", "word"), [("yes", "yes"), ("partial", "partial"), ("na", "NA")])
def test_aaai_takes_the_bare_word(answer, word):
    after, _ = run(aaai(), "aaai-2027", proposal("4.7", answer))
    assert after == aaai().text(**{"4.7_answer": word})


def test_a_person_s_answer_stays_without_replace():
    built = neurips({"7": ("\\answerNo{}", "Too expensive.")})
    after, steps = run(built, "neurips-2026", proposal("7"))
    assert after == built.text()
    assert next(s for s in steps if s.item == "7").reason == "evidence says yes; --replace would write it"
    after, _ = run(built, "neurips-2026", proposal("7"), replace=True)
    assert after == built.text(**{"7_answer": "\\answerYes{}", "7_why": escape(WHY)})


@pytest.mark.parametrize(
    ("answer", "why", "new_answer", "new_why"),
    [
        pytest.param("\\answerYes", "\\justificationTODO{}", "\\answerYes{}", None, id="reason-missing"),
        pytest.param("\\answerYes{}", "\\justificationTODO", "\\answerYes{}", None, id="reason-missing-no-braces"),
        pytest.param("\\answerTODO{}", "See Section 4.", "\\answerYes{}", "See Section 4.", id="answer-missing"),
        pytest.param("\\answerTODO", "\\justificationTODO{} %", "\\answerYes{}", "… %", id="comment-behind"),
        pytest.param("\\answerTODO{}", "", "\\answerYes{}", None, id="empty-reason"),
    ],
)
def test_writes_only_what_a_person_left_open(answer, why, new_answer, new_why):
    built = neurips({"7": (answer, why)})
    after, _ = run(built, "neurips-2026", proposal("7"))
    wanted = escape(WHY) + (" %" if new_why == "… %" else "") if new_why in (None, "… %") else new_why
    assert after == built.text(**{"7_answer": new_answer, "7_why": wanted})


def test_reason_line_missing_puts_the_reason_behind_the_answer():
    text = neurips().text().replace("    \\item[] Justification: \\justificationTODO{}\n", "")
    after, _ = fill(text, read_form(text, NEURIPS), NEURIPS, proposal("7"))
    start = text.index("\\answerTODO", text.index("statistical significance}"))
    assert after == text[:start] + f"\\answerYes{{{escape(WHY)}}}" + text[start + len("\\answerTODO{}") :]


def test_unreadable_answer_is_kept():
    built = neurips({"7": ("\\answerYes{} or \\answerNo{}", "Hm.")})
    assert run(built, "neurips-2026", proposal("7"))[0] == built.text()


def test_children_of_a_closed_gate_are_left_blank():
    built = aaai({"4.1": "no"})
    assert run(built, "aaai-2027", proposal("4.7"))[0] == built.text()


def test_filling_twice_changes_nothing_more():
    after, _ = run(neurips(), "neurips-2026", proposal("7") | proposal("8"))
    again, steps = fill(after, read_form(after, NEURIPS), NEURIPS, proposal("7") | proposal("8"))
    assert again == after and actions(steps)["7"] == "kept"


ANSWER = st.sampled_from(["\\answerTODO{}", "\\answerTODO", "\\answerYes{}", "\\answerNo{because}", "\\answerNA[x]"])
REASON = st.sampled_from(["\\justificationTODO{}", "\\justificationTODO", "", "Section~\\ref{s}.", "50\\% {a}"])


@pytest.mark.slow
@given(
    given_answers=st.dictionaries(st.sampled_from([i.id for i in NEURIPS.items]), st.tuples(ANSWER, REASON)),
    chosen=st.sets(st.sampled_from([i.id for i in NEURIPS.items])),
    why=st.text(min_size=1, max_size=60).filter(lambda t: escape(t)),
    replace=st.booleans(),
    windows=st.booleans(),
    before=st.text(st.characters(exclude_characters="\\{}%", exclude_categories=("Cs",)), max_size=40),
)
@settings(max_examples=60, deadline=None)
def test_every_byte_outside_answers_and_reasons_stays(given_answers, chosen, why, replace, windows, before):
    built = neurips(given_answers)
    built.parts.insert(0, before + "\n")
    end = "\r\n" if windows else "\n"
    parts = [p.replace("\n", end) if isinstance(p, str) else p for p in built.parts]
    text = "".join(p if isinstance(p, str) else p[2] for p in parts)
    proposals = {item: Proposal(item, "yes", why) for item in chosen}
    after, steps = fill(text, read_form(text, NEURIPS), NEURIPS, proposals, replace=replace)
    position = 0
    for part in parts:  # every fixed part is found again, in order, with only slots in between
        if isinstance(part, str):
            position = after.index(part, position) + len(part)
    filled = {s.item for s in steps if s.action == "filled"}
    assert filled <= chosen
    again = {s.item: s for s in read_form(after, NEURIPS).slots}
    was = {s.item: s for s in read_form(text, NEURIPS).slots}
    for item in (i.id for i in NEURIPS.items):
        assert again[item].answer == ("yes" if item in filled else was[item].answer), item
        if item not in filled:
            assert again[item].why == was[item].why, item


def test_proposes_only_what_is_supported():
    item = next(i for i in NEURIPS.items if i.id == "7")
    assert set(propose(NEURIPS, findings(met_by(item)), {})) == {"7"}
    assert "7" not in propose(NEURIPS, findings(met_by(item) | {"variance.runs": 1}), {})
    assert propose(NEURIPS, {}, {}) == {}


def test_proposes_na_only_where_facts_show_it():
    found = propose(NEURIPS, findings({"assets.released": False}), {})
    assert {k: p.answer for k, p in found.items()} == {"13": "na"}


def test_reason_for_na_is_a_sentence_without_names_of_facts():
    facts = {"settings.mixed_precision": absent("no reduced precision in the code")}
    facts["machine.gpus"] = known(seen("run", [], note="the recorded runs saw no GPU"))
    proposals = propose(load_checklist("cvpr-compute-2026"), findings(facts), {})
    assert proposals["gpu-model"].why == "The recorded runs saw no GPU."
    assert proposals["mixed-precision"].why == "No reduced precision in the code."


def test_proposes_nothing_for_author_only_items():
    every = dict.fromkeys(("llm.used", "code.train", "license.present", "readme.present", "seeds.set"), True)
    authors = {i.id for i in NEURIPS.items if i.backing == "author"}
    assert not authors & set(propose(NEURIPS, findings(every), {}))


def test_reason_names_place_and_no_more_than_is_known():
    found = propose(NEURIPS, findings({"variance.error_bars": True, "variance.runs": 5, "variance.seeds": [0, 1]}), {})
    assert found["7"].why == (
        "Each main setting was run with 5 seeds (0, 1); the seed is the factor of variability (README.md (line 3))."
    )
