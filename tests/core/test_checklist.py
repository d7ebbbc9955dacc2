"""Loading checklists: faults all listed, bombs refused, extension, and a cache that spares the imports."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifactpack.core.checklist import LARGEST, Text, available, find, load_checklist, unknown_facts
from artifactpack.core.checklist_parse import parse
from artifactpack.data import data_dir
from artifactpack.errors import ChecklistError
from artifactpack.pipeline.facts import known_facts

SMALL = """\
id: lab
title: Our lab
items:
  - id: a
    title: A
    question: Is it?
    meets: {all: [{fact: seeds.set, is: true}]}
"""


def write(folder, text, name="our-lab.yaml"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def faults(folder, text):
    path = write(folder, text)
    with pytest.raises(ChecklistError) as caught:
        load_checklist(path.name, folder)
    return str(caught.value)


def test_loads_a_lab_s_own_file(tmp_path):
    write(tmp_path, SMALL)
    checklist = load_checklist("./our-lab.yaml", tmp_path)
    assert (checklist.id, checklist.items[0].meets.all[0].is_) == ("lab", True)


def test_names_the_nearest_shipped_list():
    with pytest.raises(ChecklistError, match="did you mean 'neurips-2026'"):
        load_checklist("neurips-206")


def test_extends_a_shipped_list_item_by_item(tmp_path):
    write(
        tmp_path,
        "id: lab\ntitle: Lab\nextends: neurips-2026\nwithout: ['14', '15']\nitems:\n"
        "  - {id: '7', fix: ask the statistician}\n  - {id: L1, title: Lab, question: Ours, backing: author}\n",
    )
    checklist = load_checklist("our-lab.yaml", tmp_path)
    items = {i.id: i for i in checklist.items}
    assert len(checklist.items) == 15
    assert items["7"].fix == "ask the statistician"
    assert items["7"].meets == {i.id: i for i in load_checklist("neurips-2026").items}["7"].meets
    assert checklist.form == "neurips"


def test_extends_a_file_beside_it_and_refuses_a_circle(tmp_path):
    write(tmp_path, SMALL, "base.yaml")
    write(tmp_path, "id: c\ntitle: C\nextends: base.yaml\nitems: []\n", "child.yaml")
    assert [i.id for i in load_checklist("child.yaml", tmp_path).items] == ["a"]
    write(tmp_path, "id: d\ntitle: D\nextends: e.yaml\nitems: []\n", "d.yaml")
    write(tmp_path, "id: e\ntitle: E\nextends: d.yaml\nitems: []\n", "e.yaml")
    with pytest.raises(ChecklistError, match="circle"):
        load_checklist("d.yaml", tmp_path)


def test_lists_every_fault_with_file_item_and_key(tmp_path):
    said = faults(
        tmp_path,
        """\
id: lab
title: Lab
answers: ["yes", "no"]
colour: blue
items:
  - id: a
    titel: A
    question: Is it?
  - id: b
    title: B
    question: Is it?
    gate: z
    meets: {all: [{fact: seeds, is: true}, {fact: seeds.set, is: true, at-least: 2}, {fact: seeds.set, si: true}]}
  - id: c
    title: C
    question: Is it?
    contradicts: {maybe: [{fact: seeds.set, is: true}]}
    gate: d
  - id: d
    title: D
    question: Is it?
    backing: author
    meets: {all: [{fact: seeds.set, is: true}]}
  - id: d
    title: D
    question: Is it?
""",
    )
    wanted = (
        "our-lab.yaml: colour: unknown key",
        "item 'a', titel: unknown key; did you mean 'title'?",
        "item 'a', title: this key is missing",
        "item 'b', meets.all[2].si: unknown key",
        "item 'c', contradicts: 'maybe' is not one of its answers (yes, no)",
        "item 'c', gate: item 'd' is not marked is-gate",
        "item 'd', backing: an author-only item cannot be met",
        "item 'd', id: used twice",
        "item 'b', gate: no item 'z'",
    )
    for part in wanted:
        assert part in said, said


def test_an_item_with_a_fault_hides_no_other(tmp_path):
    said = faults(
        tmp_path,
        "id: l\ntitle: L\nitems:\n  - {id: a, titel: A, is-gate: true, question: '?'}\n"
        "  - {id: b, title: B, question: '?', gate: a}\n"
        "  - {id: a, titel: A, question: '?', meets: {all: [{fact: seeds, is: true}]}}\n",
    )
    assert "item 'a', id: used twice" in said
    assert "'seeds' is not a fact's full name" in said
    assert "item 'b'" not in said  # its gate is there, though faulty


def test_finds_what_the_schema_cannot_say(tmp_path):
    said = faults(
        tmp_path,
        "id: l\ntitle: L\nitems:\n  - id: b\n    title: B\n    question: '?'\n    gate: z\n"
        "    meets: {all: [{fact: seeds, is: true}, {fact: a.b, is: true, at-least: 2}]}\n",
    )
    for part in ("gate: no item 'z'", "'seeds' is not a fact's full name", "needs exactly one test"):
        assert part in said


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{c}: &{c} [{','.join(['*' + p] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(BOMB, "line 2: aliases", id="alias-bomb"),
        pytest.param("[" * 5000, "nested too deeply", id="deep"),
        pytest.param("id: a\nid: b\n", "line 2: key 'id' twice", id="key-twice"),
        pytest.param("id: [a\n", "line 2:", id="broken"),
        pytest.param(b"id: \xff\n", "not UTF-8 at byte 4", id="latin-1"),
        pytest.param("", "is a mapping", id="empty"),
        pytest.param("- a\n", "is a mapping", id="list"),
        pytest.param("id: x\ntitle: X\n", "at least one item", id="no-items"),
        pytest.param("id: x\ntitle: X\nitems:\n" + "  - {id: a, gate: b}\n" * 501, "at most 500", id="many-items"),
        pytest.param("id: !!python/object/apply:os.system ['true']\n", "could not determine a constructor", id="tag"),
    ],
)
def test_refuses(tmp_path, text, message):
    started = time.monotonic()
    assert message in faults(tmp_path, text)
    assert time.monotonic() - started < 5


def test_refuses_a_huge_file_without_reading_it(tmp_path):
    path = write(tmp_path, SMALL)
    with path.open("r+b") as stream:
        stream.truncate(100_000_000)
    with pytest.raises(ChecklistError, match=f"larger than {LARGEST:,}"):
        load_checklist("our-lab.yaml", tmp_path)


@pytest.mark.parametrize("name", ["../outside.yaml", "/etc/outside.yaml", "link.yaml"])
def test_a_project_cannot_name_a_file_outside(tmp_path, name):
    inside = tmp_path / "project"
    inside.mkdir()
    write(tmp_path, SMALL, "outside.yaml")
    (inside / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    with pytest.raises(ChecklistError, match="outside the project"):
        load_checklist(name, inside)


@pytest.mark.parametrize("spelt", ["4.10", "1", "yes", "2020-04-07", "null"])
def test_ids_stay_as_they_are_spelt(tmp_path, spelt):
    write(tmp_path, f"id: l\ntitle: L\nitems:\n  - {{id: {spelt}, title: T, question: '?'}}\n")
    assert load_checklist("our-lab.yaml", tmp_path).items[0].id == spelt


def test_answers_need_no_quotes(tmp_path):
    write(tmp_path, "id: l\ntitle: L\nanswers: [yes, no, na]\nitems:\n  - {id: a, title: T, question: '?'}\n")
    assert load_checklist("our-lab.yaml", tmp_path).answers == ("yes", "no", "na")


def test_cache_follows_the_content_of_the_file_and_of_what_it_extends(tmp_path):
    write(tmp_path, SMALL, "base.yaml")
    write(tmp_path, "id: c\ntitle: C\nextends: base.yaml\nitems: []\n", "child.yaml")
    assert load_checklist("child.yaml", tmp_path).items[0].title == "A"
    write(tmp_path, SMALL.replace("title: A", "title: Z"), "base.yaml")
    assert load_checklist("child.yaml", tmp_path).items[0].title == "Z"


def test_cache_tells_the_same_file_in_two_places_apart(tmp_path):
    for place, title in (("one", "A"), ("two", "Z")):
        (tmp_path / place).mkdir()
        write(tmp_path / place, SMALL.replace("title: A", f"title: {title}"), "base.yaml")
        write(tmp_path / place, "id: c\ntitle: C\nextends: base.yaml\nitems: []\n", "child.yaml")
        assert load_checklist("child.yaml", tmp_path / place).items[0].title == title


def test_a_broken_cache_entry_is_only_slower(tmp_path, own_home):
    first = load_checklist("essentials")
    for entry in (own_home / "cache/artifactpack/checklists").iterdir():
        entry.write_text('{"parents": [], "checklist": {"id": 3', encoding="utf-8")
    assert load_checklist("essentials") == first


def test_warm_load_imports_neither_yaml_nor_pydantic():
    load_checklist("neurips-2026")
    code = (
        "import sys; from artifactpack.core.checklist import load_checklist; c = load_checklist('neurips-2026');"
        "assert len(c.items) == 16; print([m for m in ('yaml', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_ships_lists():
    assert "essentials" in available()


def test_the_documented_example_is_a_valid_list(tmp_path):
    page = (data_dir("schemas").parent / "docs/how-to/own-checklist.md").read_text(encoding="utf-8")
    write(tmp_path, page.split("```yaml\n")[1].split("```")[0])
    checklist = load_checklist("our-lab.yaml", tmp_path)
    assert unknown_facts(checklist.items, frozenset(known_facts())) == ()


SCALAR = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=6)
KEYS = st.sampled_from(
    "id title question items extends without answers meets unmet all any fact is contradicts supports gate is-gate"
    " backing yes one-of at-least match not-applicable".split()
)
ANYTHING = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=25
)


def only_says_what_is_wrong(data):
    try:
        parse(Text("any.yaml", Path("any.yaml"), data))
    except ChecklistError as error:
        assert str(error)


@pytest.mark.slow
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_a_list_or_an_error_that_speaks(data):
    only_says_what_is_wrong(data)


@pytest.mark.slow
@given(st.dictionaries(KEYS, ANYTHING, max_size=8))
@settings(max_examples=150, deadline=None)
def test_any_structure_is_a_list_or_an_error_that_speaks(structure):
    only_says_what_is_wrong(json.dumps(structure).encode())


@pytest.mark.parametrize("text", ["? [a]\n: b\n", "? {a: b}\n: c\n", "id: .nan\n", "<<: {a: b}\n", "a: 1\n---\nb: 2\n"])
def test_odd_yaml_is_an_error_that_speaks(text):
    only_says_what_is_wrong(text.encode())


@pytest.mark.slow
@pytest.mark.parametrize("name", available())
def test_a_shipped_list_reads_the_same_without_validation(name):
    text = find(name)
    assert parse(text, trusted=True) == parse(text)
