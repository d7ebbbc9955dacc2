"""Forms with the venues' structure and traps, in our own words: built from parts, so that a test knows every byte."""

from dataclasses import dataclass, field

from artifactpack.core.checklist import find
from artifactpack.core.checklist_parse import parse

LISTS = {name: parse(find(name))[0] for name in ("neurips-2024", "neurips-2026", "neurips-2021", "aaai-2027", "automl")}
BLOCK = (
    "%%% BEGIN INSTRUCTIONS %%%\nSay \\answerYes{}, \\answerNo{} or \\answerNA{} and why.\n"
    "\\begin{itemize}\n  \\item You should answer \\answerYes{}, \\answerNo{}, or \\answerNA{}.\n\\end{itemize}\n"
    "%%% END INSTRUCTIONS %%%\n"
)
HINT = " % Replace by \\answerYes{}, \\answerNo{}, or \\answerNA{}."


@dataclass
class Built:
    """A form as parts: strings that must stay, and slots (item, "answer" or "why", text)."""

    parts: list = field(default_factory=list)

    def add(self, *parts):
        self.parts += parts
        return self

    def text(self, **instead):
        """The form, with the text of ``<item>_<kind>`` replaced where given."""
        return "".join(p if isinstance(p, str) else instead.get(f"{p[0]}_{p[1]}", p[2]) for p in self.parts)


def neurips(
    answers=None, name="neurips-2026", block=True, question=True, guidelines=True, hint=HINT, todo="\\answerTODO{}"
):
    """A NeurIPS form of 2024 or later; *answers* maps an item to (answer text, justification text)."""
    out = Built().add("\\section*{NeurIPS Paper Checklist}\n\n", BLOCK if block else "", "\n\\begin{enumerate}\n\n")
    for item in LISTS[name].items:
        answer, why = (answers or {}).get(item.id, (todo, "\\justificationTODO{}"))
        indent = "    " if item.id == "4" else ""  # as in the venue's own file
        out.add(f"{indent}\\item {{\\bf {item.title}}}\n")
        out.add(f"    \\item[] Question: {item.question}\n" if question else "")
        out.add("    %this research? \n" if item.id == "16" else "")
        out.add("    \\item[] Answer: ", (item.id, "answer", answer), f"{hint}\n")
        out.add("    \\item[] Justification: ", (item.id, "why", why), "\n")
        if guidelines:
            out.add(
                "    \\item[] Guidelines:\n    \\begin{itemize}\n"
                "        \\item The answer \\answerNA{} means nothing here.\n"
                "        \\item A \\answerNo{} is fine.\n    \\end{itemize}\n\n"
            )
    return out.add("\\end{enumerate}\n")


def nested(answers=None, name="neurips-2021", gap="\n    "):
    """A form of the `\\item question \\answerX{why}` kind: NeurIPS 2021 to 2023, and AutoML."""
    out = Built().add("\\section*{Checklist}\n", BLOCK, "\\begin{enumerate}\n")
    block = None
    for item in LISTS[name].items:
        if item.block != block:
            out.add("\\end{enumerate}\n" if block else "", f"\\item {item.block}\\dots\n  \\begin{{enumerate}}\n")
            block = item.block
        out.add(f"  \\item Asked here: {' and '.join(item.match)}?{gap}")
        out.add((item.id, "answer", (answers or {}).get(item.id, "\\answerTODO{}")), "\n")
    return out.add("\\end{enumerate}\n\\end{enumerate}\n")


PREAMBLE = (
    "\\newcommand{\\question}[2]{\\item #1 {\\tt #2}}\n\\newcommand{\\ifyespoints}[1]{#1}\n"
    "Example:\n\\string\\question \\{Is it?\\} \\{(yes/partial/no)\\} \\\\\nType your response here\n"
)


def aaai(answers=None, indent="\t", eol="\n"):
    """An AAAI form: `\\question{…}{(options)}` and the bare answer on the next line."""
    out = Built().add(PREAMBLE)
    block = None
    for item in LISTS["aaai-2027"].items:
        if item.block != block:
            out.add("\\end{itemize}\n" if block else "", f"\\checksubsection{{{item.block}}}\n\\begin{{itemize}}\n\n")
            block = item.block
        options = "/".join("NA" if a == "na" else a for a in item.answers)
        out.add(
            f"{indent}\\question{{About {' and '.join(item.match)} in the paper’s text}}{{({options})}}{eol}{indent}"
        )
        out.add((item.id, "answer", (answers or {}).get(item.id, "Type your response here")), "\n\n")
        out.add("\\ifyespoints{\\vspace{1.2em}If yes:}\n\\begin{itemize}\n" if item.is_gate else "")
        out.add("\\end{itemize}\n" if item.id in ("2.8", "3.7", "4.13") else "")
    return out.add("\\end{itemize}\n\\ifreproStandalone\n\\end{document}\n\\fi\n")


def aaai_list(answers=None):
    """The plain list of older AAAI kits: options in brackets, and the answer in bold behind them."""
    out = Built().add("\\section{Reproducibility}\nThis paper:\n\\begin{itemize}\n")
    for item in LISTS["aaai-2027"].items:
        options = "/".join("NA" if a == "na" else a for a in item.answers)
        out.add(f"  \\item Tells about {' and '.join(item.match)} ({options}) ")
        out.add((item.id, "answer", (answers or {}).get(item.id, "")), "\n")
    return out.add("\\end{itemize}\n")
