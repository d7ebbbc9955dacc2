"""Every item of every shipped list: known facts, a supporting case, contradicting cases, author-only kept apart."""

import json

import pytest

from artifactpack.core.checklist import available, conditions, find, unknown_facts
from artifactpack.core.checklist_parse import parse
from artifactpack.core.judge import judge
from artifactpack.data import data_dir
from artifactpack.models.verdict import Answer
from artifactpack.pipeline.facts import known_facts

from .evidence import all_of, findings, met_by, satisfying

COUNTS = {
    "aaai-2027": 31,
    "acm-badges-1.1": 5,
    "aistats": 18,
    "arr": 22,
    "automl": 28,
    "ctuning-appendix": 34,
    "cvpr-compute-2026": 45,
    "essentials": 9,
    "eurosys-2026": 29,
    "gundersen-2018": 16,
    "iclr-statement": 5,
    "ml-code-completeness": 5,
    "ml-reproducibility-2.0": 21,
    "neurips-2021": 18,
    "neurips-2024": 15,
    "neurips-2025": 16,
    "neurips-2026": 16,
    "reforms": 32,
    "usenix-security-2026": 12,
}
# Items that a machine can both support and contradict.
MACHINE = {
    "neurips-2026": "5 6 7 8 4 12 13",
    "ml-reproducibility-2.0": "6 7 9 11 12 13 14 15 16 17 19 20 21",
    "aaai-2027": "3.1 3.3 3.6 4.1 4.2 4.3 4.4 4.7 4.8 4.10 4.11 4.13",
    "automl": "2b 2c 2d 2h 3a 3b 3d 3e 5a 5b",
    "arr": "A1 B6 C1 C2 C3 C4",
    "ml-code-completeness": "1 2 3 4 5",
    "reforms": "2a 2b 2c 2d 2e 3d 3e 3f 5c 5e 6a 6b 7b",
    "cvpr-compute-2026": "cpu-model gpu-model gpu-count gpu-memory epochs batch framework mixed-precision distributed",
    "gundersen-2018": "training-data validation-data test-data results method-source-code hardware-specifications"
    " software-dependencies experiment-setup",
}
LISTS = {name: parse(find(name))[0] for name in available()}
EVERY = pytest.mark.parametrize("checklist", LISTS.values(), ids=LISTS)


def judged(checklist, item, facts, answer=None):
    given = {item.id: Answer(value=answer, why="Section 3")} if answer else {}
    result = judge(checklist, findings(facts), given)
    return next(r for r in result.items if r.id == item.id)


def test_item_counts_are_the_venues():
    assert {name: len(c.items) for name, c in LISTS.items()} == COUNTS


@EVERY
def test_names_source_and_date(checklist):
    assert checklist.source
    assert checklist.kind == "practice" or checklist.date


@EVERY
def test_names_only_facts_that_a_probe_reports(checklist):
    assert unknown_facts(checklist.items, frozenset(known_facts())) == ()


@pytest.mark.slow
@EVERY
def test_file_is_valid_under_its_json_schema(checklist):
    import jsonschema

    from artifactpack.core.yaml_safe import read_yaml

    schema = json.loads((data_dir("schemas") / "checklist.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(read_yaml(find(checklist.id)), schema)


@EVERY
def test_each_item_asks_something_and_says_how_to_repair_it(checklist):
    for item in checklist.items:
        assert item.title and item.question, item.id
        assert item.fix or item.backing == "author" or item.is_gate, item.id


def decidable(checklist):
    return [item for item in checklist.items if item.backing != "author"]


@EVERY
def test_each_item_is_supported_by_facts_that_meet_it(checklist):
    for item in decidable(checklist):
        result = judged(checklist, item, met_by(item), (item.answers or checklist.answers)[0])
        assert (result.evidence, result.verdict) == ("met", "supported"), item.id
        assert result.because, item.id


@EVERY
def test_no_item_is_supported_by_nothing(checklist):
    for item in decidable(checklist):
        result = judged(checklist, item, {}, (item.answers or checklist.answers)[0])
        assert (result.evidence, result.verdict) == ("unknown", "no-evidence"), item.id


@EVERY
def test_no_item_is_met_by_the_authors_word_alone(checklist):
    for item in decidable(checklist):
        if any(c.declared for c in (*item.meets.all, *item.meets.any)):
            continue  # a map of claims, a smoke command, a data licence: here the declaration is the thing
        result = judge(checklist, findings(met_by(item), kind="author"), {})
        assert next(r for r in result.items if r.id == item.id).evidence != "met", item.id


@EVERY
def test_each_condition_that_contradicts_does_so_alone(checklist):
    for item in checklist.items:
        for answer, listed in item.contradicts.items():
            for condition in listed:
                facts = met_by(item) | {condition.fact: satisfying(condition)}
                result = judged(checklist, item, facts, answer)
                assert result.verdict == "contradicted", (item.id, answer, condition)
                assert condition.fact in {b.fact for b in result.because}, item.id


@pytest.mark.parametrize(("name", "ids"), MACHINE.items(), ids=MACHINE)
def test_items_a_machine_can_tell_have_both_cases(name, ids):
    items = {i.id: i for i in LISTS[name].items}
    for item_id in ids.split():
        assert items[item_id].backing != "author", item_id
        assert items[item_id].contradicts, item_id


@EVERY
def test_author_only_items_are_never_answered_by_us(checklist):
    every = {c.fact: True for i in checklist.items for c in conditions(i)}
    for item in (i for i in checklist.items if i.backing == "author"):
        for answer in (None, "yes", "no", "na"):
            result = judged(checklist, item, every, answer)
            assert result.verdict in ("author-only", "not-applicable", "contradicted"), item.id
            assert (result.answer, result.evidence) == (answer, "unknown"), item.id


@EVERY
def test_gates_close_their_children(checklist):
    for gate in (i for i in checklist.items if i.is_gate):
        result = judge(checklist, {}, {gate.id: Answer(value="no")})
        shut = [r for r in result.items if next(i for i in checklist.items if i.id == r.id).gate == gate.id]
        assert shut and {r.verdict for r in shut} == {"not-applicable"}


@EVERY
def test_a_gate_that_facts_contradict_stays_open(checklist):
    for gate in (i for i in checklist.items if i.contradicts.get("no") and i.is_gate):
        result = judge(checklist, findings(all_of(gate.contradicts["no"])), {gate.id: Answer(value="no")})
        verdicts = {r.id: r.verdict for r in result.items}
        assert verdicts[gate.id] == "contradicted"
        children = [i.id for i in checklist.items if i.gate == gate.id]
        assert "not-applicable" not in {verdicts[c] for c in children}
