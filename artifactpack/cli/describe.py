"""Every command as data: its help text, options and arguments, for completion, the manual page and the reference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from artifactpack.cli.app import build
from artifactpack.cli.table import COMMANDS
from artifactpack.models.records import record
from artifactpack.patterns import late

_CHOICES = late(r"[\w-]+(?: \| [\w-]+)+")


@record
class Parameter:
    """An option (``names`` begin with -) or an argument; ``choices`` are its values where its help lists them."""

    names: tuple[str, ...]
    metavar: str = ""
    help: str = ""
    option: bool = True
    flag: bool = False
    choices: tuple[str, ...] = ()


@record
class CommandHelp:
    """``name`` is what is typed after `artifactpack`: ``check``, ``runs list``."""

    name: str
    line: str
    text: str
    examples: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()


def commands() -> tuple[CommandHelp, ...]:
    """All commands that can be typed, groups taken apart."""
    return tuple(found for name in COMMANDS for found in _described(name))


def command(name: str) -> Any:
    """The parser of one entry of the table, as typer built it."""
    from typer.main import get_command

    return get_command(build((name,))).commands[name]  # type: ignore[attr-defined]


def _described(name: str) -> Iterator[CommandHelp]:
    try:
        parser = command(name)
    except ModuleNotFoundError:  # a command whose module is not there is not there
        return
    children = getattr(parser, "commands", {})
    if not children:
        yield _one(name, COMMANDS[name][1], parser)
    for child in children.values():
        yield _one(f"{name} {child.name}", child.get_short_help_str(200), child)


def _one(name: str, line: str, parser: Any) -> CommandHelp:
    text, examples = _split(parser.help or "")
    return CommandHelp(name=name, line=line, text=text, examples=examples, parameters=tuple(_parameters(parser)))


def _split(text: str) -> tuple[str, tuple[str, ...]]:
    """The prose of a help text and, apart, the lines of its examples."""
    prose, _, rest = text.replace("\b\n", "").partition("Examples:")
    examples = tuple(line.strip() for line in rest.splitlines() if line.strip().startswith("artifactpack "))
    return prose.strip(), examples


def _parameters(parser: Any) -> Iterator[Parameter]:
    for found in parser.params:
        if getattr(found, "hidden", False):
            continue
        option = found.param_type_name == "option"
        names = (*found.opts, *found.secondary_opts) if option else (found.human_readable_name,)
        flag = bool(getattr(found, "is_flag", False) or getattr(found, "count", False))
        metavar = "" if flag or not option else (found.metavar or found.type.name.upper().replace(" ", "_"))
        told = found.help or ""
        listed = _CHOICES.search(told) if option and not flag else None
        yield Parameter(
            names=tuple(names),
            metavar=metavar,
            help=told,
            option=option,
            flag=flag,
            choices=tuple(listed[0].split(" | ")) if listed else (),
        )
