"""`record` from end to end on small programs: order, resuming, failures, statistics."""

import json
import sys

import pytest

from artifactpack.errors import ConfigError, InfrastructureError, InputError
from artifactpack.pipeline.evidence import gather
from artifactpack.pipeline.record import record, run_all
from artifactpack.project import open_project
from artifactpack.recorder.store import RunStore

pytestmark = pytest.mark.slow  # every test runs commands

TRAIN = """
import json, random, sys
seed, out = int(sys.argv[1]), sys.argv[2]
random.seed(seed)
data = open("data.txt").read()
json.dump({"score": seed + len(data)}, open(out + "/metrics.json", "w"))
open(out + "/w.bin", "w").write(str(seed))
"""
EVALUATE = """
import json, sys
weights, out = sys.argv[1:]
json.dump({"score": int(open(weights).read()) * 2}, open(out + "/metrics.json", "w"))
"""
CONFIG = f"""
[environment]
python = "{sys.executable}"
[commands.evaluate]
run = ["{{python}}", "evaluate.py", "{{train.weights}}", "{{out}}"]
needs = ["train"]
metrics = ["{{out}}/metrics.json"]
tier = "evaluate"
[commands.train]
run = ["{{python}}", "train.py", "{{seed}}", "{{out}}"]
seeds = [0, 1]
metrics = ["{{out}}/metrics.json"]
weights = ["{{out}}/w.bin"]
"""


@pytest.fixture
def root(make_tree):
    return make_tree({"artifactpack.toml": CONFIG, "train.py": TRAIN, "evaluate.py": EVALUATE, "data.txt": "abc"})


def values(reference):
    return {(s.command, s.metric): s.values for s in reference.summaries}


def test_needed_runs_come_first_and_are_paired(root):
    reference = record(root)
    assert values(reference) == {("train", "score"): (3.0, 4.0), ("evaluate", "score"): (0.0, 2.0)}


def test_what_is_recorded_is_not_run_again(root):
    assert len(run_all(root).new) == 4
    done = run_all(root)
    assert (len(done.new), done.kept) == (0, 4)
    assert len(run_all(root, seeds=(0, 1, 2), commands=("train",)).new) == 1
    assert len(run_all(root, again=True, commands=("train",)).new) == 2


@pytest.mark.parametrize(
    ("path", "text", "anew"),
    [
        pytest.param("README.md", "hello", 0, id="readme"),
        pytest.param("data.txt", "abcd", 4, id="input-of-train-and-so-its-evaluation"),
        pytest.param("evaluate.py", EVALUATE + "#", 2, id="code-of-evaluate"),
        pytest.param(
            "artifactpack.toml", CONFIG + '[[claims]]\nid = "C"\nmetric = "train:score"\nvalue = "3"\n', 0, id="claim"
        ),
        pytest.param("artifactpack.toml", CONFIG + 'env = { A = "1" }\n', 4, id="own-table"),
    ],
)
def test_only_what_changed_is_run_again(root, path, text, anew):
    run_all(root)
    (root / path).write_text(text)
    assert len(run_all(root).new) == anew


def test_repeats_measure_the_noise_of_one_seed(root):
    (root / "train.py").write_text(TRAIN.replace("seed + len(data)", "seed + __import__('os').getpid()"))
    reference = record(root, commands=("train",), repeat=2)
    (summary,) = reference.summaries
    assert summary.repeats == 2 and summary.repeat_sd > 0


def test_jobs_run_side_by_side(root):
    (root / "train.py").write_text("import time\n" + TRAIN + "time.sleep(1)\n")
    import time

    began = time.monotonic()
    done = run_all(root, commands=("train",), jobs=2)
    walls = [run.cost.wall for run in done.new]
    assert len(walls) == 2 and time.monotonic() - began < sum(walls) + 1


def test_a_failure_is_kept_and_its_dependants_are_skipped(root):
    (root / "train.py").write_text(TRAIN.replace("data =", "assert seed != 1, 'seed one fails'\ndata ="))
    done = run_all(root)
    assert [(r.command, r.seed) for r in done.failed] == [("train", 1)]
    assert "seed one fails" in done.failed[0].tail
    assert len(done.skipped) == 1 and "evaluate seed 1" in done.skipped[0]
    assert done.reference.ledger.failed == 1
    (root / "train.py").write_text(TRAIN)
    done = run_all(root)
    assert {(r.command, r.seed, r.attempt) for r in done.new if r.seed == 1} == {("train", 1, 1), ("evaluate", 1, 0)}


def test_tier(root):
    assert {r.command for r in run_all(root, tier="train").new} == {"train"}
    assert {r.command for r in run_all(root, tier="evaluate").new} == {"evaluate"}
    with pytest.raises(InputError, match="no command of tier"):
        run_all(root, tier="smoke")


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        pytest.param({"commands": ("trian",)}, ConfigError, "train", id="unknown-command"),
        pytest.param({"executor": "cloud"}, ConfigError, "cloud", id="unknown-executor"),
        pytest.param({"quota": 1}, InfrastructureError, "quota", id="quota"),
    ],
)
def test_bad_requests(root, more, error, said):
    if "quota" in more:
        run_all(root, seeds=(0,), commands=("train",))
        more = {**more, "seeds": (1,)}
    with pytest.raises(error, match=said):
        run_all(root, **more)


def test_without_commands_it_says_what_to_do(make_tree):
    with pytest.raises(InputError, match="no commands declared"):
        run_all(make_tree({"a.py": ""}))


def test_more_gpus_than_there_are(root, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    (root / "artifactpack.toml").write_text(CONFIG + "resources = { gpus = 1 }\n")
    with pytest.raises(InputError, match="asks for 1 GPUs, this machine has 0"):
        run_all(root)


def test_each_run_gets_cards_of_its_own(root, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5")
    (root / "artifactpack.toml").write_text(CONFIG + "resources = { gpus = 1 }\n")
    done = run_all(root, commands=("train",), jobs=2)
    assert {run.environment["CUDA_VISIBLE_DEVICES"] for run in done.new} == {"4", "5"}


def test_outputs_outside_of_the_run_folder_are_kept_by_seed(make_tree):
    config = f"""
[environment]
python = "{sys.executable}"
[commands.train]
run = ["{{python}}", "t.py", "{{seed}}"]
seeds = [0, 1]
metrics = ["results/m.json"]
weights = ["results/w.bin"]
[commands.evaluate]
run = ["{{python}}", "evaluate.py", "{{train.weights}}", "{{out}}"]
needs = ["train"]
metrics = ["{{out}}/metrics.json"]
"""
    text = "import json, os, sys\nos.makedirs('results', exist_ok=True)\n"
    text += "json.dump({'a': int(sys.argv[1])}, open('results/m.json', 'w'))\n"
    text += "open('results/w.bin', 'w').write(sys.argv[1])\n"
    root = make_tree({"artifactpack.toml": config, "t.py": text, "evaluate.py": EVALUATE})
    assert values(record(root)) == {("train", "a"): (0.0, 1.0), ("evaluate", "score"): (0.0, 2.0)}


def test_a_result_from_before_is_not_taken_for_a_new_one(make_tree):
    import os

    config = f'[environment]\npython = "{sys.executable}"\n[commands.t]\n'
    config += 'run = ["{python}", "-c", "1"]\nmetrics = ["m.json"]\n'
    root = make_tree({"artifactpack.toml": config, "m.json": '{"a": 1}'})
    os.utime(root / "m.json", (1, 1))
    done = run_all(root)
    assert [run.state for run in done.new] == ["failed"]


def test_evidence(root):
    run_all(root)
    evidence = gather(open_project(root))
    assert len(evidence.records) == 4
    assert evidence.own == evidence.current == {r.id for r in evidence.records}
    assert {evidence.known(r) for r in evidence.records} == {"run"}


def test_records_of_a_stranger_are_the_authors(root, monkeypatch, tmp_path):
    run_all(root)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
    evidence = gather(open_project(root))
    assert evidence.own == frozenset()
    assert {evidence.known(r) for r in evidence.records} == {"author-run"}


def test_records_move_with_their_project(root, tmp_path):
    import shutil

    run_all(root)
    shutil.copytree(root, tmp_path / "copy")
    assert run_all(tmp_path / "copy").kept == 4


def test_files_outside_version_control_are_told(root):
    import subprocess

    for command in (("init", "-q"), ("add", "train.py", "artifactpack.toml", "evaluate.py")):
        subprocess.run(["git", *command], cwd=root, check=True)
    (run,) = run_all(root, commands=("train",), seeds=(0,)).new
    assert {use.path: use.tracked for use in run.read} == {"train.py": True, "data.txt": False}


def test_a_worker_runs_one_job(root):
    """What other executors start: a file in, a run folder out, its record last."""
    import subprocess

    from artifactpack.models.config import Config, Environment
    from artifactpack.models.run import CodeState
    from artifactpack.project.config import load_config
    from artifactpack.recorder.plan import plan_runs
    from artifactpack.recorder.worker import Job, write_job

    config: Config = load_config(root)[0]
    assert config.environment == Environment(python=sys.executable)
    plan = plan_runs(config, ("train",), (0,))[0]
    folder = RunStore(root).folder(plan.id)
    job = Job(plan=plan, root=str(root), folder=str(folder), python=sys.executable, code=CodeState())
    write_job(job, root / "job.json")
    worker = [sys.executable, "-m", "artifactpack.executors.worker", str(root / "job.json")]
    subprocess.run(worker, check=True)
    first = json.loads((folder / "record.json").read_text())
    subprocess.run(worker, check=True)
    assert first["state"] == "finished"
    assert RunStore(root).own() == {plan.id}
    assert subprocess.run([*worker[:-1], "nowhere"], capture_output=True, check=False).returncode == 2


def test_a_changed_tree_is_told_apart(root):
    import subprocess

    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b.c")
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "x")):
        subprocess.run([*git, *command], cwd=root, check=True)
    runs = []
    for text in ("abc", "abcd", "abcde"):
        (root / "data.txt").write_text(text)
        runs += run_all(root, commands=("train",), seeds=(0,)).new
    codes = [run.code for run in runs]
    assert [code.dirty for code in codes] == [False, True, True]
    patches = [RunStore(root).folder(run.id) / "changes.patch" for run in runs]
    assert [p.exists() for p in patches] == [False, True, True] == [bool(code.changes) for code in codes]
    assert b"-abc\n" in patches[2].read_bytes() and b"+abcde\n" in patches[2].read_bytes()
    assert len({code.diff_sha256 for code in codes}) == 3 and codes[0].diff_sha256 == ""


@pytest.mark.parametrize(
    ("metric", "values", "warned"),
    [
        ("m", (0.95, 0.99), True),
        ("m", (0.5, 0.52), False),
        ("m", (5.0, 0.1), False),
        ("test/error_rate", (0.01, 0.09), True),
        ("train_loss", (0.01, 0.09), False),
        ("epoch.seconds", (0.01, 0.09), False),
    ],
)
def test_bars_that_leave_the_range(metric, values, warned):
    from artifactpack.core.statistics import spread
    from artifactpack.models.reference import MetricSummary
    from artifactpack.pipeline.record import range_warnings

    summary = MetricSummary(command="c", metric=metric, values=values, between_seeds=spread(values))
    assert bool(range_warnings([summary])) is warned


def test_parameters_and_the_lock_are_written_down(make_tree):
    config = CONFIG.replace(
        'run = ["{python}", "train.py", "{seed}", "{out}"]',
        """run = [
        "{python}", "train.py", "{seed}", "{out}", "--lr", "{lr}", "--wide=true", "--log", "{out}/log", "opt.eps=1e-8",
        "--tokenizer", "bpe-large", "--api-key", "abcdefgh"]
matrix = { lr = [0.1] }""",
    )
    root = make_tree({"artifactpack.toml": config, "train.py": TRAIN, "data.txt": "abc", "uv.lock": "version = 1\n"})
    (run,) = run_all(root, commands=("train",), seeds=(0,)).new
    told = {"lr": 0.1, "wide": True, "opt.eps": 1e-8, "tokenizer": "bpe-large", "api-key": "(not recorded)"}
    assert run.parameters == told
    assert run.lock == "uv.lock"
