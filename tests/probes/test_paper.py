"""What the paper states, where; absent where it does not say, unknown where it could not be read."""

import pytest

from artifactpack.models.evidence import RunEvidence
from artifactpack.probes import PROBES, run_probes
from artifactpack.project import open_project

PAPER = (
    "\\documentclass{{article}}\n\\begin{{document}}\n\\section{{{title}}}\\label{{sec:x}}\n{text}\n\\end{{document}}\n"
)
SAID = {
    "hardware": "All experiments run on a single NVIDIA A100 GPU.",
    "time": "Each run takes about 3 hours.",
    "hyperparameters": "We use Adam with a learning rate of 0.01 and a batch size of 32.",
    "selection": "Hyperparameters were selected on the validation set.",
    "splits": "The data are split 80/20 into training and test sets.",
    "seeds": "Every setting is run with five random seeds.",
    "spread": "We report the mean over 5 seeds.",
    "spread_named": "Error bars show the standard deviation.",
    "licenses": "The data are under the CC BY 4.0 licence.",
}
OTHERS = {
    "hardware": "Smith et al. trained their model on 8 V100 GPUs.",
    "time": "The recordings hold 3 hours of speech.",
    "hyperparameters": "We use Adam.",
    "selection": "We validate our claim on data.",
    "splits": "We split the work among us.",
    "seeds": "We do not fix 5 seeds.",
    "spread": "We do not report error bars.",
    "spread_named": "We have no standard deviation over 5 seeds.",
    "licenses": "We study the effect of licences.",
}


def fact(make_tree, name, text, title="Setup"):
    root = make_tree({"main.tex": PAPER.format(title=title, text=text)}, str(abs(hash((name, text, title)))))
    return PROBES["paper"].probe(open_project(root), RunEvidence(), ()).facts[name]


@pytest.mark.parametrize("name", SAID)
def test_said(make_tree, name):
    found = fact(make_tree, name, SAID[name])
    assert (found.status, found.value) == ("known", True)
    source = found.observations[0].sources[0]
    assert (source.path, source.line, source.field) == ("main.tex", 4, "Section 1 (sec:x)")


@pytest.mark.parametrize("name", OTHERS)
def test_not_said_of_the_paper_s_own_work(make_tree, name):
    assert fact(make_tree, name, OTHERS[name]).status == "absent"
    assert fact(make_tree, name, SAID[name], "Related work").status == "absent"


@pytest.mark.parametrize("name", SAID)
def test_unknown_where_a_part_is_missing_or_there_is_no_paper(make_tree, name):
    missing = fact(make_tree, name, "\\input{gone}")
    assert (missing.status, "gone" in missing.reason) == ("unknown", True)
    root = make_tree({"a.py": "x = 1\n"}, "bare")
    assert PROBES["paper"].probe(open_project(root), RunEvidence(), ()).facts[name].status == "unknown"


HOSTILE = (
    *(
        "we introduce a new ",
        "we release a a-b-c ",
        "train set of ",
        "12/12 ",
        "split ",
        "MIT ",
        "seed ",
        "tune ",
        "hours ",
    ),
    *("2 GPU ", "class count ", "averaged over ", "1%±1", "3 to 4 hours ", "1 2 3 GB memory ", "a-", "5 samples per "),
)


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE)
def test_long_sentences_are_searched_in_time(make_tree, text):
    import time

    root = make_tree({"main.tex": PAPER.format(title="Setup", text=text * (40_000 // len(text)))}, "hostile")
    project = open_project(root)
    begun = time.process_time()
    for name in ("paper", "datasets", "hardware", "cost", "splits", "variance"):
        PROBES[name].probe(project, RunEvidence(), ())
    assert time.process_time() - begun < 5


def test_limitations_section(make_tree):
    found = fact(make_tree, "limitations", "Words.", "Limitations and outlook")
    assert found.value is True and found.observations[0].sources[0].field == "Section 1 (sec:x)"
    assert fact(make_tree, "limitations", "Limitations are many.").status == "absent"
    assert fact(make_tree, "limitations", "\\input{gone}").status == "unknown"


def test_a_table_of_hyperparameters_is_named_by_its_label(make_tree):
    table = "\\begin{table}\n\\caption{Hyperparameters of all models.}\\label{tab:h}\n\\end{table}"
    found = fact(make_tree, "hyperparameters", table)
    assert found.observations[0].sources[0].field == "Table 1 (tab:h)"


def test_other_probes_take_it_for_written(make_tree):
    text = " ".join(SAID.values())
    findings = run_probes(open_project(make_tree({"main.tex": PAPER.format(title="Setup", text=text)})), RunEvidence())
    told = [
        findings["hardware"].facts["described"],
        findings["cost"].facts["described"],
        findings["splits"].facts["stated"],
    ]
    told += [findings["variance"].facts["stated"], findings["variance"].facts["spread_named"]]
    assert all(f.value is True for f in told)
    assert findings["variance"].facts["claimed_runs"].value == 5
    assert findings["hardware"].facts["stated"].status == "absent"  # of documents, comments and scripts
