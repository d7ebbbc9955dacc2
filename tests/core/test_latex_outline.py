"""Sections, tables and figures of a paper, and which sentence is in which."""

import time

import pytest

from artifactpack.core.latex_outline import outline
from artifactpack.core.latex_text import blanked, escape

BODY = r"""
\begin{abstract}
Before every section.
\end{abstract}
\section{Introduction}
Words.
\section[Short]{A {\em long} title}
\label{sec:long}
First sentence. Second
one.  % \section{Not this}
\begin{equation}\label{eq:no} x \end{equation}
\subsection*{Aside}
Text.
\subsection{Details, over
two lines}\label{sec:two}
\begin{table}
\caption{Numbers of everything.}
\label{tab:n}
a & 1 $\pm$ 2 \\
\end{table}
\paragraph{Compute.} One machine.
\appendix
\section{Extra}
\label{app:x}
\subsection{More of it}
Last.
"""


def read(text):
    return outline(("main.tex", n, line) for n, line in enumerate(blanked(text).split("\n"), 1))


def test_places_have_numbers_and_labels():
    names = [p.name for p in read(BODY).places]
    assert names == [
        "Section 1 (“Introduction”)",
        "Section 2 (sec:long)",
        "Section “Aside”",
        "Section 2.1 (sec:two)",
        "Table 1 (tab:n)",
        "Appendix A (app:x)",
        "Appendix A.1 (“More of it”)",
    ]
    assert [p.title for p in read(BODY).places][1] == "A long title"


def test_places_in_latex():
    latex = [p.latex for p in read(BODY).places]
    assert latex[1] == r"Section~\ref{sec:long}"
    assert latex[2] == "Section ``Aside''"
    assert latex[4] == r"Table~\ref{tab:n}"


def test_sentences_stand_where_they_begin():
    found = {s.text: (s.line, s.place.name) for s in read(BODY).sentences}
    assert "Before every section." not in found
    assert found["First sentence."] == (9, "Section 2 (sec:long)")
    assert found["Second one. x"] == (9, "Section 2 (sec:long)")
    assert found["Compute. One machine."] == (21, "Section 2.1 (sec:two)")
    assert found["Last."][1] == "Appendix A.1 (“More of it”)"
    rows = [s for s in read(BODY).sentences if s.place.kind == "Table"]
    assert any("1 $±$ 2" in s.text for s in rows) and rows[0].caption


@pytest.mark.parametrize("own", [r"\setcounter{section}{4}", r"\renewcommand{\thesection}{X}", r"\chapter{One}"])
def test_numbers_that_the_author_changes_are_not_told(own):
    places = read(rf"\section{{One}}{chr(10)}{own}{chr(10)}\section{{Two}}\label{{two}}").places
    assert [p.number for p in places] == ["1", ""]
    assert places[1].name == "Section (two)"


@pytest.mark.parametrize("label", ["a b", r"\bad", "%", "#1", "a" * 101])
def test_labels_that_are_no_plain_words_are_not_used(label):
    places = read(rf"\section{{One}}\label{{{label}}}").places
    assert {p.label for p in places} <= {""}


def test_escape_puts_references_where_places_are_named():
    names = {"Section 4.2 (sec:a_b)": r"Section~\ref{sec:a_b}", "Section 4": r"Section~\ref{four}"}
    assert escape("50% in Section 4.2 (sec:a_b)_.", names) == r"50\% in Section~\ref{sec:a_b}\_."
    assert escape("Section 9 (sec:a_b)", names) == r"Section 9 (sec:a\_b)"


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        r"\section{" * 60_000,
        r"\section{a" + "{x}" * 150_000,
        r"\section{a" + "{" * 300_000,
        r"\section{a}\label{" * 40_000,
        r"\begin{table}" * 40_000,
        "word. " * 100_000,
        "a. B" * 100_000,
        r"\section{" + "a" * 500_000,
        ("x" * 400 + "\n") * 1_500,
        "(" * 400_000,
    ],
    ids=range(10),
)
def test_hostile_papers_are_read_in_time(text):
    begun = time.process_time()
    read(text)
    assert time.process_time() - begun < 5
