"""The whole way on real probes: the digits example with its recorded runs, and answers that were made up."""

import pytest

from artifactpack.core.checklist import load_checklist
from artifactpack.core.claims import check_claims
from artifactpack.core.judge import judge
from artifactpack.core.reference import reference_run
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.run import Cost, Hardware, Metric, PackageUse, RunRecord, Seeding
from artifactpack.models.verdict import Answer
from artifactpack.pipeline.answers import read_answers
from artifactpack.pipeline.fill import Known, fill_file
from artifactpack.probes import run_probes
from artifactpack.project import open_project
from tests.core.latex_forms import neurips

pytestmark = pytest.mark.usefixtures("kept_cache")

ACCURACY = {"train": (0.911, 0.917, 0.905, 0.914, 0.903), "baseline": (0.880, 0.884, 0.888, 0.879, 0.883)}
PACKAGES = (PackageUse(name="torch", version="2.13.0"), PackageUse(name="numpy", version="2.4.6"))


def record(command, seed, value):
    return RunRecord(
        id=f"{command}-{seed}",
        command=command,
        seed=seed,
        exit_code=0,
        observed=True,
        seedings=tuple(Seeding(rng=rng, call=f"{rng}.seed", value=seed) for rng in ("random", "numpy", "torch")),
        metrics=(Metric(name="test_accuracy", last=value, minimum=value, maximum=value),),
        hardware=Hardware(cpu="A CPU", cores=2, memory=8_000_000_000),
        cost=Cost(wall=5.0, cpu=5.0, peak_memory=400_000_000, disk=50_000),
        packages=PACKAGES,
        parameters={"seed": seed},
    )


def known(root, records):
    project = open_project(root)
    own = frozenset(r.id for r in records)
    claims = check_claims(project.config, records)
    runs = RunEvidence(records=records, own=own, current=own, reference=reference_run(records), claims=claims)
    return Known(project, runs, run_probes(project, runs, ()))


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """The example with five seeds of both models on record."""
    import shutil

    from tests.conftest import ROOT

    root = tmp_path_factory.mktemp("digits") / "digits"
    shutil.copytree(ROOT / "examples/digits", root, ignore=shutil.ignore_patterns(".artifactpack", "out"))
    return known(root, tuple(record(c, s, v) for c, values in ACCURACY.items() for s, v in enumerate(values)))


def test_blank_form_is_filled_where_evidence_reaches_and_nowhere_else(digits, tmp_path):
    form = tmp_path / "checklist.tex"
    form.write_text(neurips().text(), encoding="utf-8")
    steps = {s.item: s for s in fill_file(form, digits.project.root, known=digits).steps}
    assert {"4", "5", "6", "7", "8", "12", "13"} <= {i for i, s in steps.items() if s.action == "filled"}
    left = {i for i, s in steps.items() if s.action == "author"}
    assert left == {"1", "2", "3", "9", "10", "11", "14", "15", "16"}
    assert "5 seeds (0, 1, 2" in steps["7"].why
    assert all(s.why for s in steps.values() if s.action == "filled")


PAPER = r"""\documentclass{article}
\begin{document}
\section{Setup}\label{sec:a_setup}
We train with a learning rate of 0.05 and a batch size of 32. All runs take about 5 seconds on a CPU with 2 cores.
\subsection{Repeats}
We report the mean and standard deviation over 5 seeds.
\input{checklist}
\end{document}
"""


def test_justifications_name_the_paper_s_sections(digits, tmp_path):
    import shutil

    root = tmp_path / "digits"
    shutil.copytree(digits.project.root, root)
    (root / "main.tex").write_text(PAPER, encoding="utf-8")
    form = root / "checklist.tex"
    form.write_text(neurips().text(), encoding="utf-8")
    result = fill_file(form, root, known=known(root, digits.runs.records))
    whys = {s.item: s.why for s in result.steps}
    assert "The paper gives them in Section 1 (sec:a_setup)." in whys["6"]
    assert "The paper gives the spread in Section 1.1 (“Repeats”)." in whys["7"]
    assert "Section 1 (sec:a_setup)" in whys["8"] and "run train-0" in whys["8"]
    assert "The paper gives them in Section~\\ref{sec:a_setup}." in result.after
    assert "The paper gives the spread in Section ``Repeats''." in result.after
    assert "Section" not in whys["12"] + whys["13"]


def test_more_runs_claimed_in_the_paper_than_recorded_contradicts_error_bars(digits, tmp_path):
    import shutil

    root = tmp_path / "digits"
    shutil.copytree(digits.project.root, root)
    (root / "main.tex").write_text(PAPER.replace("5 seeds", "10 seeds"), encoding="utf-8")
    answers = {"7": Answer(value="yes", why="Section 1")}
    result = judge(load_checklist("neurips-2026"), known(root, digits.runs.records).findings, answers)
    item = next(i for i in result.items if i.id == "7")
    assert item.verdict == "contradicted"
    assert any(s.path == "main.tex" for b in item.because for s in b.sources)


@pytest.mark.parametrize("checklist", ["essentials", "ml-code-completeness"])
def test_nothing_is_contradicted_on_the_digits_example(digits, checklist):
    result = judge(load_checklist(checklist), digits.findings, {})
    assert [i.id for i in result.items if i.verdict == "contradicted"] == []


def test_the_pitfalls_example_is_contradicted_and_every_defect_pointed_at(examples):
    findings = known(examples / "pitfalls", ()).findings
    verdicts = {
        f"{name}:{item.id}": item
        for name in ("essentials", "ml-code-completeness")
        for item in judge(load_checklist(name), findings, {}).items
    }
    bad = {name for name, item in verdicts.items() if item.verdict == "contradicted"}
    assert {"essentials:seeds", "essentials:versioned-data", "ml-code-completeness:5"} <= bad
    places = {(s.path, s.line) for name in bad for b in verdicts[name].because for s in b.sources}
    assert {("utils.py", 9), ("augment.py", 5), ("train.py", 17), ("train.py", 14), ("README.md", 12)} <= places


def test_made_up_answers_are_never_supported(make_tree):
    made_up = "All details are given in Section 4 and Appendix B, with five seeds on eight GPUs."
    answers = dict.fromkeys(("5", "7", "8"), ("\\answerYes{}", made_up))
    root = make_tree(
        {
            "train.py": "import numpy as np\nx = np.load('/home/someone/private/x.npz')\nprint(x.mean())\n",
            "README.md": "# Ours\n\nRun `python train.py`.\n",
            "requirements.txt": "numpy==2.4.6\n",
            "checklist.tex": neurips(answers).text(),
            "artifactpack.toml": '[commands.train]\nrun = ["{python}", "train.py"]\n',
        }
    )
    alone = record("train", 0, 0.9)
    bare = RunRecord(id=alone.id, command="train", seed=0, exit_code=0, metrics=alone.metrics)
    evidence = known(root, (bare,))
    checklist = load_checklist("neurips-2026")
    result = judge(checklist, evidence.findings, read_answers(evidence.project, checklist))
    verdicts = {i.id: i.verdict for i in result.items}
    assert verdicts["5"] == "contradicted"
    assert verdicts["7"] == "contradicted"
    assert verdicts["8"] in ("contradicted", "no-evidence")


def test_language_model_item_is_contradicted_only_by_method_code_that_calls_one(make_tree):
    checklist = load_checklist("neurips-2026")
    form = neurips({"16": ("\\answerNA{}", "No language model is part of the method.")}).text()
    calls = "from openai import OpenAI\nc = OpenAI()\nprint(c.chat.completions.create(model='gpt-4o', messages=[]))\n"
    for name, code, verdict in (("plain", "print(1)\n", "author-only"), ("calls", calls, "contradicted")):
        root = make_tree({"method.py": code, "checklist.tex": form}, name)
        evidence = known(root, ())
        result = judge(checklist, evidence.findings, read_answers(evidence.project, checklist))
        assert next(i.verdict for i in result.items if i.id == "16") == verdict, name
