"""Commands that scripts, Makefiles, CI and container files run: which Python files, with which flags."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from artifactpack.patterns import late

_RUNNER = late(
    r"(?:^|[\s;&|(\"'`=\[])(?:\S*/)?(?:python[0-9.]*|torchrun|accelerate +launch|deepspeed|ipython[0-9]*|"
    r"mpirun[^\n;&|]*?python[0-9.]*|"
    r"papermill|jupyter +nbconvert|streamlit +run|xvfb-run[^\n;&|"
    r"]*?python[0-9.]*)[\"',]*(?=\s)[,\s\"']*(?P<rest>[^\n;&|`]*)"
)
_TARGET = late(
    r"(?:^|[\s\"'])(?:-m[\s\"',]+(?P<module>[A-Za-z_][\w.]*)|(?P<file>[\w./${}~-]+\.(?:py|ipynb)))(?=$|[\s\"',\]])"
)
_EXTENSIONS = (".sh", ".bash", ".sbatch", ".slurm", ".job", ".pbs", ".lsf", ".mk", ".zsh", ".bat", ".ps1")
_NAMES = late(
    r"(?:^|/)(?:makefile|gnumakefile|justfile|dockerfile[^/]*|snakefile|dvc\.yaml|procfile|run|\.gitlab-ci\.yml|"
    r"taskfile\.ya?ml|tox\.ini|mlproject|guild\.yml)$",
    re.IGNORECASE,
)
_CI = late(r"(?:^|/)(?:\.github/workflows|\.circleci)/[^/]+\.ya?ml$")


class Invocation(NamedTuple):
    """A Python file (or ``-m`` module) that a script runs."""

    path: str
    line: int
    target: str
    module: bool
    arguments: str


@lru_cache(maxsize=1 << 15)
def is_script(path: str) -> bool:
    """Whether *path* is a file of commands."""
    return path.lower().endswith(_EXTENSIONS) or bool(_NAMES.search(path) or _CI.search(path))


def invocations(path: str, text: str) -> list[Invocation]:
    """What the script *text* runs, continuation lines joined, comments left out."""
    found: list[Invocation] = []
    number, waiting, start = 0, "", 0
    for raw in text.split("\n"):
        number += 1
        line = raw.rstrip()
        if not waiting:
            start = number
        if line.endswith("\\"):
            waiting += line[:-1] + " "
            continue
        whole, waiting = waiting + line, ""
        bare = whole.lstrip()
        if bare.startswith(("#", "//", "REM ")) or ("py" not in whole and "-m" not in whole):
            continue
        found += [Invocation(path, start, *i) for i in runs_in(whole)]
    return found


def runs_in(line: str) -> list[tuple[str, bool, str]]:
    """(file or module, whether it is a module, the rest of the line) for each Python invocation in *line*."""
    found = []
    for runner in _RUNNER.finditer(line[:4000]):
        rest = runner["rest"]
        target = _last_launcher(rest)
        if target:
            name = target["module"] or target["file"]
            found.append((name, target["module"] is not None, rest[target.end() :].strip()))
    return found


_LAUNCHERS: tuple[str, ...] = (
    "torch.distributed.launch",
    "torch.distributed.run",
    "accelerate.commands.launch",
    "pdb",
    "cProfile",
)
_LAUNCHERS += ("kernprof", "coverage", "trace", "memory_profiler", "pytest", "pip", "venv")


def _last_launcher(rest: str) -> re.Match[str] | None:
    position = 0
    while target := _TARGET.search(rest, position):
        if target["module"] not in _LAUNCHERS:
            return target
        position = target.end()
    return None
