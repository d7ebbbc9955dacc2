"""Reading forms: what real authors do to them, and what must not be guessed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifactpack.core.latex import find_family, read_form
from artifactpack.core.latex_text import blanked, escape, group_end, key, plain

from .latex_forms import LISTS, aaai, aaai_list, nested, neurips


def read(text, name="neurips-2026"):
    assert find_family(text) == LISTS[name].form
    return read_form(text, LISTS[name])


def answers(form):
    return {slot.item: slot.answer for slot in form.slots}


@pytest.mark.parametrize(
    ("build", "name", "count"),
    [
        pytest.param(neurips, "neurips-2026", 16, id="neurips-2026"),
        pytest.param(lambda: neurips(name="neurips-2024"), "neurips-2024", 15, id="neurips-2024"),
        pytest.param(nested, "neurips-2021", 18, id="neurips-2021"),
        pytest.param(lambda: nested(name="automl"), "automl", 28, id="automl"),
        pytest.param(aaai, "aaai-2027", 31, id="aaai"),
    ],
)
def test_blank_form_has_every_item_open(build, name, count):
    form = read(build().text(), name)
    assert len(form.slots) == count
    assert set(answers(form).values()) == {"todo"}
    assert (form.missing, form.faults) == ((), ())


@pytest.mark.parametrize(
    ("answer", "why", "wanted"),
    [
        pytest.param("\\answerYes{}", "See Section~2.", ("yes", "See Section~2."), id="plain"),
        pytest.param("\\answerYes", "See Section 2.", ("yes", "See Section 2."), id="no-braces"),
        pytest.param("\\answerYes{}.", "See 2.", ("yes", "See 2."), id="full-stop"),
        pytest.param("\\answerNo{The data are private.}", "", ("no", "The data are private."), id="text-in-braces"),
        pytest.param("\\answerNA[no data]", "\\justificationTODO{}", ("na", "no data"), id="text-in-brackets"),
        pytest.param("\\answerYes {}", "See 2.", ("yes", "See 2."), id="space-before-braces"),
        pytest.param("[Yes]", "See 2.", ("yes", "See 2."), id="printed-form"),
        pytest.param("{\\bf Yes}", "See 2.", ("yes", "See 2."), id="bold-word"),
        pytest.param("\\textcolor{blue}{[N/A] }", "See 2.", ("", "See 2."), id="colour-is-not-guessed"),
        pytest.param("", "See 2.", ("todo", "See 2."), id="deleted"),
        pytest.param("\\answerYes{} %", "See 2. %", ("yes", "See 2."), id="comment-ends"),
        pytest.param("%\\answerNo{}\n    \\answerYes{}", "Yes.", ("yes", "Yes."), id="commented-out-answer"),
        pytest.param(
            "\\answerYes{}",
            "A {nested} list:\n\\begin{itemize}\\item a\\end{itemize} b",
            ("yes", None),
            id="list-inside",
        ),
    ],
)
def test_reads_what_authors_write(answer, why, wanted):
    slot = next(s for s in read(neurips({"7": (answer, why)}).text()).slots if s.item == "7")
    assert slot.answer == wanted[0]
    assert wanted[1] is None or slot.why == wanted[1]


@pytest.mark.parametrize("options", [{"block": False}, {"question": False}, {"guidelines": False}, {"hint": ""}])
def test_reads_a_mutilated_form(options):
    text = neurips({str(n): ("\\answerYes{}", f"Section {n}.") for n in range(1, 17)}, **options).text()
    assert set(answers(read(text)).values()) == {"yes"}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param("\\answerYes{} \\answerNo{}", "more than one answer", id="two"),
        pytest.param("Not \\answerYes{}", "text before the answer", id="words-before"),
        pytest.param("maybe", "'maybe' is not an answer macro", id="word"),
    ],
)
def test_reports_what_it_cannot_read_with_its_line(answer, message):
    text = neurips({"5": (answer, "Because.")}).text()
    form = read(text)
    line = next(n for n, t in enumerate(text.splitlines(), 1) if "Open access" in t) + 2
    assert [(n, m) for n, m in form.faults if message in m and abs(n - line) <= 1], form.faults
    assert answers(form)["5"] == ""


def test_reads_items_whose_author_dropped_the_label_of_the_answer():
    text = neurips({"7": ("\\answerYes{}", "See 2."), "8": ("\\answerNo", "Not told.")}).text()
    form = read(text.replace("\\item[] Answer: ", "\\item[] "))
    found = {s.item: (s.answer, s.why) for s in form.slots}
    assert (len(found), found["7"], found["8"], found["1"][0]) == (16, ("yes", "See 2."), ("no", "Not told."), "todo")


def test_a_list_in_the_paper_s_text_is_not_the_checklist():
    body = "\\begin{itemize}\\item {\\bf Claims} we claim \\answerYes{} \\item \\textbf{Odd} one\\end{itemize}\n"
    assert len(read("\\documentclass{a}\n" + body + neurips().text()).slots) == 16


def test_renamed_title_is_found_and_unknown_title_reported():
    text = neurips().text().replace("{\\bf Safeguards}", "{\\bf Safeguard}").replace("{\\bf New assets}", "{\\bf Cats}")
    form = read(text)
    assert form.missing == ("13",)
    assert any("not on the list" in m for _, m in form.faults)


def test_title_cut_short_is_found():
    form = read(neurips().text().replace(" approvals or equivalent for research with human subjects}", " approvals}"))
    assert (form.missing, form.faults) == ((), ())


def test_label_and_reason_in_the_running_text():
    text = (
        "\\begin{enumerate}\n\\item \\textbf{Claims}\\\\\n\\emph{Answer:} \\answerYes{}\\\\\n"
        "\\emph{Justification:} All of \\emph{them} in Section 1.\n\n\\item \\textbf{Limitations}\\\\\n"
        "\\emph{Answer:} \\answerTODO{}\\\\\n\\emph{Justification:} \\justificationTODO{}\n\n"
        "\\item \\textbf{Safeguards}\\\\\n\\emph{Answer:} \\answerNA{}\\\\\nJustification: None.\n\\end{enumerate}\n"
    )
    slots = {s.item: (s.answer, s.why) for s in read(text).slots}
    whys = {"1": ("yes", "All of \\emph{them} in Section 1."), "2": ("todo", ""), "11": ("na", "None.")}
    assert slots == whys


def test_what_stands_behind_the_document_is_not_read():
    spare = neurips({"1": ("\\answerNo{}", "Old.")}).text()
    form = read(f"{neurips().text()}\\end{{document}}\n{spare}")
    assert (set(answers(form).values()), form.faults) == ({"todo"}, ())


def test_version_of_a_form_cut_down_to_its_first_items():
    text = "\\begin{enumerate}\n\\item {\\bf Claims}\n\\item[] Answer: \\answerNo{}\n"
    text += "\\item[] Guidelines:\n\\begin{itemize}\n"
    newest = "\\item The answer \\answerNA{} means nothing.\n\\end{itemize}\n\\end{enumerate}"
    older = "\\item The answer NA means nothing.\n\\end{itemize}\n\\end{enumerate}"
    assert read(text + newest).versions == ("neurips-2026",)
    assert len(read(text + older).versions) == 3


def test_item_twice_is_reported():
    text = neurips().text()
    start = text.index("\\item {\\bf Claims}")
    doubled = text.replace(
        "\\end{enumerate}\n", text[start : text.index("\\item {\\bf Limitations}")] + "\\end{enumerate}\n"
    )
    assert any("item 1 is there twice" in m for _, m in read(doubled).faults)


def test_instruction_block_is_noted():
    assert any("instruction block" in m for _, m in read(neurips().text()).notes)
    assert not read(neurips(block=False).text()).notes


@pytest.mark.parametrize(
    ("build", "name", "versions"),
    [
        (lambda: neurips(name="neurips-2024", question=False), "neurips-2026", ("neurips-2024",)),
        (lambda: neurips(guidelines=False), "neurips-2026", ("neurips-2025", "neurips-2026")),
        (neurips, "neurips-2026", ("neurips-2026",)),
    ],
)
def test_version_is_told_by_content(build, name, versions):
    assert read(build().text(), name).versions == versions


def test_version_2025_by_its_wording():
    text = neurips().text().replace("The answer \\answerNA{} means", "The answer NA means")
    assert read(text).versions == ("neurips-2025",)


def test_nested_forms_hold_answer_and_reason_in_one_macro():
    form = read(
        nested({"3c": "\\answerYes{See Table~\\ref{tab:a}.}", "4b": "\\answerNo{} See 2."}).text(), "neurips-2021"
    )
    slots = {s.item: s for s in form.slots}
    assert (slots["3c"].answer, slots["3c"].why) == ("yes", "See Table~\\ref{tab:a}.")
    assert (slots["4b"].answer, slots["4b"].why) == ("no", "See 2.")


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("yes", "yes"),
        ("Yes.", "yes"),
        ("NA", "na"),
        ("n/a", "na"),
        ("\\textbf{partial}", "partial"),
        ("{\\bf no}", "no"),
        ("yes, see Section 3", "yes"),
        ("", "todo"),
        ("Type your response here.", "todo"),
        ("yes/no", ""),
        ("sure", ""),
    ],
)
@pytest.mark.parametrize("indent", ["", "\t", "        "])
def test_aaai_answers(written, wanted, indent):
    form = read(aaai({"4.7": written}, indent).text(), "aaai-2027")
    assert answers(form)["4.7"] == wanted
    assert bool(form.faults) == (wanted == "")


def test_aaai_straight_apostrophe_and_answer_on_the_same_line():
    text = aaai({"4.13": "yes"}, eol=" ").text().replace("’", "'")
    assert answers(read(text, "aaai-2027"))["4.13"] == "yes"


def test_aaai_plain_list_of_older_kits():
    text = (
        "% theoretical contributions?\n"
        + aaai_list({"1.1": "{\\bf yes}", "3.3": "\\textbf{NA}", "2.1": "{\\bf yes/no}"}).text()
    )
    form = read(text.replace("% theoretical", "Has it theoretical"), "aaai-2027")
    found = answers(form)
    assert (len(form.slots), found["1.1"], found["3.3"], found["1.2"]) == (31, "yes", "na", "todo")
    assert [m for _, m in form.faults] == ["item 2.1: 'yes/no' is not one of the options"]


def test_windows_line_ends_are_read():
    text = neurips({"1": ("\\answerYes{}", "Section 1.")}).text().replace("\n", "\r\n")
    assert answers(read(text))["1"] == "yes"


def test_no_form_is_no_form():
    assert find_family("\\documentclass{article}\\begin{document}Hello \\verb|\\answerYes{}|\\end{document}") == ""


HOSTILE = {
    "macros": "\\answerYes{" * 50_000,
    "verbatim": "\\begin{verbatim}" * 50_000,
    "verb": "\\verb|" * 100_000,
    "braces": "{" * 300_000,
    "items": "\\item \\begin{x} \\answerYes{}" * 20_000,
    "titles": "\\item {\\bf Clams}\n\\item[] Answer: \\answerYes{}\n" * 10_000,
    "questions": "\\question{a}{(yes)}\n" * 30_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.timeout(20)
def test_hostile_files_are_read_in_time(text):
    find_family(text)
    for name in ("neurips-2026", "neurips-2021", "aaai-2027"):
        read_form("\\item {\\bf Claims}\\item[] Answer: " + text, LISTS[name])


@given(st.text())
@settings(max_examples=80, deadline=None)
def test_blanking_keeps_every_position(text):
    assert len(blanked(text)) == len(text)
    assert [i for i, c in enumerate(blanked(text)) if c == "\n"] == [i for i, c in enumerate(text) if c == "\n"]


@given(st.text())
@settings(max_examples=80, deadline=None)
def test_escaped_text_is_one_line_without_live_characters(text):
    out = escape(text)
    assert "\n" not in out and blanked(out) == out
    braces = out.replace("\\{", "").replace("\\}", "")
    assert braces.count("{") == braces.count("}")
    assert group_end("{" + out + "}", 0) == len(out) + 2 or len(out) > 19_000


def test_escape_reads_back():
    assert plain(escape("50 % of a_b & c #1")) == "50 % of a_b & c #1"
    assert key("Experimental setting\\slash details") == key("Experimental Setting/Details")
