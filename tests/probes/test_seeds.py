"""Seeds in force: presence earns nothing; reached, stable, in time and read does."""

from __future__ import annotations

import pytest

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.run import RunRecord, Seeding, UnseededRng
from artifactpack.models.system import SystemReading, TrackedRun
from tests.support.asking import ask, make

TRAIN = """
import random, numpy as np, torch
def train(model):
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    random.shuffle([1]); np.random.permutation(3)
    loss = model(torch.rand(3)).sum()
    loss.backward(); opt.step()
"""
SEED_ALL = """
import random, numpy as np, torch
def set_seed(seed):
    random.seed(seed); np.random.seed(seed); torch.manual_seed(seed)
"""
MAIN = """
import argparse, torch
from helpers import set_seed
from work import train
parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--fixed", action="store_true")
def main():
    args = parser.parse_args()
    BODY
if __name__ == "__main__":
    main()
"""
GOOD = "set_seed(args.seed)\n    train(torch.nn.Linear(3, 1))"

CONFIGURED = """import yaml
    cfg = yaml.safe_load(open('config.yaml'))
    set_seed(cfg['KEY'])
    train(torch.nn.Linear(3, 1))"""


def project_of(tmp_path, body=GOOD, **files):
    contents = {"work.py": TRAIN, "helpers.py": SEED_ALL, "main.py": MAIN.replace("BODY", body)}
    contents.update({name.replace("__", "."): text for name, text in files.items()})
    return make(tmp_path, contents)


def values(finding):
    return {name: fact.value for name, fact in finding.facts.items()}


def ids(finding):
    return {d.id.removeprefix("seeds.") for d in finding.defects}


def places(finding, slug):
    return [(s.path, s.line) for d in finding.defects if d.id == f"seeds.{slug}" for s in d.sources]


def test_a_seeded_program(tmp_path):
    finding = ask("seeds", project_of(tmp_path))
    facts = values(finding)
    assert {k: facts[k] for k in ("set", "python_numpy_framework", "all_libraries", "configurable", "stable")} == {
        "set": True,
        "python_numpy_framework": True,
        "all_libraries": True,
        "configurable": True,
        "stable": True,
    }
    assert facts["libraries"] == {"random": "seeded", "numpy": "seeded", "torch": "seeded"}
    assert finding.defects == ()
    place = finding.facts["set"].observations[0].sources[0]
    assert (place.path, place.line) == ("helpers.py", 4)


@pytest.mark.parametrize(("body", "there"), [("train(torch.nn.Linear(3, 1))", False), (GOOD, True)])
def test_what_a_tracker_was_told_is_no_seed_where_no_generator_gets_it(tmp_path, body, there):
    tracked = SystemReading(system="W&B", runs=(TrackedRun(system="W&B", id="1", seed=42),))
    assert values(ask("seeds", project_of(tmp_path, body), systems=(tracked,)))["set"] is there


def test_a_helper_nobody_calls_is_dead(tmp_path):
    finding = ask("seeds", project_of(tmp_path, "train(torch.nn.Linear(3, 1))"))
    assert (values(finding)["set"], values(finding)["all_libraries"]) == (False, False)
    assert places(finding, "dead_helper") == [("helpers.py", 3)]
    assert places(finding, "unread_option") == [("main.py", 6)]


def test_a_helper_called_only_under_a_flag_that_is_off(tmp_path):
    body = "if args.fixed:\n        set_seed(args.seed)\n    train(torch.nn.Linear(3, 1))"
    finding = ask("seeds", project_of(tmp_path, body))
    assert (values(finding)["set"], values(finding)["all_libraries"]) == (False, False)
    assert "behind_flag" in ids(finding)
    assert "dead_helper" not in ids(finding)


def test_a_flag_that_is_on_by_default(tmp_path):
    body = "if not args.fixed:\n        set_seed(args.seed)\n    train(torch.nn.Linear(3, 1))"
    assert values(ask("seeds", project_of(tmp_path, body)))["all_libraries"] is True


def test_a_seed_set_after_the_model_is_built(tmp_path):
    finding = ask("seeds", project_of(tmp_path, "m = torch.nn.Linear(3, 1)\n    set_seed(args.seed)\n    train(m)"))
    assert values(finding)["all_libraries"] is False
    assert values(finding)["libraries"]["torch"] == "late"
    assert places(finding, "late") == [("helpers.py", 4), ("main.py", 10)]


def test_a_seed_from_configuration_under_another_key(tmp_path):
    body = CONFIGURED.replace("KEY", "random_seed")
    finding = ask("seeds", project_of(tmp_path, body, config__yaml="lr: 0.1\nseed: 3\n"))
    assert values(finding)["set"] is False
    assert "unset" in ids(finding)
    assert ("config.yaml", 2) in places(finding, "unset")


def test_a_seed_from_configuration_under_its_key(tmp_path):
    body = CONFIGURED.replace("KEY", "seed")
    facts = values(ask("seeds", project_of(tmp_path, body, config__yaml="lr: 0.1\nseed: 3\n")))
    assert (facts["set"], facts["configurable"], facts["all_libraries"]) == (True, True, True)


def test_seeding_in_the_main_block_of_another_file(tmp_path):
    helpers = SEED_ALL + "\nif __name__ == '__main__':\n    set_seed(1)\n"
    finding = ask("seeds", project_of(tmp_path, "train(torch.nn.Linear(3, 1))", helpers__py=helpers))
    assert values(finding)["all_libraries"] is False
    assert any(d.id == "seeds.not_seeded" and "main.py" in d.message for d in finding.defects)


def test_seeding_when_another_file_is_imported(tmp_path):
    helpers = SEED_ALL + "\nset_seed(1)\n"
    finding = ask("seeds", project_of(tmp_path, "train(torch.nn.Linear(3, 1))", helpers__py=helpers))
    assert values(finding)["all_libraries"] is True
    assert values(finding)["configurable"] is False


@pytest.mark.parametrize(
    "helper",
    [
        pytest.param("import torch as th\ndef set_seed(s):\n    th.manual_seed(s)", id="module-alias"),
        pytest.param("from torch import manual_seed as ms\ndef set_seed(s):\n    ms(s)", id="function-alias"),
        pytest.param("import torch.random\ndef set_seed(s):\n    torch.random.manual_seed(s)", id="torch.random"),
        pytest.param("import lightning as L\ndef set_seed(s):\n    L.seed_everything(s)", id="lightning"),
        pytest.param("from transformers import set_seed as fix\ndef set_seed(s):\n    fix(s)", id="transformers"),
        pytest.param("from deeper import set_seed", id="re-export"),
        pytest.param("from deeper import *", id="star-import"),
        pytest.param(
            "import torch\ndef set_seed(s):\n    def inner():\n        torch.manual_seed(s)\n    inner()", id="nested"
        ),
        pytest.param(
            "import torch\nclass S:\n    def __init__(self, s):\n        torch.manual_seed(s)\nset_seed = S", id="class"
        ),
        pytest.param("import torch\nset_seed = lambda s: torch.manual_seed(s)", id="lambda"),
    ],
)
def test_every_way_to_reach_the_framework(tmp_path, helper):
    project = project_of(
        tmp_path, helpers__py=helper, deeper__py="import torch\ndef set_seed(s):\n    torch.manual_seed(s)\n"
    )
    assert values(ask("seeds", project))["libraries"]["torch"] == "seeded"


def test_numpy_by_an_alias(tmp_path):
    code = "from numpy import random as r\nr.seed(3)\nr.permutation(4)\n"
    assert values(ask("seeds", make(tmp_path, {"run.py": code})))["libraries"] == {"numpy": "seeded"}


def test_an_own_decorator_seeds(tmp_path):
    code = """
import functools, torch
def seeded(function):
    @functools.wraps(function)
    def wrapper(*args):
        torch.manual_seed(0)
        return function(*args)
    return wrapper
@seeded
def main():
    torch.nn.Linear(3, 1)
if __name__ == "__main__":
    main()
"""
    assert values(ask("seeds", make(tmp_path, {"run.py": code})))["all_libraries"] is True


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param("import hydra\n@hydra.main(config_path='.')\ndef main(cfg):\n    S(cfg.seed)\nmain()", id="hydra"),
        pytest.param(
            "import fire\ndef main(seed=0):\n    S(seed)\nif __name__ == '__main__':\n    fire.Fire(main)", id="fire"
        ),
        pytest.param(
            "import fire\ndef go(seed=0):\n    S(seed)\nif __name__ == '__main__':\n    fire.Fire()", id="fire-all"
        ),
        pytest.param(
            "import fire\nclass Run:\n    def go(self, seed=0):\n        S(seed)\nif __name__ == '__main__':\n"
            "    fire.Fire(Run)",
            id="fire-class",
        ),
        pytest.param(
            "import marimo\napp = marimo.App()\n@app.cell\ndef _(torch):\n    S(0)\n@app.cell\ndef _():\n    return\n"
            "if __name__ == '__main__':\n    app.run()",
            id="marimo",
        ),
        pytest.param(
            "from absl import app, flags\nflags.DEFINE_integer('seed', 0, '')\n"
            "flags.DEFINE_enum('mode', None, ['train', 'eval'], '')\nFLAGS = flags.FLAGS\n"
            "def main(_):\n    if FLAGS.mode == 'train':\n        S(FLAGS.seed)\n"
            "if __name__ == '__main__':\n    app.run(main)",
            id="mode-to-be-chosen",
        ),
        pytest.param(
            "import click\n@click.command()\n@click.option('--seed', default=0)\ndef main(seed):\n    "
            "S(seed)\nif __name__ == '__main__':\n    main()",
            id="click",
        ),
        pytest.param(
            "import typer\ndef main(seed: int = 0):\n    S(seed)\nif __name__ == '__main__':\n    typer.run(main)",
            id="typer",
        ),
        pytest.param(
            "import typer\napp = typer.Typer()\n@app.command()\ndef main(seed: int = 0):\n    S(seed)\nif "
            "__name__ == '__main__':\n    app()",
            id="typer-app",
        ),
        pytest.param(
            "from absl import app, flags\nflags.DEFINE_integer('seed', 0, '')\nFLAGS = flags.FLAGS\ndef "
            "main(_):\n    S(FLAGS.seed)\nif __name__ == '__main__':\n    app.run(main)",
            id="absl",
        ),
        pytest.param(
            "from sacred import Experiment\nex = Experiment()\n@ex.config\ndef cfg():\n    seed = "
            "1\n@ex.automain\ndef main(seed):\n    S(seed)",
            id="sacred",
        ),
        pytest.param(
            "import gin\n@gin.configurable\ndef main(seed=0):\n    S(seed)\nif __name__ == '__main__':\n    main()",
            id="gin",
        ),
        pytest.param(
            "import tyro, dataclasses\n@dataclasses.dataclass\nclass Args:\n    seed: int = 0\ndef main(args):\n "
            "   S(args.seed)\nif __name__ == '__main__':\n    main(tyro.cli(Args))",
            id="tyro",
        ),
        pytest.param(
            "from jsonargparse import CLI\ndef main(seed: int = 0):\n    S(seed)\nif __name__ == '__main__':\n   "
            " CLI(main)",
            id="jsonargparse",
        ),
        pytest.param(
            "import torch.multiprocessing as mp\ndef work(rank, seed):\n    S(seed)\nif __name__ == "
            "'__main__':\n    mp.spawn(work, args=(1,), nprocs=2)",
            id="spawn",
        ),
    ],
)
def test_every_kind_of_entry_point(tmp_path, entry):
    project = make(
        tmp_path,
        {
            "run.py": entry.replace("S(", "__import__; torch.manual_seed(").replace(
                "import ", "import torch\nimport ", 1
            )
            if not entry.startswith("from")
            else "import torch\n" + entry.replace("S(", "torch.manual_seed(")
        },
    )
    assert values(ask("seeds", project))["set"] is True


def test_a_package_that_imports_what_lies_in_its_folder(tmp_path):
    files = {
        "run.py": "import torch\nfrom parts import *\ntorch.rand(1)\n",
        "parts/__init__.py": "import glob\n__all__ = [f[:-3] for f in glob.glob('*.py')]\n",
        "parts/one.py": "import torch\ntorch.manual_seed(1)\n",
    }
    assert values(ask("seeds", make(tmp_path, files)))["all_libraries"] is True


def test_console_scripts_are_entry_points(tmp_path):
    files = {
        "pyproject.toml": "[project]\nname='x'\n[project.scripts]\nrun-it = 'pkg.cli:start'\n",
        "pkg/__init__.py": "",
        "pkg/cli.py": "import torch\ndef start():\n    torch.manual_seed(1)\n    torch.rand(3)\n",
    }
    assert values(ask("seeds", make(tmp_path, files)))["all_libraries"] is True


@pytest.mark.parametrize(
    ("value", "slug"),
    [
        ("hash('run')", "unstable"),
        ("int(time.time())", "unstable"),
        ("os.getpid()", "unstable"),
        ("random.randint(0, 9)", "drawn"),
    ],
)
def test_a_seed_that_differs_from_run_to_run(tmp_path, value, slug):
    code = f"import os, random, time, torch\ntorch.manual_seed({value})\ntorch.rand(2)\n"
    finding = ask("seeds", make(tmp_path, {"run.py": code}))
    assert values(finding)["set"] is False
    assert places(finding, slug) == [("run.py", 2)]


def test_what_a_drawn_seed_seeds_is_told_so(tmp_path):
    code = "import random, torch\ntorch.manual_seed(random.randint(0, 9))\ntorch.rand(2)\nmodel.fit(1)\n"
    told = [d.message for d in ask("seeds", make(tmp_path, {"run.py": code})).defects if "from torch" in d.message]
    assert [m.partition("), ")[2] for m in told] == ["which is seeded only by a number that is itself drawn"]


def test_a_seed_drawn_from_a_seeded_generator_is_stable(tmp_path):
    code = "import random, torch\nrandom.seed(1)\ntorch.manual_seed(random.randint(0, 9))\ntorch.rand(2)\n"
    assert values(ask("seeds", make(tmp_path, {"run.py": code})))["all_libraries"] is True


def test_hash_of_numbers_is_stable(tmp_path):
    code = "import torch\ntorch.manual_seed(hash((1, 2)))\ntorch.rand(2)\n"
    assert "unstable" not in ids(ask("seeds", make(tmp_path, {"run.py": code})))


def test_no_value_is_no_seed(tmp_path):
    finding = ask("seeds", make(tmp_path, {"run.py": "import numpy as np\nnp.random.seed()\nnp.random.rand(2)\n"}))
    assert values(finding)["set"] is False
    assert places(finding, "no_value") == [("run.py", 2)]


def test_a_bare_generator(tmp_path):
    finding = ask(
        "seeds", make(tmp_path, {"run.py": "import numpy as np\nrng = np.random.default_rng()\nrng.normal()\n"})
    )
    assert places(finding, "bare_generator") == [("run.py", 2)]


def test_a_seed_without_default_is_configurable_but_not_in_force(tmp_path):
    code = """
import argparse, torch
p = argparse.ArgumentParser(); p.add_argument("--seed", type=int, default=None); args = p.parse_args()
if args.seed is not None:
    torch.manual_seed(args.seed)
model = torch.nn.Linear(2, 1); model(torch.rand(2)).backward(); torch.optim.SGD(model.parameters(), 1).step()
"""
    finding = ask("seeds", make(tmp_path, {"run.py": code}))
    facts = values(finding)
    assert (facts["set"], facts["configurable"], facts["all_libraries"]) == (True, True, False)


def test_only_the_split_is_seeded(tmp_path):
    code = """
from sklearn.model_selection import train_test_split
import torch
a, b = train_test_split([1, 2], random_state=0)
model = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(model.parameters(), 1)
model(torch.rand(2)).backward(); opt.step()
"""
    facts = values(ask("seeds", make(tmp_path, {"run.py": code})))
    assert (facts["set"], facts["all_libraries"]) == (True, False)
    assert facts["libraries"]["torch"] == "not seeded"


@pytest.mark.parametrize(
    "path", ["tests/test_it.py", "third_party/lib/run.py", "vendor/x/main.py", "site-packages/y/main.py"]
)
def test_tests_and_vendored_trees_are_no_evidence(tmp_path, path):
    code = "import torch\ndef test_x():\n    pass\ntorch.manual_seed(1)\n"
    finding = ask("seeds", make(tmp_path, {path: code, "run.py": "import torch\ntorch.rand(2)\n"}))
    assert values(finding)["set"] is False


def test_comments_and_strings_are_no_evidence(tmp_path):
    code = (
        '"""torch.manual_seed(1)"""\nimport torch\n# torch.manual_seed(1)\nx = "torch.manual_seed(1)"\ntorch.rand(2)\n'
    )
    assert values(ask("seeds", make(tmp_path, {"run.py": code})))["set"] is False


def test_python_2_is_read(tmp_path):
    code = "import numpy as np\nprint 'hello %d' % 3\nnp.random.seed(4)\n"
    code += "try:\n    pass\nexcept ValueError, e:\n    print e\n"
    assert values(ask("seeds", make(tmp_path, {"run.py": code})))["set"] is True


def test_what_runs_did_decides(tmp_path):
    project = project_of(tmp_path)
    seen = (Seeding(rng="torch", call="torch.manual_seed", value=3),)
    bare = (UnseededRng(rng="numpy", call="numpy.random.rand"),)
    record = RunRecord(id="r1", command="train", seed=3, observed=True, seedings=seen, unseeded=bare)
    finding = ask("seeds", project, RunEvidence(records=(record,), own=frozenset({"r1"})))
    assert (finding.facts["all_libraries"].value, finding.facts["all_libraries"].decided_by) == (False, "run")
    assert finding.facts["python_numpy_framework"].value is False
    assert finding.facts["values"].value == {"r1": 3}


def test_records_of_a_stranger_are_trusted_less(tmp_path):
    record = RunRecord(id="r1", command="train", seed=3, observed=True)
    finding = ask("seeds", project_of(tmp_path), RunEvidence(records=(record,)))
    assert {o.known for o in finding.facts["set"].observations} == {"author-run", "static"}


def test_the_shipped_examples(examples):
    from artifactpack.project import open_project

    digits = ask("seeds", open_project(examples / "digits"))
    assert digits.defects == ()
    pitfalls = ask("seeds", open_project(examples / "pitfalls"))
    assert {"dead_helper", "bare_generator", "unstable_default", "unread_option"} <= ids(pitfalls)
    assert all(d.sources and d.sources[0].line for d in pitfalls.defects)


def state(tmp_path, library, code):
    return (values(ask("seeds", make(tmp_path, {"run.py": code})))["libraries"] or {}).get(library)


@pytest.mark.parametrize(
    ("library", "code", "expected"),
    [
        pytest.param("random", "import random\nrandom.seed(0)\nrandom.random()", "seeded", id="random"),
        pytest.param("numpy", "import numpy\nnumpy.random.seed(0)\nnumpy.random.rand(2)", "seeded", id="numpy-legacy"),
        pytest.param(
            "numpy", "import numpy as np\nr = np.random.default_rng(0)\nr.random()", "one object", id="Generator"
        ),
        pytest.param("torch", "import torch\ntorch.manual_seed(0)\ntorch.rand(2)", "seeded", id="torch"),
        pytest.param(
            "torch", "import torch\ntorch.cuda.manual_seed_all(0)\ntorch.rand(2)", "not seeded", id="only-cuda"
        ),
        pytest.param("torch.cuda", "import torch\ntorch.cuda.manual_seed_all(0)\ntorch.rand(2)", "seeded", id="cuda"),
        pytest.param(
            "tensorflow", "import tensorflow as tf\ntf.random.set_seed(0)\ntf.random.normal([2])", "seeded", id="tf"
        ),
        pytest.param("jax", "import jax\nk = jax.random.PRNGKey(0)\njax.random.normal(k)", "seeded", id="jax"),
        pytest.param(
            "sklearn",
            "from sklearn.cluster import KMeans\nKMeans(3, random_state=0).fit([[1]])",
            "one object",
            id="random_state",
        ),
        pytest.param(
            "numpy", "from sklearn.cluster import KMeans\nKMeans(3).fit([[1]])", "not seeded", id="no-random_state"
        ),
        pytest.param(
            "gym", "import gymnasium as gym\nenv = gym.make('A')\nenv.reset(seed=3)", "seeded", id="gymnasium"
        ),
        pytest.param("gym", "import gym\nenv = gym.make('A')\nenv.seed(3)\nenv.reset()", "seeded", id="gym"),
        pytest.param("gym", "import gym\nenv = gym.make('A')\nenv.reset()", "not seeded", id="gym-unseeded"),
        pytest.param(
            "torch", "import torch, lightning as L\nL.seed_everything(0)\ntorch.rand(2)", "seeded", id="lightning"
        ),
        pytest.param(
            "numpy",
            "import numpy as np\nfrom accelerate.utils import set_seed\nset_seed(0)\nnp.random.rand(2)",
            "seeded",
            id="accelerate",
        ),
        pytest.param(
            "torch",
            "import torch\nfrom transformers import set_seed\nset_seed(0)\ntorch.rand(2)",
            "seeded",
            id="transformers",
        ),
        pytest.param("llm", "import openai\nopenai.ChatCompletion.create(model='m')", "not seeded", id="llm"),
        pytest.param("llm", "import openai\nopenai.ChatCompletion.create(model='m', seed=1)", "seeded", id="llm-seed"),
        pytest.param(
            "llm", "import openai\nopenai.ChatCompletion.create(model='m', temperature=0)", None, id="llm-greedy"
        ),
        pytest.param(
            "llm", "from vllm import SamplingParams\nSamplingParams(temperature=1, seed=0)", "seeded", id="vllm"
        ),
    ],
)
def test_every_generator_has_its_state(tmp_path, library, code, expected):
    assert state(tmp_path, library, code) == expected


def test_a_dead_helper_and_an_unread_flag_are_named_as_the_reason(tmp_path):
    finding = ask("seeds", project_of(tmp_path, "train(torch.nn.Linear(3, 1))"))
    assert values(finding)["libraries"] == {"random": "dead", "numpy": "dead", "torch": "dead"}
    code = "import argparse, torch\np = argparse.ArgumentParser()\np.add_argument('--seed', type=int)\np.parse_args()\n"
    assert state(tmp_path / "other", "torch", code + "torch.rand(2)\n") == "unread flag"


@pytest.mark.parametrize(
    ("before", "argument", "expected"),
    [
        pytest.param("torch.manual_seed(0)", "num_workers=4", True, id="torch-seeded"),
        pytest.param("pass", "num_workers=4", False, id="nothing-seeded"),
        pytest.param("pass", "worker_init_fn=init", True, id="worker_init_fn"),
        pytest.param("g = torch.Generator()", "generator=g", True, id="generator"),
    ],
)
def test_loaders_and_their_workers(tmp_path, before, argument, expected):
    head = f"import torch\nfrom torch.utils.data import DataLoader\n{before}\n"
    code = f"{head}for x in DataLoader([1], {argument}):\n    pass\n"
    assert values(ask("seeds", make(tmp_path, {"run.py": code})))["workers"] is expected


def test_without_a_loader_nothing_is_said_about_workers(tmp_path):
    assert ask("seeds", project_of(tmp_path)).facts["workers"].status == "absent"


LIBRARY = "import torch\ntorch.manual_seed(0)\nprint(torch.rand(3))\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("README.md", "```sh\npython -m pkg.work\n```\n", id="readme"),
        pytest.param("train.sh", "python pkg/work.py --x\n", id="shell"),
        pytest.param("Makefile", "train:\n\tpython pkg/work.py\n", id="make"),
        pytest.param(".github/workflows/x.yml", "jobs:\n  a:\n    steps:\n      - run: python pkg/work.py\n", id="ci"),
        pytest.param(
            "run.ipynb",
            '{"cells": [{"cell_type": "code", "source": ["!python pkg/work.py"], "outputs": []}], "nbformat": 4}',
            id="notebook",
        ),
    ],
)
def test_a_file_that_a_command_runs_is_an_entry_point(tmp_path, name, text):
    files = {"pkg/work.py": LIBRARY, "pkg/__init__.py": "", "other.py": "import pkg.work\n", name: text}
    entries = ask("code", make(tmp_path, files)).facts["entry_points"].value
    assert "pkg/work.py" in entries


@pytest.mark.parametrize(
    ("argument", "configuration", "expected"),
    [("seed_everything_default=7", "a: 1", True), ("", "seed_everything: 7", True), ("", "a: 1", False)],
)
def test_the_lightning_command_line_seeds_by_its_option(tmp_path, argument, configuration, expected):
    code = "from lightning.pytorch.cli import LightningCLI\nif __name__ == '__main__':\n"
    files = {"run.py": f"{code}    LightningCLI({argument})\n", "config.yaml": configuration + "\n"}
    assert values(ask("seeds", make(tmp_path, files)))["set"] is expected


def test_a_class_picked_by_name_is_followed(tmp_path):
    files = {
        "runners/__init__.py": "from runners.one import *\n",
        "runners/one.py": "import torch\nclass Runner:\n    def train(self):\n        torch.manual_seed(3)\n"
        "        loss = torch.rand(1)\n        loss.backward()\n        self.optimizer.step()\n",
        "main.py": "from runners import *\ndef main(args):\n    runner = eval(args.runner)(args)\n    runner.train()\n"
        "if __name__ == '__main__':\n    main(parse())\n",
    }
    project = make(tmp_path, files)
    assert values(ask("seeds", project))["set"] is True
    assert values(ask("code", project))["train"] is True


def test_a_starter_without_a_function_runs_main(tmp_path):
    code = "import tensorflow as tf\ndef main(_):\n    tf.set_random_seed(1)\n"
    code += "if __name__ == '__main__':\n    tf.app.run()\n"
    assert values(ask("seeds", make(tmp_path, {"run.py": code})))["set"] is True


def test_an_overridden_method_runs_in_place_of_the_inherited_one(tmp_path):
    code = "import torch\nclass Base:\n    def go(self):\n        self.step()\n    def step(self):\n        pass\n"
    code += "class Mine(Base):\n    def step(self):\n        torch.manual_seed(0)\n"
    code += "if __name__ == '__main__':\n    Mine().go()\n"
    assert values(ask("seeds", make(tmp_path, {"run.py": code})))["set"] is True


def test_the_seed_of_a_librarys_arguments_is_set(tmp_path):
    code = "from transformers import HfArgumentParser, TrainingArguments, set_seed\ndef main():\n"
    code += "    args, = HfArgumentParser(TrainingArguments).parse_args_into_dataclasses()\n    set_seed(args.seed)\n"
    facts = values(ask("seeds", make(tmp_path, {"run.py": code + "if __name__ == '__main__':\n    main()\n"})))
    assert (facts["python_numpy_framework"], facts["configurable"]) == (True, True)


LATE = """
import torch
class Net(torch.nn.Module):
    def __init__(self):
        self.a = torch.nn.Linear(2, 2)
def run(kind):
    torch.manual_seed(0)
    torch.optim.SGD(kind().a.parameters(), 0.1).step()
    torch.rand(1).sum().backward()
"""


@pytest.mark.parametrize(
    ("start", "late"),
    [
        pytest.param("run(Net)", False, id="class-handed-over"),
        pytest.param("net = Net()\nrun(lambda: net)", True, id="object-made-before"),
    ],
)
def test_a_class_that_is_only_handed_over_draws_later(tmp_path, start, late):
    assert ("late" in ids(ask("seeds", make(tmp_path, {"run.py": f"{LATE}\n{start}\n"})))) is late


@pytest.mark.parametrize(
    ("kept", "late"),
    [
        pytest.param("NETS = {'small': small}\nrun(NETS['small'])", False, id="in-a-table"),
        pytest.param("NETS = [small, small]\nrun(NETS[0])", False, id="in-a-list"),
        pytest.param("make = small\nrun(make)", False, id="by-another-name"),
        pytest.param("register('small', small)\nrun(pick('small'))", False, id="in-a-registry"),
        pytest.param("NETS = {'small': lambda: small()}\nrun(NETS['small'])", False, id="in-a-table-of-lambdas"),
        pytest.param("make = lambda: small()\nrun(make)", False, id="a-lambda"),
        pytest.param("class A:\n    made = {'a': lambda: small()}\nrun(A)", False, id="a-lambda-in-a-class"),
        pytest.param("pool.map(lambda a: small(), [])\nrun(Net)", True, id="a-lambda-that-is-called"),
        pytest.param("pool.map(small, [])\nrun(Net)", True, id="called-by-what-it-is-handed-to"),
        pytest.param("small()\nrun(Net)", True, id="called"),
    ],
)
def test_a_function_that_is_kept_draws_when_it_is_called(tmp_path, kept, late):
    code = f"from lib import register, pick, pool\n{LATE}def small():\n    return Net()\n{kept}\n"
    assert ("late" in ids(ask("seeds", make(tmp_path, {"run.py": code})))) is late


def test_a_registered_class_draws_when_it_is_made(tmp_path):
    code = LATE.replace("class Net", "from lib import register\n@register('net')\nclass Net") + "\nrun(pick('net'))\n"
    assert "late" not in ids(ask("seeds", make(tmp_path, {"run.py": code})))


@pytest.mark.parametrize("flag", ["do_train", "cuda"])
def test_a_flag_without_which_nothing_is_drawn_hides_no_seed(tmp_path, flag):
    body = f"if args.{flag}:\n        set_seed(0)\n        train(torch.nn.Linear(3, 1))"
    main = MAIN.replace('"--fixed"', f'"--{flag}"').replace("BODY", body)
    assert "behind_flag" not in ids(
        ask("seeds", make(tmp_path, {"work.py": TRAIN, "helpers.py": SEED_ALL, "main.py": main}))
    )


def test_a_seed_that_is_switched_off_where_it_is_written(tmp_path):
    code = "import torch\nrandom_seed = 0\nif random_seed:\n    torch.manual_seed(random_seed)\ntorch.rand(1)\n"
    finding = ask("seeds", make(tmp_path, {"run.py": code}))
    assert [d.message for d in finding.defects if d.id == "seeds.behind_flag"] == [
        "torch.manual_seed runs only when random_seed is set, and as written it is not"
    ]


def test_a_generator_whose_seed_may_be_left_out_is_not_bare(tmp_path):
    code = "import torch\ndef f(seed=None):\n    if seed is not None:\n        torch.Generator().manual_seed(seed)\n"
    assert "bare_generator" not in ids(ask("seeds", make(tmp_path, {"run.py": code + "f()\ntorch.rand(1)\n"})))


def test_a_click_option_is_read_as_a_parameter(tmp_path):
    code = "import click\n@click.command()\n@click.option('--seeds', default='0-9')\ndef main(seeds):\n"
    used = code + "    for n in range(len(seeds)):\n        print(n)\nif __name__ == '__main__':\n    main()\n"
    unused = code + "    print(1)\nif __name__ == '__main__':\n    main()\n"
    assert "unread_option" not in ids(ask("seeds", make(tmp_path / "a", {"run.py": used})))
    assert "unread_option" in ids(ask("seeds", make(tmp_path / "b", {"run.py": unused})))


def test_a_drawn_default_handed_on_by_two_stars_is_no_default(tmp_path):
    code = """
import argparse, torch, numpy as np
class Dict(dict):
    pass
def loop(seed=0):
    np.random.seed(seed)
    np.random.rand(1)
    optimizer = torch.optim.SGD([], 0.1)
    loss = torch.ones(1)
    loss.backward()
    optimizer.step()
p = argparse.ArgumentParser()
p.add_argument("--seed", type=int)
args = p.parse_args()
c = Dict()
if args.seed is not None:
    c.seed = args.seed
else:
    seed = torch.randint(9, size=[])
    c.seed = int(seed)
loop(**c)
"""
    found = ids(ask("seeds", make(tmp_path, {"run.py": code})))
    assert "no_default" in found
    assert "late" not in found


@pytest.mark.parametrize(
    ("maker", "declare", "handed", "configurable"),
    [
        ("argparse.ArgumentParser", "add_argument", "**vars(args)", True),
        ("configargparse.ArgParser", "add", "**vars(args)", True),
        ("argparse.ArgumentParser", "add_argument", "**read()", False),
        ("collect", "add", "np_seed=3", False),
    ],
)
def test_options_unpacked_into_a_call_are_what_it_gets(tmp_path, maker, declare, handed, configurable):
    code = f"""
import argparse, configargparse, numpy as np
def run(np_seed, **others):
    np.random.seed(np_seed)
    np.random.rand(1)
p = {maker}()
p.{declare}("--np_seed", type=int, default=7)
args = p.parse_args()
run({handed})
"""
    assert bool(values(ask("seeds", make(tmp_path, {"run.py": code})))["configurable"]) is configurable


def test_what_a_configuration_file_gives_is_a_default(tmp_path):
    body = """import json
    config = json.load(open('config.json'))
    params = config['params']
    if args.seed is not None:
        params['seed'] = int(args.seed)
    set_seed(params['seed'])
    train(torch.nn.Linear(3, 1))"""
    files = {"config.json": '{"params": {"seed": 41}}', "work.py": TRAIN, "helpers.py": SEED_ALL}
    main = MAIN.replace('"--seed", type=int, default=0', '"--seed"').replace("BODY", body)
    assert "no_default" not in ids(ask("seeds", make(tmp_path, files | {"main.py": main})))


def test_each_function_that_fire_offers_is_a_program(tmp_path):
    code = "import fire, random\ndef train():\n    random.random()\ndef check():\n    random.seed(0)\nfire.Fire()\n"
    project = make(tmp_path, {"run.py": code})
    programs = {p.entry.name: (len(p.draws), len(p.seedings)) for p in project.index.graph.programs}
    assert programs == {"": (0, 0), "train": (1, 0), "check": (0, 1)}


def test_code_that_a_document_shows_is_a_program(tmp_path):
    files = {
        "README.md": "# X\n```python\nfrom lib.work import go\nresult = go(kind='a')\n```\n",
        "lib/__init__.py": "",
        "lib/work.py": "import torch\ndef go(kind):\n    torch.manual_seed(3)\n    torch.rand(1)\n",
        "plot.py": "print(1)\n",
    }
    assert values(ask("seeds", make(tmp_path, files)))["all_libraries"] is True


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("from lightning.fabric import Fabric\nf = Fabric()\nf.seed_everything(1)\n", id="fabric"),
        pytest.param("from transformers import TrainingArguments\na = TrainingArguments('o', seed=7)\n", id="trainer"),
        pytest.param("from trl import SFTConfig\na = SFTConfig(seed=3407)\n", id="trl"),
        pytest.param("from stable_baselines3 import PPO\nm = PPO('p', 'e', seed=0)\n", id="sb3"),
        pytest.param("import lm_eval\nlm_eval.simple_evaluate('hf', torch_random_seed=2)\n", id="lm-eval"),
        pytest.param(
            "from ray.rllib.algorithms.ppo import PPOConfig\nc = PPOConfig().environment('e').debugging(seed=3)\n",
            id="rllib",
        ),
    ],
)
def test_objects_of_libraries_that_seed_all(tmp_path, code):
    finding = ask("seeds", make(tmp_path, {"run.py": code}))
    assert values(finding)["python_numpy_framework"] is True
    assert not finding.defects


OPTIMISED = "optimizer = torch.optim.SGD([], 0.1)\noptimizer.step()\ntorch.ones(1).backward()\n"


def after(tmp_path, before, *, files=None, then=""):
    """The defects of a program that does *before*, seeds, and trains."""
    code = f"import random, torch\nimport numpy as np\n{before}\ntorch.manual_seed(0)\n{then}\n{OPTIMISED}"
    return ids(ask("seeds", make(tmp_path, {"run.py": code} | (files or {}))))


@pytest.mark.parametrize(
    ("before", "late"),
    [
        pytest.param("torch.rand(1)", True, id="draw"),
        pytest.param("torch.rand(1, generator=g)", False, id="own-generator"),
        pytest.param("torch.utils.data.DataLoader(d, shuffle=True)", False, id="loader"),
        pytest.param("torch.utils.data.RandomSampler(d)", False, id="sampler"),
        pytest.param("torch.nn.Parameter(torch.ones(1))", False, id="parameter"),
        pytest.param("torch.nn.init.zeros_(w)", False, id="constant"),
        pytest.param("torch.nn.init.xavier_normal_(w)", True, id="initialisation"),
        pytest.param("import torchvision\ntorchvision.models.resnet18()", True, id="network"),
        pytest.param("import torchvision\ntorchvision.models.resnet18(pretrained=True)", False, id="pretrained"),
    ],
)
def test_what_draws_when_it_is_made(tmp_path, before, late):
    assert ("late" in after(tmp_path, before)) is late


@pytest.mark.parametrize(
    ("arguments", "drawn"), [("", False), (", shuffle=False", False), (", shuffle=True", True), (", shuffle=s", True)]
)
def test_a_loader_that_keeps_its_order_draws_nothing(tmp_path, arguments, drawn):
    code = f"import torch\ntorch.utils.data.DataLoader(d{arguments})\n{OPTIMISED}"
    assert ("not_seeded" in ids(ask("seeds", make(tmp_path, {"run.py": code})))) is drawn


@pytest.mark.parametrize(
    ("before", "then", "late"),
    [
        pytest.param("def build():\n    return torch.nn.Linear(1, 1)\nbuild()", "", True, id="once"),
        pytest.param("def build():\n    return torch.nn.Linear(1, 1)\nbuild()", "build()", False, id="made-again"),
        pytest.param("net = torch.nn.Linear(1, 1)\nnet.load_state_dict(s)", "", False, id="loaded"),
        pytest.param("net = torch.nn.Linear(1, 1)", "net.load_state_dict(s)", True, id="loaded-after"),
        pytest.param("net = torch.nn.Linear(1, 1)", "net.weight.data.normal_()", False, id="filled-again"),
        pytest.param("np.random.seed(hash('a'))", "", False, id="another-library"),
        pytest.param("torch.manual_seed(hash('a'))\ntorch.rand(1)", "", False, id="seeded-by-another-value"),
    ],
)
def test_what_is_done_again_after_the_seed_did_not_come_too_early(tmp_path, before, then, late):
    assert ("late" in after(tmp_path, before, then=then)) is late


@pytest.mark.parametrize(
    ("decorator", "late"),
    [("ex.capture", False), ("ex.automain", True), ("app.command()", True), ("registry.register('a')", False)],
)
def test_a_decorator_says_when_its_function_runs(tmp_path, decorator, late):
    work = f"import torch\nfrom lib import ex, app, registry\n@{decorator}\ndef work():\n    torch.rand(1)\n"
    code = work + f"    torch.manual_seed(0)\n{OPTIMISED}"
    assert ("late" in ids(ask("seeds", make(tmp_path, {"run.py": code})))) is late


def test_the_main_function_of_an_imported_program_is_not_run(tmp_path):
    other = "import hydra, torch\n@hydra.main()\ndef main(cfg):\n    torch.rand(1)\n"
    other += "if __name__ == '__main__':\n    main()\n"
    assert "late" not in after(tmp_path, "import other", files={"other.py": other})


def test_a_module_that_tries_itself_out_trains_nothing_that_is_only_registered(tmp_path):
    files = {
        "run.py": "import lib.data\nimport torch\ntorch.manual_seed(0)\n",
        "lib/__init__.py": "import lib.train\n",
        "lib/train.py": "from g import register\nimport torch\n@register('a')\ndef train():\n    torch.rand(1)\n    "
        + OPTIMISED.replace("\n", "\n    "),
        "lib/data.py": "from lib import other\nif __name__ == '__main__':\n    print(other.make(1))\n",
    }
    assert "not_seeded" not in ids(ask("seeds", make(tmp_path, files)))


def test_a_class_among_which_a_name_picks_may_not_be_the_one(tmp_path):
    files = {
        "nets.py": "import random, torch\nclass A:\n    def __init__(self):\n        torch.rand(1)\n"
        "class B:\n    def __init__(self):\n        random.random()\n",
        "run.py": f"import torch\nimport nets\nnet = getattr(nets, name)()\n{OPTIMISED}",
    }
    found = [d.message for d in ask("seeds", make(tmp_path, files)).defects]
    assert [m.partition(",")[0] for m in found] == ["run.py draws from torch (torch.rand)"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param("if args.small:\n    torch.manual_seed(0)\ntorch.rand(1)", True, id="switch"),
        pytest.param("if args.small:\n    torch.manual_seed(0)\n    torch.rand(1)\ntorch.rand(2)", False, id="work"),
        pytest.param(
            "torch.manual_seed(0)\nif args.small:\n    torch.manual_seed(1)\ntorch.rand(1)", False, id="again"
        ),
        pytest.param("if args.small:\n    torch.manual_seed(0)", False, id="nothing-drawn"),
    ],
)
def test_an_option_that_starts_other_work_keeps_no_seed_away(tmp_path, body, told):
    head = "import argparse, torch\np = argparse.ArgumentParser()\np.add_argument('--small', action='store_true')\n"
    code = f"{head}args = p.parse_args()\n{body}\n"
    assert ("behind_flag" in ids(ask("seeds", make(tmp_path, {"run.py": code})))) is told


def test_a_seed_that_one_caller_leaves_out_and_another_gives(tmp_path):
    code = "import torch\ndef fix(seed=None):\n    if seed is not None:\n        torch.manual_seed(seed)\n"
    lacking = ids(ask("seeds", make(tmp_path / "a", {"run.py": code + "fix()\ntorch.rand(1)\n"})))
    given = ids(ask("seeds", make(tmp_path / "b", {"run.py": code + "fix()\nfix(3)\ntorch.rand(1)\n"})))
    assert ("behind_flag" in lacking, "behind_flag" in given) == (True, False)


@pytest.mark.parametrize(
    ("call", "bare"),
    [
        pytest.param("draw()", True, id="called-without"),
        pytest.param("draw(rng=make(1))", False, id="called-with"),
        pytest.param("register(draw)", False, id="handed-over"),
        pytest.param("pool.map(draw, [])", False, id="handed-to-be-called"),
    ],
)
@pytest.mark.parametrize(
    "fallback", ["rng or np.random.default_rng()", "np.random.default_rng() if rng is None else rng"]
)
def test_a_generator_is_bare_where_surely_none_is_handed_over(tmp_path, call, bare, fallback):
    code = (
        f"import numpy as np\nfrom lib import make, pool, register\ndef draw(rng=None):\n    rng = {fallback}\n{call}\n"
    )
    assert ("bare_generator" in ids(ask("seeds", make(tmp_path, {"run.py": code})))) is bare


def test_a_generator_that_is_seeded_after_it_is_made_is_not_bare(tmp_path):
    code = "import random\nrd = random.Random()\nrd.seed(0)\nprint(rd.random())\n"
    assert "bare_generator" not in ids(ask("seeds", make(tmp_path, {"run.py": code})))


def test_a_seed_that_a_framework_hands_over_is_not_missing(tmp_path):
    code = "import lib\nfrom pytorch_lightning import seed_everything\nclass Data(lib.Data):\n"
    code += "    def __init__(self, seed=None):\n        seed_everything(seed)\nlib.run(Data)\n"
    assert "no_value" not in ids(ask("seeds", make(tmp_path, {"run.py": code})))


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("from transformers import Trainer\nTrainer(m).train()\n", id="trainer"),
        pytest.param("import transformers\nclass T(transformers.Trainer):\n    pass\nT(m).train()\n", id="own-trainer"),
        pytest.param(
            "from lightning.pytorch.cli import LightningCLI\nclass C(LightningCLI):\n    pass\nC()\n",
            id="own-command-line",
        ),
        pytest.param("from megatron.initialize import initialize_megatron\ninitialize_megatron()\n", id="megatron"),
    ],
)
def test_libraries_that_seed_by_themselves(tmp_path, code):
    code += f"import torch\ntorch.rand(1)\n{OPTIMISED}"
    assert not ids(ask("seeds", make(tmp_path, {"run.py": code})))


def test_a_state_that_is_put_back_is_no_seed(tmp_path):
    code = "import numpy as np\nstate = np.random.get_state()\nnp.random.shuffle(a)\nnp.random.set_state(state)\n"
    assert ids(ask("seeds", make(tmp_path, {"run.py": code + "model.fit(a)\n"}))) == {"not_seeded"}


@pytest.mark.parametrize(("name", "drawn"), [("run_suffix", False), ("agent_color", False), ("index", True)])
def test_the_name_of_a_run_may_be_drawn(tmp_path, name, drawn):
    code = f"import random\n{name} = [random.randint(0, 9), random.randint(0, 9)]\nmodel.fit({name})\n"
    assert ("not_seeded" in ids(ask("seeds", make(tmp_path, {"run.py": code})))) is drawn


@pytest.mark.parametrize(("default", "unstable"), [("=12", False), ("", True)])
@pytest.mark.parametrize("value", ["args.seed if args.seed else int(time.time())", "args.seed or int(time.time())"])
def test_the_clock_is_no_seed_where_one_is_given(tmp_path, default, unstable, value):
    code = "import argparse, random, time\np = argparse.ArgumentParser()\n"
    code += f"p.add_argument('--seed', type=int{', default' + default if default else ''})\nargs = p.parse_args()\n"
    found = ids(ask("seeds", make(tmp_path, {"run.py": f"{code}random.seed({value})\nrandom.random()\n"})))
    assert ("unstable" in found) is unstable


def test_a_seed_that_is_drawn_is_no_use_before_the_seed(tmp_path):
    code = "import argparse, torch\np = argparse.ArgumentParser()\np.add_argument('--seed', type=int)\n"
    code += "args = p.parse_args()\nif args.seed is None:\n    args.seed = int(torch.randint(9, (1,)))\n"
    code += f"torch.manual_seed(args.seed)\ntorch.rand(1)\n{OPTIMISED}"
    finding = ask("seeds", make(tmp_path, {"run.py": code}))
    assert [d.message.rpartition("; ")[2] for d in finding.defects] == ["by default the seed is itself drawn"]


@pytest.mark.parametrize(("path", "told"), [("conf/run.json", True), ("outputs/run.json", False)])
def test_a_seed_that_a_program_recorded_is_no_option(tmp_path, path, told):
    files = {"run.py": "import json, torch\ntorch.rand(1)\n", path: '{"seed": 3}\n'}
    assert ("unread_option" in ids(ask("seeds", make(tmp_path, files)))) is told


@pytest.mark.parametrize(
    ("name", "body", "dead"),
    [
        pytest.param("fix", "", True, id="only-seeds"),
        pytest.param("set_seed", "    a()\n    b()\n    c()\n", True, id="named-so"),
        pytest.param("experiment", "    a()\n    b()\n    c()\n", False, id="works"),
        pytest.param("fill", "def train():\n    net.apply(fill)\n", False, id="named-in-code-nobody-runs"),
    ],
)
def test_a_function_that_is_there_to_seed(tmp_path, name, body, dead):
    code = f"import random, torch\ndef {name}():\n    random.seed(0)\n    torch.manual_seed(0)\n{body}torch.rand(1)\n"
    assert ("dead_helper" in ids(ask("seeds", make(tmp_path, {"run.py": code})))) is dead


@pytest.mark.parametrize(
    ("fit", "trains"),
    [
        ("model.fit(x)", True),
        ("StandardScaler().fit(x)", False),
        ("self.scaler.fit(x)", False),
        ("enc_label.fit(x)", True),
    ],
)
def test_what_only_prepares_data_trains_nothing(tmp_path, fit, trains):
    code = f"import torch\nfrom sklearn.preprocessing import StandardScaler\ntorch.rand(1)\n{fit}\n"
    assert ("not_seeded" in ids(ask("seeds", make(tmp_path, {"run.py": code})))) is trains


def test_a_seed_worked_out_from_one_that_nobody_gives_is_not_set(tmp_path):
    code = "import torch\ndef fix(seed=None):\n    if seed is not None:\n        torch.manual_seed(10 * seed + 1)\n"
    assert values(ask("seeds", make(tmp_path, {"run.py": f"{code}fix()\n{OPTIMISED}"})))["set"] is False


def test_a_library_that_nobody_draws_from_is_seeded_by_what_seeds_all_of_it(tmp_path):
    code = "import numpy as np\nimport torch\nnp.random.default_rng(1)\nnp.random.seed(1)\n"
    assert values(ask("seeds", make(tmp_path, {"run.py": code + "torch.rand(1)\n"})))["libraries"]["numpy"] == "seeded"


def test_a_script_of_the_shell_is_not_the_module_with_its_name(tmp_path):
    files = {
        "README.md": "```sh\nbash run.sh 0\n```\n",
        "run.sh": "docker run x\n",
        "run.py": "def run():\n    model.fit(1)\n",
    }
    files["main.py"] = "import torch\nfrom run import run\ntorch.manual_seed(1)\ntorch.rand(1)\nrun()\n"
    assert ask("code", make(tmp_path, files)).facts["entry_points"].value == ["main.py"]


@pytest.mark.parametrize(
    ("call", "there"),
    [
        pytest.param("env.reset(**kwargs)", False, id="handed-on-by-two-stars"),
        pytest.param("env.seed(*args, **kwargs)", False, id="handed-on-by-stars"),
        pytest.param("env.seed(3)", True, id="given"),
        pytest.param("dict(seed=3)", False, id="noted"),
        pytest.param("'{seed}'.format(seed=3)", False, id="shown"),
        pytest.param("Sampler(seed=3)", True, id="handed-to-an-object"),
    ],
)
def test_who_only_hands_a_seed_on_or_notes_it_seeds_nothing(tmp_path, call, there):
    code = f"def act(env, *args, **kwargs):\n    return {call}\nact(1)\nmodel.fit(2)\n"
    assert values(ask("seeds", make(tmp_path, {"run.py": code})))["set"] is there


def by_name(tmp_path, seed):
    files = {
        "tools.py": "import random\ndef set_seed(seed):\n    random.seed(seed)\n",
        "study/__init__.py": "def trainable():\n    from .runner import Runner\n    return Runner\n",
        "study/runner.py": "import random\nfrom ray import tune\nfrom tools import set_seed\n"
        f"SPEC = {{'seed': {seed}}}\nclass Runner(tune.Trainable):\n    def setup_run(self, spec):\n"
        "        set_seed(spec['seed'])\n        random.random()\n        self.model.fit(1)\n",
        "main.py": "import importlib\ndef start(name):\n    module = importlib.import_module(name)\n"
        "    run(module.trainable())\nif __name__ == '__main__':\n    start('study')\n",
    }
    return ask("seeds", make(tmp_path, files))


def test_what_a_module_that_is_imported_by_name_hands_over_is_followed(tmp_path):
    finding = by_name(tmp_path, "3")
    assert (values(finding)["set"], ids(finding)) == (True, set())


def test_a_seed_that_each_trial_draws_is_no_seed(tmp_path):
    finding = by_name(tmp_path, "tune.sample_from(lambda _: random.randint(0, 9))")
    assert (values(finding)["set"], values(finding)["configurable"]) == (False, False)
    assert "drawn" in ids(finding)


def test_what_an_own_file_imported_comes_along_with_a_star(tmp_path):
    files = {"base.py": "import numpy as np\n", "more.py": "from base import *\n"}
    files["run.py"] = "from more import *\nnp.random.seed(0)\nnp.random.rand(2)\n"
    assert values(ask("seeds", make(tmp_path, files)))["libraries"] == {"numpy": "seeded"}


@pytest.mark.parametrize(
    ("call", "state", "value"),
    [
        ("import tools_of_others as t; t.set_randomness(3)", "left to a helper", None),
        ("from tools_of_others import fix_random_seed; fix_random_seed(seed=3)", "left to a helper", None),
        ("from tools_of_others import seed_all; seed_all()", "left to a helper", None),
        ("import zero; zero.set_randomness(3)", "left to a helper", None),
        ("import tools_of_others as t; t.get_seed(3)", "dead", False),
        ("agent = make_agent(); agent.fix_seed(3)", "dead", False),
    ],
)
def test_what_a_helper_of_others_seeds_is_not_known(tmp_path, call, state, value):
    finding = ask("seeds", project_of(tmp_path, f"{call}\n    train(torch.nn.Linear(3, 1))"))
    assert set(finding.facts["libraries"].value.values()) - {"one object"} == {state}
    assert finding.facts["all_libraries"].value is value
    assert ("not_seeded" in ids(finding)) is (value is False)


def test_a_helper_of_others_that_comes_after_the_draw_excuses_nothing(tmp_path):
    body = "train(torch.nn.Linear(3, 1))\n    import others; others.set_seed(3)"
    assert "not_seeded" in ids(ask("seeds", project_of(tmp_path, body)))


@pytest.mark.parametrize("initial", ["tf.constant_initializer(0)", "tf.zeros_initializer()"])
def test_a_variable_that_begins_with_a_constant_draws_nothing(tmp_path, initial):
    code = "import tensorflow as tf\n{} = tf.get_variable('{}', []{})\ntf.train.AdamOptimizer().minimize(w)\n"
    constant = code.format("w", "w", f", initializer={initial}")
    assert "not_seeded" not in ids(ask("seeds", make(tmp_path / "a", {"main.py": constant})))
    assert "not_seeded" in ids(ask("seeds", make(tmp_path / "b", {"main.py": code.format("w", "w", "")})))


NETWORK = """import numpy as np
import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
    def forward(self, x):
        np.random.rand()
    def fit_it(self, x):
        torch.rand(1).backward()
        self.optimizer.step()
        np.random.shuffle(x)
"""


@pytest.mark.parametrize(
    ("use", "called", "drawn"),
    [
        pytest.param("Net()(1)", "fit_it", False, id="added-method"),
        pytest.param("Net()(1)", "forward", True, id="forward"),
        pytest.param("pick().fit_it([1])", "fit_it", True, id="called-by-name"),
    ],
)
def test_torch_calls_no_method_that_a_network_adds(tmp_path, use, called, drawn):
    project = make(tmp_path, {"net.py": NETWORK, "run.py": f"from net import Net\nnet = Net()\n{use}\n"})
    reached = {f for p in project.index.graph.programs if p.entry.path == "run.py" for f in p.functions}
    assert (("net.py", f"Net.{called}") in reached) is drawn


@pytest.mark.parametrize(
    ("use", "drawn"),
    [
        pytest.param("lib.load()", False, id="another-module-of-the-package"),
        pytest.param("lib.nets.build('a')", True, id="its-function"),
        pytest.param("lib.nets.NETS['a']()", True, id="by-its-name"),
        pytest.param("from lib.nets import NETS\nNETS['a']()", True, id="imported"),
        pytest.param("from lib import NETS\nNETS['a']()", True, id="through-the-package"),
    ],
)
def test_a_table_of_classes_that_nothing_names_is_not_used(tmp_path, use, drawn):
    nets = "import torch\nclass Net:\n    def __init__(self):\n        self.a = torch.nn.Linear(1, 1)\n"
    files = {
        "lib/__init__.py": "from . import nets\nfrom .nets import *\nfrom .files import load\n",
        "lib/nets.py": nets + "NETS = {'a': Net}\ndef build(name):\n    return NETS[name]()\n",
        "lib/files.py": "def load():\n    print(1)\n",
        "run.py": f"import lib\nfrom sklearn.svm import SVC\n{use}\nSVC(random_state=0).fit(x, y)\n",
    }
    assert ("torch" in values(ask("seeds", make(tmp_path, files)))["libraries"]) is drawn


@pytest.mark.parametrize(
    ("value", "unstable"),
    [
        ("hash((args.seed, 1))", False),
        ("hash((args.seed, rank))", False),
        ("hash(args.name)", True),
        ("hash(str(args.seed))", True),
        ("hash(f'{rank}-a')", True),
    ],
)
def test_only_text_has_another_hash_in_every_process(tmp_path, value, unstable):
    code = "import argparse, torch\np = argparse.ArgumentParser()\np.add_argument('--seed', type=int, default=0)\n"
    code += "p.add_argument('--name', default='a')\nargs = p.parse_args()\n"
    code += f"def go(rank):\n    torch.manual_seed({value})\n    torch.rand(1)\ngo(unknown())\n"
    assert ("unstable" in ids(ask("seeds", make(tmp_path, {"run.py": code})))) is unstable


def test_a_dictionary_that_holds_a_seed_seeds_nothing(tmp_path):
    code = "import torch\nfor path in found:\n    seed = path[-1]\n    rows.append(dict(task=path, seed=seed))\n"
    assert values(ask("seeds", make(tmp_path, {"run.py": f"{code}torch.rand(1)\n"})))["set"] is False


@pytest.mark.parametrize(
    ("keys", "configurable"), [("k.upper()", True), ("k", False)], ids=["case-changed", "case-kept"]
)
def test_a_seed_read_under_a_key_whose_case_was_changed(tmp_path, keys, configurable):
    code = "import argparse, torch\np = argparse.ArgumentParser()\np.add_argument('--seed', type=int, default=0)\n"
    code += f"def run(args):\n    config = {{{keys}: v for k, v in vars(args).items()}}\n"
    code += "    torch.manual_seed(config['SEED'])\n    torch.rand(1)\nrun(p.parse_args())\n"
    finding = ask("seeds", make(tmp_path, {"run.py": code}))
    assert values(finding)["configurable"] is configurable
    assert ("unset" in ids(finding)) is not configurable
