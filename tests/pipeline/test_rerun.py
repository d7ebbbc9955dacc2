"""A toy paper re-run for real: honest, edited, sabotaged, incomplete; by its author and by strangers."""

from __future__ import annotations

import json
import subprocess

import pytest

from artifactpack.errors import InputError, RefusedError
from artifactpack.models.outcome import RerunResult
from artifactpack.models.records import load
from artifactpack.pipeline.rerun import plan_only, rerun
from artifactpack.pipeline.rerun_judge import exit_code
from artifactpack.pipeline.rerun_many import rerun_folder, side_by_side, worst
from artifactpack.pipeline.rerun_wish import Wish, make_wish
from artifactpack.rerun import sandbox
from tests.rerun.toy import SHUFFLED, TRAIN, pack, rewrite, state_value
from tests.rerun.toy_fixtures import cached, environments, honest, recorded, toy  # noqa: F401 - fixtures

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("cached")]


@pytest.fixture(scope="module")
def result(honest, environments, tmp_path_factory):  # noqa: F811
    """One re-run of it at the default tier, and its folder."""
    work = tmp_path_factory.mktemp("work") / "w"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(environments))
        patch.setenv("XDG_STATE_HOME", str(work.parent / "state"))
        return rerun(honest, work, Wish(reviewer="first", pdf=False)), work


def only(found):
    (claim,) = found.claims
    return claim


def test_an_honest_bundle_is_identical_on_the_same_machine(result):
    found, _ = result
    assert (found.tier, found.judged, only(found).outcome) == ("train", "bit for bit", "identical")
    assert (exit_code(found), found.failures, found.suspicions) == (0, (), ())
    assert "Results Reproduced" in found.badge and "would support" in found.badge


def test_what_it_leaves(result):
    found, work = result
    assert load(RerunResult, json.loads((work / "rerun.json").read_text())) == found
    statement = json.loads((work / "attestation.json").read_text())
    assert statement["subject"][0]["digest"]["sha256"] == found.digest
    assert (statement["predicate"]["result"], statement["predicate"]["passedTests"]) == ("PASSED", ["C1"])
    assert "C1" in (work / "rerun-report.html").read_text()


def test_the_plan_says_tiers_cost_and_what_can_be_decided(honest):  # noqa: F811
    plan = plan_only(honest, Wish())
    assert [c.tier for c in plan.costs] == ["smoke", "evaluate", "train"]
    assert plan.seeds == {"train": (0, 1, 2)} and plan.runs == 3
    assert all(c.wall > 0 for c in plan.costs)
    assert plan.can_decide["C1"].startswith("identical or not")
    assert plan.sandbox.level >= 2 and not plan.sandbox.own


@pytest.mark.usefixtures("result")
def test_the_plan_says_that_the_environment_is_built(honest):  # noqa: F811
    assert any("here already" in note for note in plan_only(honest, Wish()).notes)


def test_a_claim_edited_by_two_points_is_contradicted_before_anything_runs(toy, tmp_path):  # noqa: F811
    recorded_value = float((toy / "artifactpack.toml").read_text().partition('value = "')[2].partition(" ")[0])
    state_value(toy, f"{recorded_value + 2:.1f} %")
    plan = plan_only(pack(toy, tmp_path / "edited.zip"), Wish())
    assert [c.verdict for c in plan.before] == ["contradicted"]


def test_sabotaged_training_is_not_reproduced_and_says_why(toy, tmp_path):  # noqa: F811
    rewrite(toy, "train.py", TRAIN.replace("# SABOTAGE", SHUFFLED))
    found = rerun(pack(toy, tmp_path / "bad.zip"), tmp_path / "w", Wish(pdf=False))
    assert (only(found).outcome, only(found).cause, exit_code(found)) == ("not-reproduced", "author", 1)
    assert "permutation test" in only(found).sentence


def test_the_evaluate_tier_runs_on_the_shipped_weights_without_training(honest, tmp_path):  # noqa: F811
    found = rerun(honest, tmp_path / "w", Wish(tier="evaluate", pdf=False))
    assert [run.split("-")[0] for run in found.runs] == ["evaluate"]
    assert only(found).outcome == "not-run" and exit_code(found) == 0


def test_the_evaluate_tier_never_trains_first(toy, tmp_path):  # noqa: F811
    """The weights stay at home: the claim about them is not run, with what would settle it, and it is said before."""
    config = (toy / "artifactpack.toml").read_text()
    value = config.partition('value = "')[2].partition('"')[0]
    extra = f'[[claims]]\nid = "C2"\nmetric = "evaluate:accuracy"\nvalue = "{value}"\n'
    (toy / "artifactpack.toml").write_text(
        config.replace("seeds = [0, 1, 2, 3, 4]\nweights", 'seeds = [0, 1, 2, 3, 4]\nship = "none"\nweights') + extra
    )
    bundle, shown = pack(toy, tmp_path / "bare.zip"), []
    found = rerun(bundle, tmp_path / "w", Wish(tier="evaluate", pdf=False), show=shown.append)
    assert shown[0].runs == 0 and "train are not in the bundle" in shown[0].withheld["evaluate"]
    assert any("evaluate tier cannot run evaluate" in line for line in found.plan)
    first, second = found.claims
    assert (first.outcome, first.settles) == ("not-run", "--tier train runs it")
    assert (second.outcome, second.cause) == ("not-run", "data") and "--tier train" in second.settles
    assert (found.runs, exit_code(found)) == ((), 1)
    assert plan_only(bundle, Wish(max_time=0.001)).tier != "evaluate"


def test_the_smoke_tier_decides_no_claim_and_is_fine(honest, tmp_path):  # noqa: F811
    found = rerun(honest, tmp_path / "w", Wish(tier="smoke", pdf=False))
    assert (len(found.runs), only(found).outcome, found.scope, exit_code(found)) == (1, "not-run", (), 0)
    assert found.overhead < 10


def test_little_time_means_fewer_seeds_and_no_verdict(honest):  # noqa: F811
    each = next(c for c in plan_only(honest, Wish()).costs if c.tier == "train").wall / 3
    plan = plan_only(honest, Wish(max_time=each * 1.5, pdf=False))
    assert plan.seeds["train"] == (0,) and "1 of 3 seeds" in plan.why


def test_fresh_seeds_are_judged_statistically(honest, tmp_path):  # noqa: F811
    found = rerun(honest, tmp_path / "w", Wish(seeds=(71, 72, 73), pdf=False))
    assert (only(found).outcome, only(found).rerun_seeds) == ("reproduced", (71, 72, 73))
    assert only(found).resolution > 0


def weak(monkeypatch, level):
    """A machine that can give no more than this level."""
    kinds = tuple(k for k in sandbox.KINDS if k.level <= level)
    monkeypatch.setattr(sandbox, "probe", lambda: tuple((k, "") for k in kinds))


@pytest.mark.parametrize("level", [0, 1])
def test_a_strangers_bundle_is_refused_below_level_two(honest, tmp_path, monkeypatch, level):  # noqa: F811
    weak(monkeypatch, level)
    with pytest.raises(RefusedError, match="--i-trust-this-bundle") as refused:
        rerun(honest, tmp_path / "w")
    assert refused.value.exit_code == 3
    assert not (tmp_path / "w" / "project").exists()
    assert plan_only(honest, Wish()).refused


def test_consent_is_recorded(honest, tmp_path, monkeypatch):  # noqa: F811
    weak(monkeypatch, 1)
    found = rerun(honest, tmp_path / "w", Wish(tier="smoke", trust=True, pdf=False))
    assert (found.sandbox.level, found.sandbox.consent, found.sandbox.own) == (1, True, False)


def test_ones_own_bundle_runs_at_any_level_and_it_is_said(honest, recorded, tmp_path, monkeypatch):  # noqa: F811
    weak(monkeypatch, 0)
    monkeypatch.setenv("XDG_STATE_HOME", str(recorded / "state"))
    found = rerun(honest, tmp_path / "w", Wish(tier="smoke", pdf=False))
    assert (found.sandbox.level, found.sandbox.own, found.sandbox.consent) == (0, True, False)


def test_own_records_in_a_strangers_bundle_are_not_enough(toy, recorded, tmp_path, monkeypatch):  # noqa: F811
    """Someone takes the author's records and puts other code beside them: the bundle's digest is not the author's."""
    (toy / "json.py").write_text("raise SystemExit('not yours')\n")
    stranger = pack(toy, tmp_path / "other.zip")
    monkeypatch.setenv("XDG_STATE_HOME", str(recorded / "state"))
    assert not plan_only(stranger, Wish()).sandbox.own


def test_an_environment_that_cannot_be_rebuilt_is_named_package_by_package(toy, tmp_path):  # noqa: F811
    for file in (toy / ".artifactpack" / "runs").glob("*/record.json"):
        record = json.loads(file.read_text())
        record["packages"] = [{"name": "artifactpack-no-such-package", "version": "9.9"}]
        file.write_text(json.dumps(record))
    found = rerun(pack(toy, tmp_path / "lost.zip"), tmp_path / "w", Wish(pdf=False))
    assert (only(found).outcome, only(found).cause, exit_code(found)) == ("not-run", "environment", 1)
    assert "artifactpack-no-such-package==9.9" in found.environment.missing[0]


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        pytest.param("raise ValueError('the author made a mistake')", "author", id="code"),
        pytest.param("import nosuchmodule", "environment", id="import"),
        pytest.param("open('data/set.csv')", "data", id="data"),
        pytest.param("raise MemoryError", "resource", id="memory"),
        pytest.param(
            "import urllib.request; urllib.request.urlopen('https://192.0.2.1/', timeout=1)", "data", id="net"
        ),
    ],
)
def test_failures_have_a_side(toy, tmp_path, line, cause):  # noqa: F811
    rewrite(toy, "train.py", TRAIN.replace("# SABOTAGE", line))
    found = rerun(pack(toy, tmp_path / "bad.zip"), tmp_path / "w", Wish(seeds=(0,), pdf=False))
    assert (only(found).outcome, only(found).cause) == ("not-run", cause)
    assert found.failures[0].startswith(f"{cause}: train seed 0")
    assert "line " in next(iter(found.tails.values()))
    assert exit_code(found) == 1


def test_metrics_that_come_back_without_work_are_looked_at(toy, tmp_path):  # noqa: F811
    """The project ships the author's metrics and a program that copies them."""
    copied = next((toy / ".artifactpack/runs").glob("train-s0-*/out/metrics.json")).read_bytes()
    (toy / "cache.json").write_bytes(copied)
    subprocess.run(["git", "add", "-A"], cwd=toy, check=True)
    rewrite(
        toy,
        "train.py",
        TRAIN.replace(
            "train, test =",
            "pathlib.Path(args.out, 'metrics.json').write_bytes("
            "pathlib.Path('cache.json').read_bytes()); raise SystemExit\ntrain, test =",
        ),
    )
    for file in (toy / ".artifactpack" / "runs").glob("train*/record.json"):
        record = json.loads(file.read_text())
        record["cost"]["cpu"] = 500.0
        file.write_text(json.dumps(record))
    found = rerun(pack(toy, tmp_path / "copy.zip"), tmp_path / "w", Wish(seeds=(0,), pdf=False))
    assert any("byte for byte" in s for s in found.suspicions)
    assert any("to the last bit after" in s for s in found.suspicions)


def test_a_stale_metrics_file_in_the_project_is_gone_before_the_run(toy, tmp_path):  # noqa: F811
    (toy / "results").mkdir()
    (toy / "results" / "metrics.json").write_text('{"accuracy": 0.99}')
    config = (toy / "artifactpack.toml").read_text()
    (toy / "artifactpack.toml").write_text(
        config
        + '[commands.stale]\nrun = ["{python}", "-c", "pass"]\nmetrics = ["results/metrics.json"]\ntier = "smoke"\n'
    )
    subprocess.run(["git", "add", "-A"], cwd=toy, check=True)
    found = rerun(pack(toy, tmp_path / "stale.zip"), tmp_path / "w", Wish(tier="smoke", pdf=False))
    assert not (tmp_path / "w/project/results/metrics.json").exists()
    assert any("stale" in failure for failure in found.failures) or len(found.runs) == 2


def test_a_folder_that_is_not_ours_is_never_emptied(honest, tmp_path):  # noqa: F811
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="not empty"):
        rerun(honest, tmp_path / "w")
    assert (tmp_path / "w" / "thesis.tex").exists()


def test_many_bundles_one_bad_and_resumed(honest, tmp_path):  # noqa: F811
    folder = tmp_path / "submissions"
    folder.mkdir()
    (folder / "a.zip").write_bytes(honest.read_bytes())
    (folder / "b.zip").write_bytes(honest.read_bytes()[:-100])
    rows = rerun_folder(folder, tmp_path / "w", Wish(tier="smoke", pdf=False), jobs=2)
    assert [(r.bundle, r.exit_code) for r in rows] == [("a.zip", 0), ("b.zip", 3)]
    assert worst(rows) == 3
    again = rerun_folder(folder, tmp_path / "w", Wish(tier="smoke", pdf=False))
    assert [r.earlier for r in again] == [True, True]


def test_reviewers_side_by_side_with_an_estimate_and_no_verdict(result, honest, tmp_path):  # noqa: F811
    _, first = result
    rerun(honest, tmp_path / "second", Wish(seeds=(91,), reviewer="second", pdf=False))
    found = side_by_side([first, tmp_path / "second" / "rerun.json"])
    assert [r.name for r in found.reviewers] == ["first", "second"]
    (pooled,) = found.pooled
    assert (pooled.reviewers, pooled.rerun.n) == (2, 4)
    assert not hasattr(pooled, "outcome")


def test_reruns_of_different_bundles_are_not_pooled(result, tmp_path):
    found, work = result
    other = tmp_path / "other.json"
    other.write_text((work / "rerun.json").read_text().replace(found.digest, "0" * 64))
    with pytest.raises(InputError, match="different bundles"):
        side_by_side([work, other])


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish(claims=("C9",), pdf=False), "--claim C9"),
        (Wish(tier="deep", pdf=False), "--tier deep"),
        (Wish(data={"x": "y"}, pdf=False), "--data x"),
    ],
)
def test_wishes_that_cannot_be_met_are_named(honest, wish, words):  # noqa: F811
    with pytest.raises(InputError, match=words):
        plan_only(honest, wish)


@pytest.mark.parametrize(("seeds", "expected"), [("11,12", (11, 12)), ("0-3", (0, 1, 2, 3)), ("", ())])
def test_seeds_as_typed(seeds, expected):
    assert make_wish("", (), seeds, "", (), False, False).seeds == expected


@pytest.mark.parametrize(("seeds", "data"), [("a", ()), ("1-b", ()), ("", ("x",))])
def test_options_that_cannot_be_read(seeds, data):
    with pytest.raises(InputError):
        make_wish("", (), seeds, "", data, False, False)


def edit_records(root, **changes):
    """Forge fields of every record."""
    for file in (root / ".artifactpack" / "runs").glob("*/record.json"):
        record = json.loads(file.read_text())
        for name, value in changes.items():
            record[name] = {**record[name], **value} if isinstance(value, dict) else value
        file.write_text(json.dumps(record))


def test_on_another_machine_the_smoke_run_measures_this_one_first(toy, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr("artifactpack.pipeline.rerun_execute.WORTH_CALIBRATING", 0.0)
    edit_records(toy, hardware={"cpu": "Another Processor"})
    plans = []
    found = rerun(pack(toy, tmp_path / "far.zip"), tmp_path / "w", Wish(seeds=(3, 4), pdf=False), show=plans.append)
    assert [p.scale_why for p in plans][1] == "measured by the smoke run"
    assert plans[1].scale != 1.0
    assert plans[0].judged == "statistically" and only(found).outcome == "identical"
    assert any(d.kind == "cpu" for d in found.differences)


DATA = """
[data.set]
path = "data/set.txt"
url = "https://example.org/set.txt"
bundle = false
"""


def test_data_that_is_not_inside_is_asked_for_and_checked(toy, tmp_path):  # noqa: F811
    from artifactpack.pipeline.record import run_all

    (toy / "data").mkdir()
    (toy / "data" / "set.txt").write_text("the data")
    config = (toy / "artifactpack.toml").read_text()
    more = '[commands.reader]\nrun = ["{python}", "-c", "print(open(\'data/set.txt\').read())"]\ntier = "smoke"\n'
    (toy / "artifactpack.toml").write_text(config + more + DATA)
    run_all(toy, commands=["reader"])
    thin = pack(toy, tmp_path / "thin.zip")
    assert any("1 data file, 0.0 MB, not in the bundle" in note for note in plan_only(thin, Wish()).notes)
    without = rerun(thin, tmp_path / "w", Wish(tier="smoke", pdf=False))
    assert [f.split(":")[0] for f in without.failures] == ["data"] and exit_code(without) == 1
    (tmp_path / "mine.txt").write_text("the data")
    given = rerun(thin, tmp_path / "w", Wish(tier="smoke", data={"set": str(tmp_path / "mine.txt")}, pdf=False))
    assert given.failures == ()
    (tmp_path / "mine.txt").write_text("other data")
    with pytest.raises(InputError, match="not the recorded"):
        rerun(thin, tmp_path / "w", Wish(tier="smoke", data={"set": str(tmp_path / "mine.txt")}, pdf=False))


def test_three_seeds_of_the_same_bits_are_enough(toy, tmp_path):  # noqa: F811
    """A comparison plans five pairs; with the author's bits on three there is nothing more to learn."""
    extra = '[[claims]]\nid = "C2"\nholds = "train:accuracy > baseline:accuracy"\n'
    value = (toy / "artifactpack.toml").read_text().partition('value = "')[2].partition('"')[0]
    state_value(toy, value, extra)
    shown = []
    found = rerun(pack(toy, tmp_path / "two.zip"), tmp_path / "w", Wish(pdf=False), show=shown.append)
    assert shown[0].runs == 10 and len(found.runs) == 6
    assert [c.outcome for c in found.claims] == ["identical", "identical"]


def test_a_program_that_is_not_deterministic_is_told_so(toy, tmp_path):  # noqa: F811
    """The same seeds on the same machine, and a pinch of the clock in the accuracy."""
    noise = "import os; noise = int.from_bytes(os.getrandom(4), 'big') / 2**32 / 2000"
    text = TRAIN.replace("# SABOTAGE", noise).replace("right / len(test)", "right / len(test) - noise")
    rewrite(toy, "train.py", text)
    bundle = pack(toy, tmp_path / "noisy.zip")
    found = rerun(bundle, tmp_path / "w", Wish(pdf=False, trace=True))
    assert (only(found).outcome, only(found).cause) == ("reproduced", "nondeterminism")
    line = text.splitlines().index(noise) + 1
    assert f"train.py:{line}: {noise[:28]}" in only(found).sentence
    assert len(list((tmp_path / "w/project/.artifactpack/runs").iterdir())) == len(found.runs)
