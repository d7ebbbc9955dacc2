"""Build the one command that was asked for, run it, and turn whatever happens into an exit code."""

import sys
from importlib import import_module

import typer

from artifactpack.cli.common import INTERRUPTED, failure
from artifactpack.cli.table import COMMANDS


def build(names: tuple[str, ...] = tuple(COMMANDS)) -> typer.Typer:
    """An app holding *names*; a command module has either ``command`` or, for a group, ``app``."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)
    app.callback()(_root)
    for name in names:
        module_name, line = COMMANDS[name]
        module = import_module(f"artifactpack.cli.{module_name}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name, help=_group_help(line, module.app), short_help=line)
        else:
            app.command(name, short_help=line)(module.command)
    return app


def _group_help(line: str, group: typer.Typer) -> str:
    """*line* and, from the help of each of the group's commands, the first example."""
    told = [found.callback.__doc__ or "" for found in group.registered_commands if found.callback]
    shown = [text.partition("Examples:")[2].strip().partition("\n")[0] for text in told]
    return f"{line[0].upper()}{line[1:]}.\n\n\b\nExamples:\n" + "\n".join(f"  {example}" for example in shown)


def _root() -> None:
    """Make a machine-learning paper's artifact checkable."""


def run(arguments: list[str]) -> int:
    """Run *arguments* (without the program's name) and return the exit status; never raises."""
    names = (arguments[0],) if arguments[0] in COMMANDS else tuple(COMMANDS)
    try:
        code = build(names)(args=arguments, prog_name="artifactpack", standalone_mode=False)
        sys.stdout.flush()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    except typer.Abort:
        return failure(KeyboardInterrupt(), sys.argv)
    except BaseException as error:  # noqa: BLE001 - the one place where everything ends
        return _usage(error) or failure(error, sys.argv)
    if code == INTERRUPTED:  # typer turns Ctrl-C into this status, without a word
        return failure(KeyboardInterrupt(), sys.argv)
    return code if isinstance(code, int) else 0


def _usage(error: BaseException) -> int:
    """Show bad usage as typer words it and return 2; 0 where *error* is something else."""
    show = getattr(error, "show", None)
    if show is None or not hasattr(error, "exit_code") or not hasattr(error, "format_message"):
        return 0
    show()
    return 2
