"""Code, commands, determinism, hyperparameters: what is run decides, not what it is called."""

from __future__ import annotations

import pytest

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.run import RunRecord, Setting
from artifactpack.probes import run_probes
from tests.support.asking import ask, make

FIT = """
import argparse, torch
p = argparse.ArgumentParser()
p.add_argument("--lr", type=float, default=0.1)
args = p.parse_args()
model = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(model.parameters(), lr=args.lr)
model(torch.rand(2)).backward()
opt.step()
def accuracy(m):
    return 1
accuracy(model)
"""
ATTACK = "import torch\nx = torch.rand(2)\nloss = (x * x).sum()\nloss.backward()\nprint(x.grad.sign())\n"


def value(tmp_path, probe, fact, **files):
    project = make(tmp_path, {n.replace("__", "."): t for n, t in files.items()})
    return ask(probe, project).facts[fact].value


@pytest.mark.parametrize(
    ("code", "trains"),
    [
        pytest.param(FIT, True, id="optimiser"),
        pytest.param("from sklearn.svm import SVC\nSVC().fit([[1]], [1])\n", True, id="sklearn"),
        pytest.param(ATTACK, False, id="gradient-of-an-input"),
        pytest.param("class SGD:\n    def step(self):\n        pass\n", False, id="an-optimiser-alone"),
        pytest.param("# model.fit(x)\nprint('loss.backward()')\n", False, id="comment-and-text"),
        pytest.param("import lightgbm\nlightgbm.train({}, None)\n", True, id="boosting"),
    ],
)
def test_training(tmp_path, code, trains):
    assert value(tmp_path, "code", "train", run__py=code) is trains


def test_a_mode_is_shown_only_where_nothing_better_is(tmp_path):
    code = "import torch\ndef go(model):\n    model.eval()\n    accuracy(model)\ngo(1)\n"
    fact = ask("code", make(tmp_path, {"a.py": code})).facts["evaluate"]
    assert [s.line for s in fact.observations[0].sources] == [4]


def test_evaluation_inside_the_training_script(tmp_path):
    assert value(tmp_path, "code", "evaluate", run__py=FIT) is True
    assert value(tmp_path, "code", "evaluate", run__py="print(1)\n") is False


@pytest.mark.parametrize(
    ("line", "measures"),
    [
        ("a, b = train_test_split(x)", False),
        ("loss = mse_loss(1, 2)", False),
        ("x = get_noise_prediction(1)", False),
        ("f = torch.inference_mode(g)", False),
        ("f = validate_config(g)", False),
        ("test_loss = (a - b).mean()", True),
        ("train_loss = (a - b).mean()", False),
        ("y = mse(1, 2)", True),
        ("y = get_accuracy(1, 2)", True),
        ("y = eval_set(1, 2)", True),
        ("import ot; y = ot.emd2(a, b, m)", True),
        ("_, best = torch.topk(y, 3)", False),
        ("y = get_top_k_matrix(1, 2)", False),
        ("y = load_data_benchmark()", False),
        ("y = create_test_dataset(64)", False),
        ("y = mnist_test_dataset(64)", False),
        ("y = eval(name)(1, 2)", False),
    ],
)
def test_what_counts_as_a_measure(tmp_path, line, measures):
    assert value(tmp_path, "code", "evaluate", run__py=f"import torch\ntorch.rand(1)\n{line}\n") is measures


NOTEBOOK = '{"cells": [{"cell_type": "code", "source": ["import torch\\n", "torch.rand(1)"]}]}'


def test_notebooks_only(tmp_path):
    assert value(tmp_path, "code", "notebook_only", a__ipynb=NOTEBOOK, lib__py="def f():\n    pass\n") is True
    assert value(tmp_path, "code", "notebook_only", run__py=FIT) is False
    helper = "import torch\n@torch.no_grad()\ndef f():\n    pass\n"
    assert value(tmp_path / "x", "code", "notebook_only", a__ipynb=NOTEBOOK, lib__py=helper) is True


README = "# X\n\n## Usage\n\n```\n{}\n```\n"


@pytest.mark.parametrize(
    ("command", "train", "evaluate"),
    [
        ("python train.py --lr 0.1", True, False),
        ("python eval.py", False, True),
        ("python train.py --eval", True, True),
        ("bash go.sh", True, False),
        ("python gone.py", False, False),
        ("pip install -r requirements.txt", False, False),
        ("python prepare_data.py", False, False),
        ("python train.py --eval_steps 16", True, False),
        ("python train.py --evaluate_interval_epochs 5", True, False),
        ("python train.py --evaluation_strategy no", True, False),
        ("python train.py --resume=auto", True, False),
        ("python train.py --evaluate --resume last.pt", True, True),
        ("python run.py --model x test", False, True),
        ("python fid.py calc", False, True),
    ],
)
def test_commands(tmp_path, command, train, evaluate):
    files = {
        "README.md": README.format(command),
        "train.py": FIT,
        "eval.py": "import torch\nprint(torch.load('m.pt'))\n",
        "prepare_data.py": FIT,
        "run.py": "import torch\nprint(torch.load('m.pt'))\n",
        "fid.py": "print(1)\n",
        "go.sh": "#!/bin/sh\npython train.py \\\n  --lr 1\n",
    }
    facts = ask("commands", make(tmp_path, files)).facts
    assert (facts["train"].value, facts["evaluate"].value) == (train, evaluate)


@pytest.mark.parametrize(
    ("readme", "fact", "said"),
    [
        pytest.param("## Training\n```\npython main.py --cfg a\n```\n", "train", True, id="title"),
        pytest.param("## Evaluation\n### Of clients\n```\npython learn.py\n```\n", "evaluate", True, id="title-above"),
        pytest.param("## Tests\n```\npython get_qm_data.py\n```\n", "evaluate", False, id="brings-data"),
        pytest.param("## Evaluation script\n```\npython eval.py --net a\n```\n", "train", False, id="fits-to-measure"),
        pytest.param("## Linear probes\n```\npython eval.py --net a\n```\n", "train", True, id="fits-by-title"),
        pytest.param("## Test run\n```\npython learn.py\n```\n", "evaluate", False, id="a-try"),
        pytest.param("```python\ncd x;\npython learn.py --lr 1\n```\n", "train", True, id="shell-called-python"),
        pytest.param("```diff\n# go\npython learn.py \\\n  --lr 1\n```\n", "train", True, id="shell-called-diff"),
        pytest.param("```python\nimport learn\nlearn.py\n```\n", "train", False, id="python"),
        pytest.param("To train as in table 1:\n```\npython learn.py\n```\n", "evaluate", False, id="no-title"),
        pytest.param("## Testing\n```\npytest tests/test_a.py\n```\n", "evaluate", False, id="tests-of-the-code"),
        pytest.param("To analyze: [`analyze-x.ipnyb`](analyze-x.ipynb)\n", "evaluate", True, id="analysis"),
        pytest.param("Plot the results with `Gather All.ipynb`.\n", "evaluate", True, id="name-with-a-blank"),
        pytest.param("Use learn.py to run it (testing still goes on).\n", "evaluate", False, id="aside"),
    ],
)
def test_what_documents_say_of_a_command(tmp_path, readme, fact, said):
    files = {
        "README.md": "# X\n" + readme,
        "main.py": "import lib\nlib.table['a']()\n",
        "learn.py": FIT,
        "eval.py": FIT,
        "get_qm_data.py": "import torch\ntorch.save(torch.load('a'), 'b')\n",
        "tests/test_a.py": "import pytest\ndef test_a():\n    pass\n",
        "analyze-x.ipynb": NOTEBOOK,
        "Gather All.ipynb": NOTEBOOK,
    }
    assert ask("commands", make(tmp_path, files)).facts[fact].value is said


def test_where_nothing_trains_programs_are_run_to_measure(tmp_path):
    files = {"README.md": "```\npython go.py\n```\n", "go.py": "def accuracy(x):\n    return x\naccuracy(1)\n"}
    assert ask("commands", make(tmp_path, files)).facts["evaluate"].value is True
    files["fit.py"] = FIT
    assert ask("commands", make(tmp_path / "too", files)).facts["evaluate"].value is False


def test_a_command_whose_file_is_missing_is_a_defect(tmp_path):
    finding = ask("commands", make(tmp_path, {"README.md": README.format("python gone.py"), "a.py": "x = 1\n"}))
    assert [(d.id, d.sources[0].line) for d in finding.defects] == [("commands.missing_file", 6)]


@pytest.mark.parametrize(
    "lines",
    [
        "git clone https://github.com/o/other\ncd other\npython setup.py install",
        "cd ~/torch; ./install.sh",
        "curl -o ~/miniconda.sh https://h\nsh ~/miniconda.sh",
        "git clone https://github.com/o/distro.git ~/project --recursive\ncd ~/project; ./install.sh",
        "cd ~/src/recipes/project\n./build.sh",
        "wget https://h.org/Miniconda3.sh\nbash Miniconda3.sh",
        "curl -LsSf https://astral.sh/uv/install.sh | sh",
        "git log --follow -- src/gone.py",
        "touch new.py\npython new.py",
        "mv template.py new.py\npython new.py",
        "python my_script.py",
        "python example_script.py",
        "python bin/whatever.py path/to/config.toml",
        "python experiments/run_Ei.py",
        "python ../other/train.py",
    ],
)
def test_what_is_run_elsewhere_is_not_missing_here(tmp_path, lines):
    project = make(tmp_path / "project", {"README.md": README.format(lines), "a.py": "x = 1\n"})
    assert ask("commands", project).defects == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("CLAUDE.md", "Run `bash setup.sh now`.", id="agent"),
        pytest.param("prompts/first.md", "Run `bash setup.sh now`.", id="prompt"),
        pytest.param("bench/summary-Other.md", "Run `python validate.py a.bin`.", id="notes-on-another-work"),
        pytest.param("docs/a.rst", "See `loader.py <https://github.com/o/r/blob/main/loader.py>`__.", id="link"),
        pytest.param(
            "docs/a.md",
            "Put this in a new file called `eval.py`:\n\n```\npython eval.py\n```\n",
            id="made-by-the-reader",
        ),
        pytest.param(
            "README.md",
            "Download this script [here](https://github.com/o/r/blob/main/get.sh), then run `sh get.sh all`.",
            id="fetched",
        ),
    ],
)
def test_what_no_reader_is_told_to_run_here_is_not_missing(tmp_path, name, text):
    assert ask("commands", make(tmp_path, {name: text, "a.py": "x = 1\n"})).defects == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("exp/notes.md", "```\npython gone.py\n```\n"),
        ("README.md", "To create the figures, run `python gone.py all`.\n"),
        ("README.md", "```\ngit clone https://github.com/o/project\ncd project && python gone.py\n```\n"),
        ("README.md", "```\ngit clone https://github.com/o/project\ncd ~/o/project\npython gone.py\n```\n"),
    ],
)
def test_what_a_reader_is_told_to_run_is_missing(tmp_path, name, text):
    project = make(tmp_path / "project", {name: text, "exp/a.py": "x = 1\n"})
    assert [d.message for d in ask("commands", project).defects] == [f"{name} tells to run gone.py, which is not there"]


def test_what_is_run_in_a_folder_of_the_project_may_be_missing(tmp_path):
    files = {"README.md": README.format("cd src\npython gone.py"), "src/a.py": "x = 1\n"}
    assert [d.id for d in ask("commands", make(tmp_path, files)).defects] == ["commands.missing_file"]


def test_flags_that_no_program_has(tmp_path):
    code = FIT.replace("args =", 'p.add_argument("--epochs")\nargs =')
    files = {"README.md": README.format("python train.py --lr 1 --epocs 3"), "train.py": code}
    assert ask("commands", make(tmp_path, files)).facts["unknown_flags"].value == ["train.py --epocs"]


@pytest.mark.parametrize(
    "command",
    [
        "torchrun --standalone --nnodes=1 train.py --lr 1",
        "python -m torch.distributed.launch --nproc-per-node 2 ./train.py --lr 1",
        "python train.py --lr 1 && tensorboard --logdir runs",
    ],
)
def test_flags_of_a_launcher_or_of_the_next_command_are_not_the_programs(tmp_path, command):
    code = FIT.replace("args =", 'p.add_argument("--epochs")\nargs =')
    files = {"README.md": README.format(command), "train.py": code}
    assert ask("commands", make(tmp_path, files)).facts["unknown_flags"].status == "absent"


@pytest.mark.parametrize(
    ("line", "requested"),
    [
        ("torch.backends.cudnn.deterministic = True", True),
        ("torch.use_deterministic_algorithms(True)", True),
        ("torch.use_deterministic_algorithms(False)", False),
        ("torch.backends.cudnn.deterministic = False", False),
        ("# torch.backends.cudnn.deterministic = True", False),
        ("import torch.backends.cudnn as c; c.deterministic = True", True),
        ("from torch.backends import cudnn; cudnn.deterministic = True", True),
        ("import pytorch_lightning as pl; pl.Trainer(deterministic=True)", True),
        ("Flip(deterministic=True)", False),
        ("import os; os.environ['TF_DETERMINISTIC_OPS'] = '1'", True),
        ("if False:\n    torch.backends.cudnn.deterministic = True", False),
    ],
)
def test_determinism(tmp_path, line, requested):
    assert value(tmp_path, "determinism", "requested", run__py=f"import torch\n{line}\ntorch.rand(1)\n") is requested


def test_determinism_in_tests_and_dead_code_is_no_evidence(tmp_path):
    files = {
        "tests/test_a.py": "import torch\ntorch.backends.cudnn.deterministic = True\n",
        "run.py": "import torch\ndef unused():\n    torch.backends.cudnn.deterministic = True\ntorch.rand(1)\n",
    }
    assert ask("determinism", make(tmp_path, files)).facts["requested"].value is False


def test_benchmarking_beside_determinism_is_a_defect(tmp_path):
    code = "import torch\ntorch.backends.cudnn.deterministic = True\n"
    code += "torch.backends.cudnn.benchmark = True\ntorch.rand(1)\n"
    finding = ask("determinism", make(tmp_path, {"run.py": code}))
    assert finding.defects[0].sources[0].line == 3


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "train.py": "import torch\ntorch.backends.cudnn.benchmark = True\ntorch.rand(1)\n",
                "test.py": "import torch\ntorch.backends.cudnn.deterministic = True\ntorch.rand(1)\n",
            },
            id="two-programs",
        ),
        pytest.param(
            {
                "train.py": "import torch, yaml\nconfig = yaml.safe_load(open('c.yaml'))\n"
                "torch.backends.cudnn.benchmark = config['benchmark']\n"
                "torch.backends.cudnn.deterministic = config['deterministic']\ntorch.rand(1)\n",
                "c.yaml": "benchmark: true\ndeterministic: false\n",
            },
            id="configured",
        ),
    ],
)
def test_benchmarking_apart_from_determinism_is_none(tmp_path, files):
    assert ask("determinism", make(tmp_path, files)).defects == ()


def test_what_a_run_ended_with_decides(tmp_path):
    project = make(tmp_path, {"run.py": "import torch\ntorch.use_deterministic_algorithms(True)\n"})
    off = Setting(name="torch.use_deterministic_algorithms", at_start=True, at_exit=False)
    record = RunRecord(id="r", command="train", observed=True, settings=(off,))
    fact = ask("determinism", project, RunEvidence(records=(record,), own=frozenset({"r"}))).facts["requested"]
    assert (fact.value, fact.decided_by) == (False, "run")


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("config.yaml", "lr: 0.1\nbatch_size: 3\nepochs: 2\n", True),
        ("configs/a.py", "lr = 0.1\nbatch_size = 3\nepochs = 2\nhidden = 4\n", True),
        ("config.py", FIT, False),
        ("gym/conda_env.yml", "name: x\ndependencies:\n - python=3.8\n - num_steps=3\n", False),
        ("configs/ihdp.txt", "p_alpha=[0]\nn_in=[2]\ndropout=1.0\nlrate=0.1\n", True),
        ("configs/names.txt", "one\ntwo\n", False),
        ("environment.yml", "dependencies:\n - python=3.8\n", False),
        (".github/workflows/ci.yml", "steps:\n  - run: x\n  max_parallel: 3\n", False),
        ("data/annotations.json", '{"model": 1, "steps": 2, "alpha": 3}', False),
        ("config.json", "", False),
    ],
)
def test_config_files(tmp_path, name, text, found):
    files = {name: text, "run.py": "import torch\nprint(1)\n"}
    assert ask("hyperparameters", make(tmp_path, files)).facts["config_files"].value is found


@pytest.mark.parametrize(("named", "found"), [("output/tuned/0.toml", True), ("output/tuned/", False)])
def test_a_configuration_file_among_outputs_that_a_document_names(tmp_path, named, found):
    files = {"README.md": f"Our settings are in `{named}`.\n", "output/tuned/0.toml": "seed = 0\nlr = 0.1\n"}
    assert ask("hyperparameters", make(tmp_path, files)).facts["config_files"].value is found


def test_hyperparameters_in_options(tmp_path):
    assert value(tmp_path, "hyperparameters", "declared", run__py=FIT) is True
    assert value(tmp_path / "other", "hyperparameters", "declared", README__md="# nothing\n") is False


def test_a_failing_probe_stops_nobody(tmp_path, monkeypatch):
    from artifactpack import probes

    def burst(*_):
        raise RecursionError("deep")

    monkeypatch.setattr(probes.PROBES["seeds"], "probe", burst)
    findings = probes.run_probes(make(tmp_path, {"run.py": FIT}), RunEvidence())
    assert findings["seeds"].not_verified == ("seeds: not looked at: RecursionError: deep",)
    assert findings["code"].facts["train"].value is True


def test_findings_are_remembered_until_a_file_changes(tmp_path, monkeypatch):
    import os
    import time

    from artifactpack import probes
    from artifactpack.project import open_project

    make(tmp_path, {"run.py": FIT})
    time.sleep(0.1)
    first = probes.run_probes(open_project(tmp_path), RunEvidence())
    monkeypatch.setattr(probes, "_asked", lambda *_: pytest.fail("asked again"))
    assert probes.run_probes(open_project(tmp_path), RunEvidence()) == first
    os.utime(tmp_path / "run.py", (1, 1))
    with pytest.raises(pytest.fail.Exception):
        probes.run_probes(open_project(tmp_path), RunEvidence())


def test_every_fact_is_documented(tmp_path):
    from artifactpack.probes import PROBES

    project = make(tmp_path, {"run.py": FIT, "README.md": README.format("python run.py")})
    for name in ("code", "commands", "seeds", "determinism", "hyperparameters"):
        assert set(ask(name, project).facts) == set(PROBES[name].FACTS)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import transformers\nt = transformers.Trainer()\nt.train()\n", id="trainer"),
        pytest.param(
            "from transformers import Trainer\nclass Mine(Trainer):\n    pass\nt = Mine()\nt.train()\n",
            id="own-trainer",
        ),
        pytest.param("import tensorflow as tf\ne = tf.estimator.Estimator(f)\ne.train(g)\n", id="estimator"),
        pytest.param("from stable_baselines3 import PPO\nm = PPO('p', 'e')\nm.learn(100)\n", id="agent"),
        pytest.param("import xgboost\nm = xgboost.train({}, d)\n", id="xgboost"),
    ],
)
def test_objects_of_libraries_that_fit(tmp_path, code):
    assert ask("code", make(tmp_path, {"main.py": code})).facts["train"].value is True


def test_a_scaler_spelt_otherwise_prepares_data(tmp_path):
    code = "x = normal_scalar.fit_transform(x)\nmodel.fit(x)\n"
    fact = ask("code", make(tmp_path, {"main.py": code})).facts["train"]
    assert [s.line for s in fact.observations[0].sources] == [2]


def test_calling_train_on_something_else_fits_nothing(tmp_path):
    assert (
        ask("code", make(tmp_path, {"main.py": "m = build()\nm.train()\nprint(m)\n"})).facts["train"].value is not True
    )


@pytest.mark.parametrize(
    ("sentence", "evaluates"),
    [
        ("* Run `ate.py` to reproduce the table.", True),
        ("Run `learn.py` to reproduce the table.", False),
        ("Run `ate.py` to make the table.", False),
    ],
)
def test_what_is_run_to_reproduce_a_table_and_trains_nothing_evaluates(tmp_path, sentence, evaluates):
    files = {"README.md": f"# X\n\n{sentence}\n", "learn.py": FIT}
    files["more/ate.py"] = "def main():\n    pass\nif __name__ == '__main__':\n    main()\n"
    assert ask("commands", make(tmp_path, files)).facts["evaluate"].value is evaluates


@pytest.mark.parametrize(
    ("command", "trains"),
    [("pkg fit --lr 1", True), ("$ pkg fit", True), ("python setup.py install", False), ("other fit --lr 1", False)],
)
def test_programs_that_the_project_installs_are_run_by_their_names(tmp_path, command, trains):
    setup = "from setuptools import setup\nsetup(entry_points={'console_scripts': ['pkg=pkg.cli:main']})\n"
    code = "def main():\n    model.fit(1)\n"
    files = {"setup.py": setup, "pkg/__init__.py": "", "pkg/cli.py": code, "README.md": f"```\n{command}\n```\n"}
    assert ask("commands", make(tmp_path, files)).facts["train"].value is trains


def test_a_script_named_for_accuracy_evaluates(tmp_path):
    files = {"README.md": "```\npython measure_accuracy.py --x 1\n```\n", "measure_accuracy.py": "print(1)\n"}
    assert ask("commands", make(tmp_path, files)).facts["evaluate"].value is True


@pytest.mark.parametrize(
    ("sentence", "evaluates"),
    [
        ("We provide an example of a training and evaluation run at:", True),
        ("This was evaluated by others. Run:", None),
        ("Do this:", None),
    ],
)
def test_the_sentence_before_a_command_says_what_it_does(tmp_path, sentence, evaluates):
    files = {"README.md": f"# X\n\n{sentence}\n```bash\npython go.py\n```\n", "go.py": "print(1)\n"}
    assert ask("commands", make(tmp_path, files)).facts["evaluate"].value is (evaluates or False)


def test_a_library_that_trains_has_training_code(tmp_path):
    files = {"pkg/a.py": "def update(self, x):\n    loss = f(x)\n    loss.backward()\n    self.optimizer.step()\n"}
    assert ask("code", make(tmp_path, files)).facts["train"].value is True


def test_a_class_picked_by_its_name_in_its_own_file(tmp_path):
    files = {
        "run.py": "import algorithms\nk = algorithms.pick('A')\na = k()\na.update(1)\nprint(1)\n",
        "algorithms.py": "import torch\ndef pick(name):\n    return globals()[name]\nclass A(torch.nn.Module):\n"
        "    def update(self, x):\n        x.backward()\n        self.optimizer.step()\n",
    }
    assert ask("code", make(tmp_path, files)).facts["train"].value is True


def test_code_in_another_language_is_not_said_to_lack_anything(tmp_path):
    files = {"R/fit.R": "fit <- lm(y ~ x)\n", "run.R": "set.seed(1)\n", "LICENSE": "MIT"}
    findings = run_probes(make(tmp_path, files), RunEvidence())
    assert findings["seeds"].facts["set"].status == "unknown"
    assert "R (2 files)" in findings["code"].facts["train"].reason
    assert "R (2 files)" in findings["code"].not_verified[-1]
    assert findings["citation"].facts["present"].status == "absent"


@pytest.mark.parametrize("title", ["### Training", "## Run"])
def test_commands_for_programs_in_other_languages(tmp_path, title):
    files = {"README.md": f"# X\n{title}\n```\nDATA=x th main.lua\n```\n", "main.lua": "x = 1\n"}
    assert ask("commands", make(tmp_path, files)).facts["train"].value is True


@pytest.mark.parametrize(
    ("sentence", "evaluates"),
    [
        ("- `go.py`: runs random search on all models", True),
        ("- `go.py`: the classes behind it", False),
    ],
)
def test_a_script_that_runs_in_a_project_that_trains_nothing_measures(tmp_path, sentence, evaluates):
    code = "from sklearn.metrics import accuracy_score\n\nprint(accuracy_score(y, f(x)))\n"
    files = {"README.md": f"# X\n\n## Experiments\n{sentence}\n", "go.py": code}
    assert ask("commands", make(tmp_path, files)).facts["evaluate"].value is evaluates


@pytest.mark.parametrize(
    ("before", "evaluates"), [("To reproduce results for the small net.", True), ("Do this to begin.", False)]
)
def test_what_introduces_numbered_steps_introduces_the_command_in_them(tmp_path, before, evaluates):
    steps = "1. Make an environment\n2. Get the data\n3. Run `python go.py small.toml`\n"
    code = "import optuna\nstudy = optuna.create_study()\nstudy.optimize(goal, n_trials=9)\n"
    facts = ask("commands", make(tmp_path, {"README.md": f"# X\n\n{before}\n\n{steps}", "go.py": code})).facts
    assert (facts["train"].value, facts["evaluate"].value) == (True, evaluates)


@pytest.mark.parametrize(
    ("arguments", "trains"),
    [("--split=train", False), ("--split train", False), ("--mode=train", True), ("train --lr 1", True)],
)
def test_the_part_of_the_data_that_is_looked_at_is_no_mode(tmp_path, arguments, trains):
    files = {
        "README.md": f"```\npython look.py {arguments}\n```\n",
        "look.py": "import sys\nprint(sys.argv)\n",
        "other.py": "import torch\nloss.backward()\nopt = torch.optim.SGD([], 1)\nopt.step()\n",
    }
    assert ask("commands", make(tmp_path, files)).facts["train"].value is trains


@pytest.mark.parametrize(("folder", "told"), [("image_task", True), ("elsewhere", False)])
def test_a_folder_whose_name_is_a_letter_short_is_ours(tmp_path, folder, told):
    files = {
        "README.md": f"First run `cd {folder}`, then:\n```\npython train.py\n```\n",
        "image_tasks/train.py": "model.fit(x)\n",
    }
    assert ask("commands", make(tmp_path, files)).facts["train"].value is told


@pytest.mark.parametrize(("folder", "trains"), [("images", True), ("text", False)])
def test_a_script_is_looked_for_in_the_folder_that_was_entered(tmp_path, folder, trains):
    files = {
        "README.md": f"```\ncd {folder}\npython go.py\n```\n",
        "images/go.py": "model.fit(x)\n",
        "text/go.py": "print(1)\n",
    }
    assert ask("commands", make(tmp_path, files)).facts["train"].value is trains


@pytest.mark.parametrize(
    ("code", "evaluates", "line"),
    [
        pytest.param("net.eval()\nprint(accuracy(net))\n", True, 2, id="measured"),
        pytest.param("net.eval()\nprint(net(x))\n", True, 1, id="only-its-mode"),
        pytest.param("from ast import literal_eval\nprint(literal_eval('1'))\n", None, None, id="reads-a-value"),
    ],
)
def test_the_mode_of_a_network_is_the_last_resort(tmp_path, code, evaluates, line):
    fact = ask("code", make(tmp_path, {"run.py": code})).facts["evaluate"]
    assert fact.value is (evaluates or False)
    assert [s.line for o in fact.observations for s in o.sources] == ([line] if line else [])
