"""`fill` on files: encodings, line ends, atomic writing, versions told by content, our own forms."""

import json
import os
import stat

import pytest

from artifactpack.core.reference import reference_run
from artifactpack.errors import InfrastructureError, InputError
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.run import Cost, Metric, RunRecord
from artifactpack.pipeline import fill as pipeline
from artifactpack.pipeline.fill import Known, fill_file, fill_form, fill_table, without_instructions
from artifactpack.project import open_project
from tests.core.evidence import findings
from tests.core.latex_forms import aaai, nested, neurips

pytestmark = pytest.mark.usefixtures("kept_cache")

CONFIG = """\
[paper]
title = "Digits & more"
[commands.train]
run = ["{python}", "train.py", "--seed", "{seed}"]
seeds = [0, 1, 2]
[commands.smoke]
like = "train"
args = ["--epochs", "1"]
tier = "smoke"
[[claims]]
id = "C1"
text = "97 % accuracy"
where = "Table 1"
metric = "train:accuracy"
value = "97 %"
"""
FACTS = {
    "variance.error_bars": True,
    "variance.runs": 3,
    "variance.seeds": [0, 1, 2],
    "hyperparameters.declared": True,
    "splits.stated": True,
    "commands.train": True,
    "cost.runs": 3,
    "cost.wall_seconds": 33.0,
    "hardware.described": True,
    "hardware.devices": ["a_cpu"],
    "cost.described": True,
}


def record(seed, accuracy):
    metric = Metric(name="accuracy", last=accuracy, minimum=accuracy, maximum=accuracy)
    cost = Cost(wall=11.0, peak_memory=300_000_000, disk=2_000_000)
    return RunRecord(id=f"train-{seed}", command="train", seed=seed, exit_code=0, metrics=(metric,), cost=cost)


@pytest.fixture
def known(make_tree):
    root = make_tree({"artifactpack.toml": CONFIG, "train.py": "print('x')\n"})
    records = tuple(record(s, a) for s, a in ((0, 0.97), (1, 0.96), (2, 0.98)))
    own = frozenset(r.id for r in records)
    runs = RunEvidence(records=records, own=own, current=own, reference=reference_run(records))
    return Known(open_project(root), runs, findings(FACTS))


@pytest.fixture
def form(known, monkeypatch):
    """Render one of our forms for the project."""
    monkeypatch.setattr(pipeline, "know", lambda root: known)
    return lambda name, fmt="": fill_form(name, known.project.root, fmt)


def put(known, data, name="checklist.tex"):
    path = known.project.root / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_shows_without_writing_and_writes_on_demand(known):
    path = put(known, neurips().text())
    before = path.read_bytes()
    result = fill_file(path, known.project.root, known=known)
    assert path.read_bytes() == before
    assert result.checklist == "neurips-2026"
    assert {s.item for s in result.steps if s.action == "filled"} == {"4", "6", "7", "8"}
    assert "+    \\item[] Justification: Each main setting was run with 3 seeds" in result.diff()
    fill_file(path, known.project.root, known=known, write=True)
    assert path.read_bytes().decode() == result.after
    assert fill_file(path, known.project.root, known=known, write=True).diff() == ""


@pytest.mark.parametrize(
    ("encode", "name"),
    [
        pytest.param(lambda t: t.replace("\n", "\r\n").encode(), "crlf.tex", id="windows-line-ends"),
        pytest.param(lambda t: t.replace("\n", "\r").encode(), "cr.tex", id="old-mac-line-ends"),
        pytest.param(lambda t: ("é ü\n" + t).encode("latin-1"), "latin.tex", id="latin-1"),
        pytest.param(lambda t: b"\xef\xbb\xbf" + t.encode(), "bom.tex", id="byte-order-mark"),
        pytest.param(lambda t: t.replace("\n", "\n\n", 5).rstrip().encode(), "end.tex", id="no-newline-at-the-end"),
    ],
)
def test_bytes_elsewhere_stay(known, encode, name):
    before = encode(neurips().text())
    path = put(known, before, name)
    result = fill_file(path, known.project.root, known=known, write=True)
    after = path.read_bytes()
    assert after != before
    reasons = {s.item: s.why for s in result.steps if s.action == "filled"}
    for why in reasons.values():  # take the written tokens out again: what is left is the blank form
        written = why.encode().replace(b"_", b"\\_").replace(b"%", b"\\%").replace(b"&", b"\\&")
        assert written in after
        after = after.replace(written, b"\\justificationTODO{}", 1).replace(
            b"Answer: \\answerYes{}", b"Answer: \\answerTODO{}", 1
        )
    assert after == before


def test_letters_that_the_file_s_encoding_lacks_lose_their_accents(known):
    names = known.findings | findings(
        {"hardware.devices": ["Łódź-1 é"], "hardware.described": True, "cost.described": True}
    )
    path = put(known, ("é\n" + neurips().text()).encode("latin-1"))
    fill_file(path, known.project.root, known=Known(known.project, known.runs, names), write=True)
    assert "?ódz-1 é".encode("latin-1") in path.read_bytes()


def test_mode_and_link_stay(known, tmp_path):
    path = put(known, neurips().text())
    path.chmod(0o640)
    link = tmp_path / "link.tex"
    link.symlink_to(path)
    fill_file(link, known.project.root, known=known, write=True)
    assert link.is_symlink() and stat.S_IMODE(path.stat().st_mode) == 0o640
    assert b"\\answerYes{}" in path.read_bytes()
    assert [p for p in path.parent.iterdir() if p.name.endswith(".part")] == []


def test_a_crash_while_writing_leaves_the_old_file(known, monkeypatch):
    path = put(known, neurips().text())
    before, there = path.read_bytes(), set(path.parent.iterdir())
    monkeypatch.setattr(os, "fsync", lambda fd: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(InfrastructureError, match="No space"):
        fill_file(path, known.project.root, known=known, write=True)
    assert path.read_bytes() == before
    assert set(path.parent.iterdir()) == there


@pytest.mark.parametrize(
    ("build", "wanted"),
    [
        (neurips, "neurips-2026"),
        (lambda: neurips(name="neurips-2024"), "neurips-2024"),
        (nested, "neurips-2021"),
        (lambda: nested(name="automl"), "automl"),
        (aaai, "aaai-2027"),
    ],
)
def test_list_is_told_by_content_not_by_name(known, build, wanted):
    path = put(known, build().text(), "neurips_2019.tex")
    assert fill_file(path, known.project.root, known=known).checklist == wanted


def test_follows_input_to_the_checklist(known):
    put(known, neurips().text())
    path = put(known, "\\documentclass{a}\n\\input{checklist}\n% \\input{other}\n", "main.tex")
    assert fill_file(path, known.project.root, known=known).path.name == "checklist.tex"


def test_writes_what_the_author_declared(known, make_tree):
    config = CONFIG + '[answers.neurips-2026]\n"9" = { answer = "yes", why = "We read it." }\n"7" = { answer = "no" }\n'
    root = make_tree({"artifactpack.toml": config, "train.py": "x = 1\n"}, "other")
    path = root / "checklist.tex"
    path.write_text(neurips().text(), encoding="utf-8")
    result = fill_file(path, root, known=Known(open_project(root), known.runs, known.findings))
    steps = {s.item: s for s in result.steps}
    assert (steps["9"].answer, steps["9"].why) == ("yes", "We read it.")
    assert steps["7"].answer == "no"


def test_deletes_the_instruction_block_only_when_asked(known):
    path = put(known, neurips().text())
    assert "BEGIN INSTRUCTIONS" in fill_file(path, known.project.root, known=known).after
    after = fill_file(path, known.project.root, known=known, delete_instructions=True).after
    assert "INSTRUCTIONS" not in after and "Say \\answerYes" not in after
    assert without_instructions("a\n%%% BEGIN INSTRUCTIONS %%%\nno end\n") == "a\n%%% BEGIN INSTRUCTIONS %%%\nno end\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param("\\documentclass{a}", "holds no checklist that we know", id="no-form"),
        pytest.param(b"\0\1", "not a text file", id="binary"),
        pytest.param(b" " * 3_000_000, "larger than", id="huge"),
    ],
)
def test_refuses(known, data, message):
    with pytest.raises(InputError, match=message):
        fill_file(put(known, data), known.project.root, known=known)


def test_names_a_missing_file_and_a_wrong_list(known):
    with pytest.raises(InputError, match="no such file"):
        fill_file(known.project.root / "none.tex", known.project.root, known=known)
    with pytest.raises(InputError, match="form of the aaai family, not neurips-2026"):
        fill_file(put(known, aaai().text()), known.project.root, "neurips-2026", known=known)


def test_appendix_carries_measured_costs_and_the_map_of_claims(form):
    text = form("ae-appendix")
    assert "(measured over 3 runs of 11 s each, at most 300 MB of memory)" in text
    assert "accuracy = 0.970 $\\pm$ 0.010 (sample standard deviation, n = 3)" in text
    assert "\\item[(C1)] 97 \\% accuracy (Table 1). Shown by E1." in text
    assert "--epochs 1" in text and "python train.py --seed" in text and "Digits \\& more" in text
    assert "0.0092 compute-hours + 0.006GB disk" in text


@pytest.mark.parametrize("name", ["arr", "automl", "cvpr-compute", "ae-appendix", "iclr-statement"])
@pytest.mark.parametrize("fmt", ["", "md", "tex", "json"])
def test_every_form_in_every_format(form, name, fmt):
    text = form(name, fmt)
    assert "{{" not in text and "None" not in text.replace("None.", "")
    assert "TODO" in text or "todo" in text
    if fmt == "json":
        json.loads(text)
    if fmt == "tex":
        assert text.count("\\begin{") == text.count("\\end{")


def test_arr_has_the_fields_of_the_submission_form(form):
    fields = json.loads(form("arr"))["fields"]
    assert fields["C3_descriptive_statistics"] == "Yes"
    assert fields["C3_elaboration"].startswith("Results are given over 3 recorded seeds")
    assert fields["A2_potential_risks"] == ""
    assert "A2_elaboration" in fields and "A1_elaboration" not in fields and "C_elaboration" not in fields


def test_unknown_form_and_format(form, known):
    with pytest.raises(InputError, match="give one of arr"):
        form("acl")
    with pytest.raises(InputError, match="comes as"):
        form("arr", "docx")


def test_table_of_recorded_results(known, monkeypatch):
    monkeypatch.setattr("artifactpack.pipeline.evidence.gather", lambda project: known.runs)
    text = fill_table(known.project.root, ("accuracy",), "sd", True)
    assert "| train | 97.0 ± 1.0 |" in text
    assert "sample standard deviation over seeds (n = 3)" in text


def test_points_at_what_reviewers_notice(known):
    answers = {
        "5": ("\\answerYes{}", "Code will be released upon acceptance."),
        "9": ("\\answerNA{}", "None."),
        "6": ("\\answerYes{}", "See \\ref{sec:gone}."),
    }
    path = put(known, "\\label{sec:here}\n" + neurips(answers).text())
    notes = "\n".join(fill_file(path, known.project.root, known=known).notes)
    assert "item 5: a yes justified by a promise" in notes
    assert "item 9: 'na' is viewed badly here: it means that the authors have not read the Code of Ethics" in notes
    assert "item 6: refers to the label 'sec:gone', which no file defines" in notes
    assert "TODO left in items 1, 2, 3, 10" in notes


def test_points_at_a_kept_answer_that_evidence_contradicts(known):
    one_run = Known(known.project, known.runs, known.findings | findings({"variance.runs": 1}))
    path = put(known, neurips({"7": ("\\answerYes{}", "Table 2 has error bars.")}).text())
    result = fill_file(path, known.project.root, known=one_run)
    assert any("item 7 is contradicted: answered 'yes', but variance.runs is 1" in note for note in result.notes)
    assert next(s for s in result.steps if s.item == "7").action == "kept"
