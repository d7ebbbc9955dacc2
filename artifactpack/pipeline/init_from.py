"""`init --from`: commands taken from another tool's own files instead of the documents."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable
from importlib import import_module

from artifactpack.errors import InputError
from artifactpack.models.system import Pipeline
from artifactpack.patterns import late
from artifactpack.pipeline.init_found import Found
from artifactpack.project import Project

_SLOT = late(r"\{(\w+)\}")
_PYTHON = late(r"(^|[&|;(]\s*)python[\d.]*(?=\s|$)")
_HYDRA = late(rb"hydra\.main\(?[^)]{0,400}")
_NAMED = late(r"(config_path|config_name)\s*=\s*(['\"])([^'\"]+)\2")
_SEEDS = ("seed", "random_seed", "random_state")
_SEED_KEY = late(rf"^({'|'.join(_SEEDS)})[ \t]*:".encode(), re.MULTILINE)
_OPERATORS = frozenset("&|;<>()")


def found_in(project: Project, source: str) -> tuple[Found, ...]:
    """Commands that *source* (MLproject, dvc.yaml, kedro or hydra) declares; InputError where it declares none."""
    if source.lower() not in READERS:
        raise InputError(f"--from {source}: not one of {', '.join(READERS)}")
    module, reader = READERS[source.lower()]
    found = reader(project)
    if not found:
        raise InputError(
            f"--from {source}: nothing of that kind with a command was found in {project.name}{_fault(project, module)}"
        )
    return found


def _fault(project: Project, module: str) -> str:
    """What the reader of that tool's files complained of first."""
    system = import_module(f"artifactpack.systems.{module}")
    warnings = system.read(project).warnings if system.detect(project) else ()
    return f" ({warnings[0]})" if warnings else ""


def _pipelines(project: Project, module: str) -> tuple[Pipeline, ...]:
    system = import_module(f"artifactpack.systems.{module}")
    return system.read(project).pipelines if system.detect(project) else ()


def _mlproject(project: Project) -> tuple[Found, ...]:
    """Entry points; ``{name}`` slots are filled with the declared default, but for the seed and what has none."""
    return tuple(
        _found("train" if name == "main" else name, _filled(command, name, pipeline), pipeline.source)
        for pipeline in _pipelines(project, "mlflow")
        for name, command in pipeline.commands.items()
    )


def _filled(command: str, entry: str, pipeline: Pipeline) -> str:
    own = {k.split(".", 1)[1]: v for k, v in pipeline.parameters.items() if k.startswith(f"{entry}.")}
    return _SLOT.sub(lambda match: _slot(match[1], own), command)


def _slot(name: str, defaults: dict[str, object]) -> str:
    if name in _SEEDS:
        return "{seed}"
    default = defaults.get(name)
    return "{" + name + "}" if default is None else str(default)


def _dvc(project: Project) -> tuple[Found, ...]:
    """Stages whose command is no template; where the seed lies in params.yaml, the author puts ``{seed}`` in."""
    return tuple(
        _found(_identifier(name), command, pipeline.source)
        for pipeline in _pipelines(project, "dvc")
        for name, command in pipeline.commands.items()
        if command and "${" not in command
    )


def _kedro(project: Project) -> tuple[Found, ...]:
    pipelines = _pipelines(project, "kedro")
    if not pipelines:
        return ()
    seeded = any(name.rsplit(".", 1)[-1] == "seed" for name in pipelines[0].parameters)
    parameter = next((n for n in pipelines[0].parameters if n.rsplit(".", 1)[-1] == "seed"), "")
    words = ("{python}", "-m", "kedro", "run", *(("--params", f"{parameter}={{seed}}") if seeded else ()))
    return (Found(name="train", argv=words, where="pyproject.toml:1", seeded=seeded, out=False),)


def _hydra(project: Project) -> tuple[Found, ...]:
    """The first program with a Hydra main: its output folder is overridden, and the seed that its configuration has
    (Hydra refuses a key that is not there)."""
    for path in project.files:
        text = project.read_bytes(path) if path.endswith(".py") else b""
        if main := _HYDRA.search(text):
            seed = _hydra_seed(project, path, main[0].decode("utf-8", "replace"))
            words = ("{python}", path, *([f"{seed}={{seed}}"] if seed else []), "hydra.run.dir={out}")
            return (Found(name="train", argv=words, where=f"{path}:1", seeded=bool(seed), out=True),)
    return ()


def _hydra_seed(project: Project, path: str, main: str) -> str:
    """The key for the seed at the top of the configuration that *main* names; "" where there is none."""
    named = {key: value for key, _, value in _NAMED.findall(main)}
    folder = posixpath.join(posixpath.dirname(path), named.get("config_path", "."))
    name = named.get("config_name", "").removesuffix(".yaml")
    config = posixpath.normpath(posixpath.join(folder, f"{name}.yaml"))
    found = _SEED_KEY.search(project.read_bytes(config)) if config in project else None
    return found[1].decode() if found else ""


def _found(name: str, command: str, where: str) -> Found:
    words = _words(_PYTHON.sub(r"\1{python}", command))
    seeded = any("{seed}" in word for word in words)
    return Found(name=name, argv=words, where=where, seeded=seeded, out=any("{out}" in word for word in words))


def _words(command: str) -> tuple[str, ...]:
    """The words of one program's command; what only a shell can run is given to one."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        tokens = list(lexer)
    except ValueError:
        return tuple(command.split())
    return ("sh", "-c", command) if any(set(token) <= _OPERATORS for token in tokens if token) else tuple(tokens)


def _identifier(name: str) -> str:
    return re.sub(r"[^\w-]", "-", name)


READERS: dict[str, tuple[str, Callable[[Project], tuple[Found, ...]]]] = {  # with the module that reads their files
    "mlproject": ("mlflow", _mlproject),
    "dvc.yaml": ("dvc", _dvc),
    "kedro": ("kedro", _kedro),
    "hydra": ("hydra", _hydra),
}
