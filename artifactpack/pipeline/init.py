"""`init`: a commented artifactpack.toml made of what is found in the project; what is not found stays a comment."""

from __future__ import annotations

import json
from pathlib import Path

from artifactpack.archive.atomic import write_bytes
from artifactpack.errors import InputError
from artifactpack.pipeline.init_found import Found, find_commands
from artifactpack.pipeline.init_from import found_in
from artifactpack.project import Project, open_project

FILE = "artifactpack.toml"
LOCKS = ("pylock.toml", "uv.lock", "poetry.lock", "Pipfile.lock", "requirements.txt", "environment.yml")


def init(root: Path, *, force: bool = False, source: str = "") -> Path:
    """Write ``artifactpack.toml`` into *root* and return its path; an existing one is kept unless *force*.

    *source* (MLproject, dvc.yaml, kedro, hydra) takes the commands from that tool's files instead of the documents.
    """
    target = root / FILE
    if target.exists() and not force:
        raise InputError(f"{target}: already there; edit it, or pass --force to write it anew")
    text = render(open_project(root), source)
    write_bytes(target, text.encode("utf-8", "backslashreplace"))
    return target


def render(project: Project, source: str = "") -> str:
    """The file's text for *project*."""
    found = found_in(project, source) if source else find_commands(project)
    parts = [_head(), _paper(project), _environment(project)]
    weights = next((one.weights for one in found if one.weights), "")
    seeded = any(one.seeded for one in found if one.name == "train")
    parts += [_command(one, weights, seeded) for one in found] or [_command_template()]
    parts += [_claims(found), _data(), _rest()]
    return "\n".join(parts)


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _head() -> str:
    return """\
# What artifactpack needs to know. Every key is optional; `artifactpack check` works without this file.
config-version = 1
checklists = ["essentials"]        # see `artifactpack checklist list`; e.g. "neurips-2026", "aaai-2027"
"""


def _paper(project: Project) -> str:
    title = next((line.text.strip("# ").strip() for line in project.prose.sections), "")
    comment = "" if title else "# "
    return f"""\
[paper]
{comment}title = {_toml(title or "…")}
# license = "Apache-2.0"
# authors = [{{ name = "…", affiliation = "…" }}]      # left out of anonymous bundles
# checklist-tex = "paper/checklist.tex"             # answers are read from it
"""


def _environment(project: Project) -> str:
    lock = next((name for name in LOCKS if name in project), "")
    line = f"lock = {_toml(lock)}" if lock else '# lock = "requirements.txt"        # none was found'
    return f"""\
[environment]
# python = ".venv/bin/python"     # default: the active environment, then .venv, then PATH
{line}
# pass = ["HF_HOME"]              # environment variables that runs may see
"""


def _command(found: Found, weights: str, seeded: bool) -> str:
    argv = ", ".join(_toml(word) for word in found.argv)
    lines = [f"[commands.{found.name}]                # from {found.where}", f"run = [{argv}]"]
    if found.name == "evaluate":
        lines += ['needs = ["train"]' if found.weights else '# needs = ["train"]', 'tier = "evaluate"']
    if found.seeded or (found.weights and seeded):
        lines.append("seeds = [0, 1, 2, 3, 4]")
    else:
        lines.append('# seeds = [0, 1, 2, 3, 4]        # needs "{seed}" in run: pass the seed to the program')
    lines.append('# metrics = ["{out}/metrics.json"] # json, jsonl, csv or TensorBoard; found by itself if left out')
    if found.name == "train":
        name = weights or "model.safetensors"
        lines.append(f"{'' if weights and found.out else '# '}weights = [{_toml('{out}/' + name)}]")
    lines.append('# timeout = "30m"')
    return "\n".join(lines) + "\n"


def _command_template() -> str:
    return """\
# No documented command with an existing Python file was found. Fill in how the paper's result is made:
# [commands.train]
# run = ["{python}", "train.py", "--seed", "{seed}", "--out", "{out}"]
# seeds = [0, 1, 2, 3, 4]
# metrics = ["{out}/metrics.json"]
"""


def _claims(found: tuple[Found, ...]) -> str:
    name = found[-1].name if found else "train"
    return f"""\
# The numbers of the paper, so that they can be held against the recorded runs.
# [[claims]]
# id = "C1"
# text = "97.2 ± 0.3 % test accuracy"
# where = "Table 1"
# metric = "{name}:test_accuracy"
# value = "97.2 %"                # its printed precision is part of the claim
# spread = "0.3 sd"               # sd | se | ci95
"""


def _data() -> str:
    return """\
# [data.my-data]
# path = "data/my-data.npz"       # or url = "https://…"
# license = "CC-BY-4.0"
# bundle = true                   # false: by URL and hash only
"""


def _rest() -> str:
    return """\
# [bundle]
# exclude = ["paper/"]
"""
