"""What happened beats what is written; what is written beats what is said."""

from __future__ import annotations

import pytest

from artifactpack.core.facts import absent, at, known, seen, unknown


@pytest.mark.parametrize(
    ("kinds", "decides"),
    [
        (("author", "static"), "static"),
        (("static", "author-run"), "author-run"),
        (("author-run", "system"), "system"),
        (("system", "run"), "run"),
        (("author", "static", "author-run", "system", "run"), "run"),
    ],
)
def test_the_most_trusted_observation_decides(kinds, decides):
    fact = known(*(seen(kind, kind) for kind in kinds))
    assert (fact.value, fact.decided_by, fact.status) == (decides, decides, "known")
    assert len(fact.observations) == len(kinds)


def test_the_first_of_a_kind_decides():
    assert known(seen("static", 1), seen("static", 2)).value == 1


def test_a_known_fact_needs_an_observation():
    with pytest.raises(ValueError, match="observation"):
        known()


def test_absent_is_false_and_unknown_is_nothing():
    assert (absent("looked").value, absent("looked").status) == (False, "absent")
    assert (unknown("why").value, unknown("why").reason) == (None, "why")


def test_a_source_keeps_a_short_text():
    assert at("a.py", 3, " x" * 200).text is not None
    assert len(at("a.py", 3, "x" * 500).text or "") == 160
    assert at("a.py", 0).line is None
