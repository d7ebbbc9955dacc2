"""A check on a terminal: in colours, on one screen, the worst first, nothing that drives the terminal."""

import io
import re

import pytest

from artifactpack.models.fact import Defect, Finding, Source
from artifactpack.report.drawn import check, parts
from tests.report.samples import check_result, item


def drawn(result, width=100, height=40, verbose=False):
    screen = io.StringIO()
    check.draw(result, verbose=verbose, on=parts.console(screen, width, height))
    return screen.getvalue()


def plain(text):
    return re.sub(r"\033\[[0-9;]*m", "", text)


def test_tells_what_the_plain_text_tells():
    text = plain(drawn(check_result()))
    lines = text.splitlines()
    assert "The evidence says otherwise" in lines[0]
    first = next(line for line in lines if line.startswith(("✗", "?")))
    assert first.split()[:4] == ["✗", "3", "Deterministic", "algorithms"] and first.endswith("contradicted")
    for words in ("train.py:30", "→ Call torch.use_deterministic", "utils.py:8", "5 of 8 met", "1 of 2 given by"):
        assert words in text
    assert "\033[" in drawn(check_result())


@pytest.mark.parametrize("width", [60, 80, 120, 300])
def test_no_line_is_wider_than_the_terminal(width):
    lines = plain(drawn(check_result(), width)).splitlines()
    assert max(map(len, lines)) <= min(width, parts.WIDEST)


@pytest.mark.slow
def test_fits_the_screen_where_only_details_are_in_the_way():
    many = tuple(item(i, "no-evidence", f"Item {i}", fix="Do it.", reason="because " * 20) for i in range(300))
    text = plain(drawn(check_result(many, claims=()), height=40))
    assert len(text.splitlines()) < 40
    assert "more without evidence" in text
    everything = plain(drawn(check_result(many), verbose=True))
    assert all(f"Item {i}" in everything for i in range(300))


@pytest.mark.slow
def test_every_contradicted_item_is_shown_however_low_the_screen():
    many = tuple(item(i, "contradicted", f"Item {i}") for i in range(30))
    text = plain(drawn(check_result(many), height=10))
    assert all(f"Item {i} " in text for i in range(30))


def test_names_cannot_drive_the_terminal():
    hostile = "\033[2Jevil\r\n[red]x[/]\u202e:boom:.py"
    defect = Defect(id="a.b", message=hostile, fact="a.b", sources=(Source(path=hostile, line=1),))
    items = (item(1, "contradicted", hostile, reason=hostile, fix=hostile),)
    text = drawn(check_result(items, findings={"a": Finding(defects=(defect,))}))
    assert "\033[2J" not in text
    assert "\r" not in text and "\u202e" not in text
    assert "[red]x[/] :boom:" in plain(text)
