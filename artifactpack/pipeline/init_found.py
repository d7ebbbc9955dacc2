"""Commands that the project's documents tell to run, with the seed and the output folder made into slots."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from artifactpack.models.records import record
from artifactpack.patterns import late
from artifactpack.project import Project
from artifactpack.project.prose import Command

OUT_FLAGS = ("--out", "--output", "--output-dir", "--output_dir", "--out-dir", "--out_dir", "--save-dir", "--log-dir")
WEIGHT_FLAGS = ("--weights", "--checkpoint", "--ckpt", "--model-path", "--model_path", "--resume", "--load")
_TRAIN = late(r"train|fit|main|run|pretrain|finetune", re.IGNORECASE)
_EVALUATE = late(r"eval|test|predict|infer|benchmark", re.IGNORECASE)


@record
class Found:
    """A command found in a document, ready for the configuration; ``where`` is ``file:line``,
    ``weights`` the name of the weight file that an evaluation loads."""

    name: str
    argv: tuple[str, ...]
    where: str
    seeded: bool
    out: bool
    weights: str = ""


def find_commands(project: Project) -> tuple[Found, ...]:
    """The first documented training and evaluation command whose file exists."""
    found: dict[str, Found] = {}
    for command in project.prose.commands:
        if not command.script.endswith(".py") or not _exists(project, command):
            continue
        name = _name(Path(command.script).stem)
        if name and name not in found:
            found[name] = _found(name, command)
    return tuple(found[name] for name in ("train", "evaluate") if name in found)


def _exists(project: Project, command: Command) -> bool:
    return command.script.removeprefix("./") in project


def _name(stem: str) -> str:
    if _EVALUATE.search(stem):
        return "evaluate"
    return "train" if _TRAIN.search(stem) else ""


def _found(name: str, command: Command) -> Found:
    argv = _from_script(command)
    argv, seeded = _substitute(argv, ("--seed", "--random-seed", "--random_seed"), "{seed}")
    argv, out = _substitute(argv, OUT_FLAGS, "{out}")
    weights = _value(argv, WEIGHT_FLAGS) if name == "evaluate" else ""
    if weights:
        argv, _ = _substitute(argv, WEIGHT_FLAGS, "{train.weights}")
    where = f"{command.path}:{command.number}"
    return Found(name=name, argv=argv, where=where, seeded=seeded, out=out, weights=Path(weights).name)


def _value(argv: tuple[str, ...], flags: tuple[str, ...]) -> str:
    return next((following for word, following in pairwise(argv) if word in flags), "")


def _from_script(command: Command) -> tuple[str, ...]:
    start = command.argv.index(command.script) if command.script in command.argv else 0
    return ("{python}", *command.argv[start:])


def _substitute(argv: tuple[str, ...], flags: tuple[str, ...], slot: str) -> tuple[tuple[str, ...], bool]:
    """Replace the value of the first of *flags* by *slot*; tell whether one was there."""
    for position, word in enumerate(argv):
        flag, equals, _ = word.partition("=")
        if flag in flags and equals:
            return (*argv[:position], f"{flag}={slot}", *argv[position + 1 :]), True
        if flag in flags and position + 1 < len(argv):
            return (*argv[: position + 1], slot, *argv[position + 2 :]), True
    return argv, False
