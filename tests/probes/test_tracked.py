"""What tracked runs say for and against the repository: certain differences only."""

import pytest

from artifactpack.models.run import Metric
from artifactpack.models.system import DataVersion, SystemReading, TrackedRun
from tests.support.asking import ask, make

TRAIN = """import argparse
p = argparse.ArgumentParser()
p.add_argument('--lr', type=float, default=0.1)
p.parse_args()
"""


def run(seed=0, accuracy=0.9, **more):
    metrics = (Metric(name="accuracy", last=accuracy, minimum=accuracy, maximum=accuracy),)
    more.setdefault("parameters", {"lr": 0.01, "seed": seed})
    return TrackedRun(system="MLflow", id=f"r{seed}", seed=seed, metrics=metrics, source="mlflow.db", **more)


def tracked(*runs, **more):
    return (SystemReading(system="MLflow", runs=runs, **more),)


def agrees(tmp_path, files, *runs):
    finding = ask("hyperparameters", make(tmp_path, files), systems=tracked(*runs))
    return finding.facts["agrees"], finding.defects


def test_a_value_that_no_run_had_is_a_defect_with_both_values(tmp_path):
    fact, (defect,) = agrees(tmp_path, {"train.py": TRAIN}, run(0), run(1))
    assert (fact.value, fact.decided_by) == (False, "system")
    assert defect.message == "lr is 0.1 in the repository, but 0.01 in every run that MLflow tracked"
    assert (defect.sources[0].path, defect.sources[0].line) == ("train.py", 3)
    assert defect.sources[1].run == "r0"


def test_the_declared_value_agrees(tmp_path):
    fact, defects = agrees(tmp_path, {"train.py": TRAIN}, run(parameters={"optimizer.lr": 0.10000000149}))
    assert (fact.value, defects) == (True, ())


@pytest.mark.parametrize(
    ("files", "runs"),
    [
        pytest.param({"README.md": "```\npython train.py --lr 0.01\n```\n"}, [run()], id="given-in-a-command"),
        pytest.param({"run.sh": "python train.py lr=1e-2\n"}, [run()], id="given-in-a-script"),
        pytest.param({"sweep.yaml": "parameters:\n  lr:\n    values: [1, 0.01]\n"}, [run()], id="value-a-line-below"),
        pytest.param({"b.yaml": "lr: 0.5\n"}, [run()], id="declared-twice"),
        pytest.param({}, [run(0), run(1, parameters={"lr": 0.02})], id="searched"),
        pytest.param({}, [run(parameters={"a.lr": 0.01, "b.lr": 0.1})], id="two-of-one-name"),
        pytest.param({}, [run(parameters={"lr": "fast"})], id="not-a-number"),
        pytest.param({}, [run(complete=False)], id="torn"),
        pytest.param({}, [run(state="failed")], id="failed"),
        pytest.param({"x.py": TRAIN.replace("0.1", "None")}, [run(parameters={"seed": 3})], id="other-names"),
    ],
)
def test_what_is_not_certain_is_no_defect(tmp_path, files, runs):
    fact, defects = agrees(tmp_path, {"train.py": TRAIN} | files, *runs)
    assert defects == ()
    assert fact.value is not False


def test_configuration_files_are_held_against_runs_too(tmp_path):
    fact, (defect,) = agrees(tmp_path, {"train.py": "", "config.yaml": "model: a\nlr: 0.3  # good\n"}, run())
    assert fact.value is False
    assert (defect.sources[0].path, defect.sources[0].line) == ("config.yaml", 2)


TABLE = "## Results\n\n| model | accuracy |\n|---|---|\n| ours | 91.0 ± 0.3 |\n| theirs | 87.3 |\n"


def test_printed_results_that_tracked_runs_give(tmp_path):
    systems = tracked(run(0, 0.905), run(1, 0.915))
    fact = ask("results", make(tmp_path, {"README.md": TABLE}), systems=systems).facts["reproduced_by"]
    assert fact.value == ["91.0: MLflow: mean accuracy over 2 runs"]
    assert fact.observations[0].sources[0].path == "README.md"


def test_nothing_tracked_says_nothing_about_results(tmp_path):
    assert ask("results", make(tmp_path, {"README.md": TABLE})).facts["reproduced_by"].status == "unknown"


def variance(tmp_path, text, *runs):
    return ask("variance", make(tmp_path, {"README.md": text}), systems=tracked(*runs))


def test_tracked_seeds_of_one_setting_give_variance(tmp_path):
    other = run(7, parameters={"lr": 5})
    finding = variance(tmp_path, "mean of 2 seeds: 81 ± 2", run(0), run(1), other)
    values = {name: finding.facts[name].value for name in ("runs", "error_bars", "seeds", "behind", "reported")}
    assert values == {"runs": 2, "error_bars": True, "seeds": [0, 1], "behind": True, "reported": True}
    assert finding.facts["runs"].decided_by == "system"


def test_seeds_of_different_settings_are_no_variance(tmp_path):
    facts = variance(tmp_path, "x", run(0), run(1, parameters={"lr": 5})).facts
    assert facts["runs"].status == facts["error_bars"].status == "unknown"


def test_fewer_tracked_runs_than_claimed_contradict_nothing(tmp_path):
    finding = variance(tmp_path, "mean over 5 seeds: 81 ± 2", run(0), run(1))
    assert finding.facts["behind"].status == "unknown"
    assert finding.defects == ()


@pytest.mark.parametrize(
    ("version", "value", "defects"),
    [
        pytest.param(DataVersion(system="DVC", path="data/a.csv", hash="x", verified=False), False, 1, id="changed"),
        pytest.param(DataVersion(system="DVC", path="data/a.csv", hash="x", verified=True), True, 0, id="same"),
        pytest.param(DataVersion(system="DVC", path="data/a.csv", hash="x"), None, 0, id="not-here"),
        pytest.param(DataVersion(system="DVC", path="train.py", hash="x", verified=False), None, 0, id="code"),
    ],
)
def test_data_hashes_are_held_against_files(tmp_path, version, value, defects):
    finding = ask("data", make(tmp_path, {"train.py": ""}), systems=tracked(data=(version,)))
    assert finding.facts["hashes_agree"].value is value
    assert [d.id for d in finding.defects] == ["data.hash_differs"] * defects


@pytest.mark.parametrize(
    ("version", "commit", "value"),
    [("1.26.4", "", True), ("2.0.1", "", False), ("2.0.1", "f" * 40, None)],
    ids=["same", "other", "other-commit"],
)
def test_packages_of_tracked_runs_are_held_against_pins(tmp_path, version, commit, value):
    systems = tracked(run(packages={"numpy": version}, commit=commit))
    fact = ask("dependencies", make(tmp_path, {"requirements.txt": "numpy==1.26.4\n"}), systems=systems)
    assert fact.facts["recorded_agree"].value is value


def test_every_system_stands_in_the_finding_with_its_name(tmp_path):
    torn = run(1, complete=False, commit="f" * 40, commit_known=False)
    finding = ask("systems", make(tmp_path, {"a.py": ""}), systems=tracked(run(0), torn, warnings=("store cut short",)))
    assert finding.facts["used"].observations[0].note == "MLflow: 2 runs over 2 seeds, 1 not finished or torn"
    assert finding.facts["used"].value == ["MLflow"]
    assert finding.facts["tracked_runs"].value == 1
    assert finding.facts["commits_known"].value is False
    assert finding.not_verified == ("MLflow: store cut short",)


def test_no_system_is_said_to_be_absent(tmp_path):
    finding = ask("systems", make(tmp_path, {"a.py": ""}))
    assert finding.facts["used"].status == finding.facts["tracked_runs"].status == "absent"


@pytest.mark.parametrize("text", ["# x\n", TABLE.replace("91.0", "9").replace("87.3", "8.1").replace("0.3", "3")])
def test_where_no_results_are_printed_nothing_was_looked_for(tmp_path, text):
    fact = ask("results", make(tmp_path, {"README.md": text}), systems=tracked(run(0, 0.905))).facts["reproduced_by"]
    assert fact.status == "unknown"


def test_printed_results_that_no_run_gives(tmp_path):
    fact = ask("results", make(tmp_path, {"README.md": TABLE}), systems=tracked(run(0, 0.5))).facts["reproduced_by"]
    assert (fact.value, fact.observations[0].note) == ([], "2 printed numbers compared")
