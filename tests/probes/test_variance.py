"""Variance: said, coded, recorded; and claims that have fewer runs behind them."""

import gzip

import pytest

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.run import RunRecord
from artifactpack.project import open_project
from tests.support.asking import ask, make

RUNS = '[{"seed": 0, "ys": [2.5]}, {"seed": 1, "ys": [2.7]}]'


@pytest.mark.parametrize(
    ("files", "reported"),
    [
        pytest.param({"README.md": "| m | acc |\n|---|---|\n| a | 81.2 ± 0.3 |"}, True, id="plus-minus"),
        pytest.param({"README.md": "| m | error |\n|---|---|\n| a | 4.31±.08 |"}, True, id="no-leading-zero"),
        pytest.param({"README.md": "```\n# accuracy: 95.68 +- 0.08\nsh run.sh\n```"}, True, id="comment-in-commands"),
        pytest.param({"README.md": "```\nx +- 0.08\n```"}, False, id="code"),
        pytest.param({"README.md": "averaged over 10 runs"}, True, id="sentence"),
        pytest.param({"README.md": "| m | acc |\n|---|---|\n| a | 81.2 +/- 0.3 |"}, True, id="ascii"),
        pytest.param({"README.md": "--noise: standard deviation of the noise"}, False, id="an-option"),
        pytest.param(
            {"README.md": "```\nfor i in {0..4}\ndo\n python train.py -s $i\ndone\n```"}, True, id="loop-in-readme"
        ),
        pytest.param({"main.py": "for seed in args.seeds:\n    run(seed)\n"}, True, id="loop"),
        pytest.param({"main.py": "# for seed in seeds:\n"}, False, id="comment"),
        pytest.param({"main.py": "num_reps = 10\n"}, True, id="count"),
        pytest.param({"main.py": "num_runs = 1\n"}, False, id="one-run"),
        pytest.param({"data.py": "def __init__(self, num_repeats=100): pass\n"}, False, id="repeated-data"),
        pytest.param({"sweep.yaml": "parameters:\n  seed:\n    values: [0, 1, 2]\n"}, True, id="sweep"),
        pytest.param({"config.yaml": "seed: 1\n"}, False, id="one-seed"),
        pytest.param({"run.sh": "for s in 1 2 3\ndo\n  python train.py --seed $s\ndone\n"}, True, id="shell"),
        pytest.param({"run.sh": "for c in 1 2 3\ndo\n  sbatch --class $c job\ndone\n"}, False, id="loop-over-classes"),
        pytest.param({"main.py": "print(f'{accs.mean()} ± {accs.std()}')\n"}, True, id="printed"),
        pytest.param({"main.py": "print('time: %.2f +/- %.2f' % (t, std_train_time))\n"}, False, id="spread-of-time"),
        pytest.param({"main.py": "print(f'{t} ± {np.std(train_times)}')\n"}, False, id="spread-of-times"),
        pytest.param({"main.py": "print(f'{a} ± {a_std}, {time} ± {time_std}')\n"}, True, id="result-beside-time"),
        pytest.param({"main.py": "for run in range(9):\n    go(run)\n"}, True, id="runs"),
        pytest.param(
            {"main.py": "for run in range(9):\n    c['lr'] = float(np.random.choice(rates))\n"}, False, id="search"
        ),
        pytest.param(
            {"main.py": "for seed in range(9):\n    c['lr'] = float(np.random.choice(rates))\n"}, True, id="seeds"
        ),
        pytest.param(
            {"plot.py": "std = np.std(all_results, axis=0)\nax.fill_between(x, m - std, m + std)\n"}, True, id="band"
        ),
        pytest.param(
            {"a.py": "Q = 'the mean +/- standard deviation (SD) age was 74.7 +/- 12.2 years'\n"}, False, id="data"
        ),
        pytest.param({"a.py": "for i, rep in enumerate(classes):\n    go(rep)\n"}, False, id="representatives"),
        pytest.param({"README.md": "This trains every model, five times each."}, True, id="times-each"),
        pytest.param({"README.md": "7. Does the paper report error bars suitably?"}, False, id="a-question"),
        pytest.param({"README.md": "- Include confidence intervals via bootstrap"}, False, id="something-to-do"),
        pytest.param({"README.md": "mean and std computed for features in the training set"}, False, id="of-features"),
        pytest.param({"README.md": "Accuracy with error bars (standard error)"}, True, id="said-of-results"),
        pytest.param({"README.md": "We hope to aggregate multiple runs in the future."}, False, id="a-plan"),
        pytest.param({"README.md": "Compute the group's mean and standard deviation."}, False, id="a-formula"),
        pytest.param({"README.md": "Accuracy, with its standard deviation over 10 folds"}, True, id="folds"),
        pytest.param({"out/a.csv": "step,seed,reward\n1,0,2.5\n1,1,2.7\n"}, True, id="column-of-seeds"),
        pytest.param({"out/a.csv": "step,seed,reward\n1,0,2.5\n2,0,2.7\n"}, False, id="column-of-one-seed"),
        pytest.param({"plot.py": "ax.fill_between(t, upper, lower)\n"}, False, id="band-of-data"),
        pytest.param(
            {"sum.py": "s = df.groupby('epoch').std()\nprint(s.val_accuracy)\n"}, True, id="groups-of-results"
        ),
        pytest.param({"sum.py": "s = df.groupby('lab')['VALUE'].std()\n"}, False, id="groups-of-data"),
        pytest.param({"env.py": "for repeat in range(self.repeat):\n    act()\n"}, False, id="repeated-action"),
        pytest.param({"main.py": "for repeat in range(args.repeat):\n    train()\n"}, True, id="repeated-training"),
        pytest.param({"a.py": "for ids, seed in batch:\n    keep(ids)\n"}, False, id="seed-kept-beside-data"),
        pytest.param({"a.py": "for n, seed in enumerate(seeds):\n    train()\n"}, True, id="numbered-seeds"),
        pytest.param({"scores/a.json": RUNS}, True, id="records-of-seeds"),
        pytest.param({"scores/a.json": RUNS.replace("1", "0")}, False, id="records-of-one-seed"),
        pytest.param({"scores/a.json.gz": gzip.compress(RUNS.encode())}, True, id="packed-records"),
        pytest.param({"prompts.json": RUNS}, False, id="seeds-of-prompts"),
    ],
)
def test_reported(tmp_path, files, reported):
    assert ask("variance", make(tmp_path, files)).facts["reported"].value is reported


def records(seeds, **more):
    return tuple(RunRecord(id=f"r{s}", command="train", seed=s, **more) for s in seeds)


@pytest.mark.parametrize(("seeds", "bars"), [((0,), False), ((0, 1, 2), True), ((0, 0), False)])
def test_recorded_seeds_decide(tmp_path, seeds, bars):
    runs = RunEvidence(records=records(seeds), own=frozenset({"r0", "r1", "r2"}))
    facts = ask("variance", make(tmp_path, {"README.md": "81 ± 2 over 5 seeds"}), runs).facts
    assert (facts["error_bars"].value, facts["reported"].value, facts["reported"].decided_by) == (bars, bars, "run")
    assert facts["runs"].value == len(set(seeds))


def test_smoke_and_failed_runs_are_no_seeds(tmp_path):
    runs = RunEvidence(records=(*records((0, 1), tier="smoke"), *records((2, 3), state="failed")))
    assert ask("variance", make(tmp_path, {"a.py": ""}), runs).facts["error_bars"].status == "unknown"


def test_a_claim_of_five_seeds_with_one_run_behind_it(examples):
    finding = ask("variance", open_project(examples / "pitfalls"))
    (defect,) = finding.defects
    assert finding.facts["behind"].value is False
    assert (defect.sources[0].path, "±" in defect.sources[0].text) == ("README.md", True)
    assert "5 runs" in defect.message


@pytest.mark.parametrize(
    ("files", "behind"),
    [
        pytest.param({}, None, id="nothing-to-count"),
        pytest.param({"results/m.json": "[1.0, 2.0, 3.0]"}, True, id="list"),
        pytest.param({f"results/seed_{i}/m.json": '{"a": 1}' for i in range(3)}, True, id="one-file-a-seed"),
        pytest.param({"results/m.json": '{"a": 1}'}, False, id="one"),
        pytest.param(
            {"results/m.json": '{"a": 1}', "main.py": "for seed in range(3):\n    run(seed)\n"}, None, id="code-repeats"
        ),
        pytest.param({"results/m.csv": "seed,acc\n0,1\n1,2\n2,3\n"}, True, id="table"),
        pytest.param({"results/m.csv": "acc\n1\n2\n"}, False, id="short-table"),
        pytest.param({"results/m.csv": "RMSE_mean,RMSE_std\n0.5,1\n"}, True, id="summed-up"),
    ],
)
def test_runs_behind_a_claim(tmp_path, files, behind):
    project = make(tmp_path, {"README.md": "accuracy 81 ± 2 over 3 seeds", **files})
    finding = ask("variance", project)
    assert finding.facts["behind"].value is behind
    assert bool(finding.defects) is (behind is False)


def test_replications_of_a_bootstrap_are_no_runs(tmp_path):
    said = "Confidence intervals: 90% confidence intervals from moving block bootstrap with 300 replications"
    finding = ask("variance", make(tmp_path, {"README.md": said, "results/m.json": '{"a": 1}'}))
    assert (finding.facts["claimed_runs"].status, finding.defects) == ("absent", ())


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("± is the standard deviation.", True),
        ("We give means and standard errors over 5 seeds.", True),
        ("It prints the mean/std of the final results.", True),
        ("sigma: standard deviation of the kernel", False),
        ("Subtract the mean, divide by x.std().", False),
    ],
)
def test_what_is_spread_must_be_results(tmp_path, text, named):
    assert ask("variance", make(tmp_path, {"README.md": text})).facts["spread_named"].value is named
