"""Each lint rule with an answer it must catch and one it must leave alone."""

import pytest

from artifactpack.core.lint import dangling, labels, lint_answer, references
from artifactpack.models.checklist import Item
from artifactpack.models.verdict import Answer

YNN = ("yes", "no", "na")
ITEM = Item(id="5", title="Open access", question="?", viewed_badly=("no",), no_means="nothing is open")
ETHICS = Item(
    id="9", title="Code of ethics", question="?", backing="author", viewed_badly=("na",), na_means="nobody read it"
)


def lint(why, value="yes", item=ITEM, policy="required"):
    return " | ".join(lint_answer(item, Answer(value=value, why=why), YNN, policy))


@pytest.mark.parametrize(
    "why",
    [
        "Our code will be made available upon acceptance.",
        "We plan to release the code after the acceptance of the work.",
        "We will release the code and checkpoints upon acceptance.",
        "Code is to be released soon.",
        "We intend to publicly share all data.",
        "It is coming soon.",
        "Error bars will be added in the camera-ready version.",
        "The code is described in Section 3, and the authors aim to publish it.",
        "The code is available upon acceptance; it will be released then.",
        "The two data sets are publicly available. All code will be released at the camera-ready stage.",
        "The data are described in Section 2. All code will be released upon acceptance.",
    ],
)
def test_yes_justified_by_a_promise(why):
    assert "justified by a promise" in lint(why)
    assert "promise" not in lint(why, "no")


@pytest.mark.parametrize(
    "why",
    [
        "No, the data are private.",
        "N/A",
        "Not applicable, as this is theory.",
        "We do not report error bars because of the cost.",
        "There are no experiments.",
        "The work is theoretical. No experiments to reproduce.",
        "This paper does not include code.",
        "We didn't run multiple seeds.",
    ],
)
def test_yes_whose_text_says_the_opposite(why):
    assert "says the opposite" in lint(why)
    assert "opposite" not in lint(why, "no")


@pytest.mark.parametrize(
    "why",
    [
        "Code and data are in the supplement; the exact commands are in README.md.",
        "See Section 4, where we discuss what the method does not cover.",
        "We release all code under MIT.",
        "The released code was published with the first version; it includes every script.",
        "Table 2 reports means over five seeds. Nothing was left out.",
        "We are honest about limits and don't give guarantees where there aren't any.",
        "A reader will find the settings in Appendix B.",
        "Note that the split sizes are fixed.",
        "All code is included in the supplement; it will be released publicly on acceptance.",
        "We provide the data in the supplement and will make them public.",
        "As the system grows we will make use of their results; each source is cited.",
        "The work aims to provide better schedules to everybody.",
        "Our work does not include human data or anything harmful.",
        "Effects are weighed in Section 6. We do not foresee specific harms.",
        "Both sides are weighed in Section 5. We do not release patient records.",
    ],
)
def test_honest_justifications_are_left_alone(why):
    assert lint(why) == ""


def test_todo_left():
    assert "TODO left" in lint("\\justificationTODO{}")
    assert "TODO left" in lint("See [TODO]")
    assert "TODO left" in lint("", "todo")


def test_na_on_the_code_of_ethics():
    assert "viewed badly here: it means that nobody read it" in lint("None.", "na", ETHICS)
    assert lint("We read it.", "yes", ETHICS) == ""


def test_no_where_no_is_viewed_badly():
    assert "'no' is viewed badly" in lint("Too expensive.", "no")


def test_answer_outside_the_allowed_set():
    assert "'partial' is not one of the allowed answers (yes, no, na)" in lint("Half.", "partial")


def test_missing_justification():
    assert "no justification" in lint("")
    assert lint("", policy="optional") == ""


def test_assumed_answers_are_not_linted():
    assert lint_answer(ITEM, Answer(value="yes", source="assumed"), YNN, "required") == ()


def test_references_to_labels_that_do_not_exist():
    defined = labels("\\section{A}\\label{sec:a} \\begin{lstlisting}[label={lst:b}] \\label[app]{app:c}")
    assert defined == {"sec:a", "lst:b", "app:c"}
    why = "See Section~\\ref{sec:a}, \\cref{app:c, app:d}, \\autoref*{fig:x} and \\hyperref[sec:y]{here}."
    assert references(why) == ("sec:a", "app:c", "app:d", "fig:x", "sec:y")
    assert [f.split("'")[1] for f in dangling(why, defined)] == ["app:d", "fig:x", "sec:y"]
