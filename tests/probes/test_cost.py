"""Cost: durations that are said, and the ledger over every run."""

import pytest

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.run import Cost, RunRecord
from artifactpack.probes.cost import says_cost
from tests.support.asking import ask, make


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Training takes about 3 hours.", True),
        ("it ran 1hr 30min on our machine, running time", True),
        ("12 hours on 1 GPU for fine-tuning: training time", True),
        ("search costs 450 GPU Hours", True),
        ("the large one took ~48h to train", True),
        ("reached with only 27 hours compute on 8 cards", True),
        ("I try to get back to you within a few days", False),
        ("an upper limit to GPU computation per user per 12-24 hours", False),
        ("what a person completed in the course of a day", False),
        ("takes several minutes to load", False),
        ("we sample every 30 minutes", False),
        ("vitals of the first 48 hours of patients' stays", False),
        ("if you want to run for 24 hours, edit the job", False),
        ("training takes long", False),
        ("compute them on sliding windows of different sizes (a week, a quarter)", False),
        ("Each epoch takes approximately 1m05s on one card", True),
        ("the sweep finished in 2h 30m", True),
        ("there are 3 weeks in the training set", False),
        ("run setup.sh on it, this will take more than an hour", False),
        ("in our setup training takes 3 hours", True),
        ("40k samples in the validation set (approximately a week of orders)", False),
        ("samples with cooking time of less than 1 minute are filtered", False),
        ("training takes 3 days of experiments", True),
    ],
)
def test_statement(text, said):
    assert says_cost(text) is said


@pytest.mark.parametrize(("mark", "stated"), [("# ", True), ("", None)])
def test_a_comment_among_commands_counts(tmp_path, mark, stated):
    text = f"```sh\n{mark}tuning takes about 30-60min on one GPU\npython tune.py\n```\n"
    assert ask("cost", make(tmp_path, {"README.md": text})).facts["stated"].value is (stated or False)


@pytest.mark.parametrize(
    ("code", "stated"),
    [
        pytest.param('"""Train a net.\n\nEach epoch takes 3 minutes.\n"""\n', True, id="opening"),
        pytest.param("# A licence.\n\n'''Takes 2 hours to run.'''\n", True, id="opening-below-a-comment"),
        pytest.param('TEXT = """Training takes 3 minutes."""\n', None, id="any-text"),
    ],
)
def test_what_stands_above_the_code_of_a_module_counts(tmp_path, code, stated):
    assert ask("cost", make(tmp_path, {"run.py": code})).facts["stated"].value is (stated or False)


def test_what_announces_a_table_of_durations_is_a_statement(tmp_path):
    text = "In the table we report wall clock time to generate 64 samples.\n\n| a | T |\n|---|---|\n| b | 127.1 |\n"
    assert ask("cost", make(tmp_path, {"README.md": text})).facts["stated"].value is True


@pytest.mark.parametrize("title", ["Time (seconds per step)", "train-time (min)", "Training time [h]"])
def test_a_column_of_durations_is_a_statement(tmp_path, title):
    table = f"| Framework | {title} |\n|---|---|\n| a | 0.56 |\n"
    assert ask("cost", make(tmp_path, {"README.md": table})).facts["stated"].value is True


def test_failed_runs_are_in_the_ledger(tmp_path):
    records = (
        RunRecord(id="a", command="train", cost=Cost(wall=10.0, peak_memory=7, disk=1)),
        RunRecord(id="b", command="train", state="failed", cost=Cost(wall=5.0, peak_memory=9, disk=2)),
    )
    facts = ask("cost", make(tmp_path, {"a.py": ""}), RunEvidence(records=records, own=frozenset({"a", "b"}))).facts
    got = {
        n: facts[n].value
        for n in ("runs", "failed_runs", "wall_seconds", "peak_memory", "disk", "each_run", "recorded")
    }
    assert got == {
        "runs": 2,
        "failed_runs": 1,
        "wall_seconds": 15.0,
        "peak_memory": 9,
        "disk": 3,
        "each_run": True,
        "recorded": True,
    }
    assert facts["wall_seconds"].decided_by == "run"


def test_a_sum_is_known_no_better_than_its_least_trusted_part(tmp_path):
    records = (RunRecord(id="a", command="t", cost=Cost(wall=1.0)), RunRecord(id="b", command="t", cost=Cost(wall=1.0)))
    facts = ask("cost", make(tmp_path, {"a.py": ""}), RunEvidence(records=records, own=frozenset({"a"}))).facts
    assert facts["wall_seconds"].decided_by == "author-run"
    assert facts["each_run"].value is False


def test_nothing_recorded_is_unknown_and_not_zero_seconds(tmp_path):
    facts = ask("cost", make(tmp_path, {"a.py": ""})).facts
    assert facts["wall_seconds"].status == "unknown"
    assert facts["described"].status == "absent"
