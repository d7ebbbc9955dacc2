"""The badge: its picture, and the file that shields.io reads."""

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from artifactpack.models.badge import Badge, BadgeScore
from artifactpack.report import badge
from tests.report.samples import check_result

WHOLE = BadgeScore(checklist="essentials", met=9, applicable=9)
PART = BadgeScore(checklist="essentials", met=5, applicable=8, author_only=1, not_applicable=1)
WRONG = BadgeScore(checklist="essentials", met=8, applicable=9, contradicted=1)
# The keys that shields.io's endpoint accepts; it refuses a file with any other.
SHIELDS = {
    "schemaVersion",
    "label",
    "message",
    "color",
    "labelColor",
    "isError",
    "namedLogo",
    "logoSvg",
    "logoColor",
    "style",
}


@pytest.mark.parametrize(
    ("scores", "rerun", "message", "colour"),
    [
        pytest.param((WHOLE,), ("", 0, 0), "9/9 met", "good", id="all-met"),
        pytest.param((PART,), ("", 0, 0), "5/8 met", "partial", id="some-met"),
        pytest.param((WRONG,), ("", 0, 0), "8/9 met, 1 contradicted", "bad", id="contradicted"),
        pytest.param((WHOLE, PART), ("", 0, 0), "14/17 met", "partial", id="two-lists"),
        pytest.param((WHOLE,), ("train", 2, 2), "9/9 met · train re-run 2/2", "good", id="re-run"),
        pytest.param((WHOLE,), ("train", 1, 2), "9/9 met · train re-run 1/2", "partial", id="re-run-in-part"),
        pytest.param((), ("", 0, 0), "0/0 met", "none", id="no-checklist"),
    ],
)
def test_message_and_colour(scores, rerun, message, colour):
    assert badge.message(scores, *rerun) == message
    assert badge.colour(scores, *rerun) == badge.COLOURS[colour]


def test_author_only_and_not_applicable_are_beside_not_inside():
    assert badge.scores(check_result()) == (replace(PART, contradicted=1),)


def test_svg_is_small_named_and_holds_its_words():
    drawn = badge.svg(Badge(message="5/8 met", color="#8a5c00", scores=(PART,), commit="a" * 40, date="2026-03-01"))
    root = ET.fromstring(drawn)
    assert len(drawn) < 1400
    assert root.get("role") == "img"
    assert "essentials 5 of 8 (1 author only, 1 not applicable)" in root.get("aria-label")
    texts = [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["artifact", "5/8 met"]
    assert int(root.get("width")) == badge.width("artifact") + badge.width("5/8 met") + 24


def test_hostile_words_stay_words():
    ET.fromstring(badge.svg(Badge(label='"/><script>', message="<&>", color="#000000", scores=())))


def test_endpoint_holds_only_keys_that_shields_accepts():
    told = json.loads(badge.endpoint(Badge(message="5/8 met", color="#8a5c00")))
    assert told["schemaVersion"] == 1
    assert set(told) <= SHIELDS
    assert told["message"] and not told["color"].startswith("#")


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [*badge.COLOURS.values(), badge._LABEL])
def test_white_letters_can_be_read(colour):
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


def test_a_badge_of_a_bundle_says_whose_verdicts_it_was_held_against(tmp_path, monkeypatch):
    from artifactpack.models.records import to_json
    from artifactpack.pipeline import badge as pipeline

    bundle, statement = tmp_path / "a.zip", tmp_path / "badge.json"
    bundle.write_bytes(b"")
    monkeypatch.setattr(pipeline, "_look", lambda *_: (check_result(), "", "", ()))
    monkeypatch.setattr(pipeline, "_digest", lambda _: "d1")
    statement.write_text(to_json(pipeline.make_badge(bundle)))
    found = pipeline.verify_badge(statement, bundle)
    assert found.state == "holds"
    assert any("own check.json" in note for note in found.not_checked)
