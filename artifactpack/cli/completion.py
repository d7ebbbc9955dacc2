"""`artifactpack completion`: a script that completes commands and options in bash, zsh or fish."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from artifactpack.cli.common import emit
from artifactpack.data import data_dir
from artifactpack.errors import InputError

SHELLS = ("bash", "zsh", "fish")

ShellArg = Annotated[str, typer.Argument(metavar="bash|zsh|fish", help="Your shell.", show_default=False)]


def command(shell: ShellArg) -> None:
    """Print a script that completes commands and options in your shell; nothing is installed.

    \b
    Examples:
      artifactpack completion bash
      artifactpack completion fish
    """
    if shell not in SHELLS:
        raise InputError(f"{shell}: no completion for this shell; there is one for {', '.join(SHELLS)}")
    emit(script(shell))


def script(shell: str) -> str:
    """The script for *shell*, with every command and option of this version."""
    template = (data_dir("templates") / "completion" / shell).read_text(encoding="utf-8")
    words, groups = _words()
    if shell == "fish":
        return template.replace("@LINES@", "\n".join(_fish(words, groups)))
    inner = "words=" if shell == "bash" else "found="
    cases = [f"{' ' * 8}{shlex.quote(key)}) {inner}{_list(shell, options)} ;;" for key, options in words.items()]
    lines = {
        "@COMMANDS@": " ".join(_names(words)),
        "@DESCRIBED@": " ".join(shlex.quote(f"{name}:{line}") for name, line in _lines().items()),
        "@GROUPS@": "|".join(groups),
        "@CASES@": "\n".join(cases),
        "@VALUES@": "\n".join(
            f"{' ' * 8}{shlex.quote(f'{name} {option}')}) {inner}{_list(shell, values)} ;;"
            for (name, option), values in _values().items()
        ),
    }
    for mark, text in lines.items():
        template = template.replace(mark, text)
    return template


def _words() -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """What may follow each command (options, or a group's own commands), and which commands are groups."""
    from artifactpack.cli.describe import commands

    words: dict[str, tuple[str, ...]] = {}
    groups: dict[str, list[str]] = {}
    for found in commands():
        words[found.name] = (*(name for p in found.parameters if p.option for name in p.names), "--help")
        if " " in found.name:
            group, child = found.name.split(" ")
            groups.setdefault(group, []).append(child)
    words |= {group: tuple(children) for group, children in groups.items()}
    words["completion"] = SHELLS
    return words, tuple(groups)


def _values() -> dict[tuple[str, str], tuple[str, ...]]:
    """What may follow an option of a command, where that can be listed."""
    from artifactpack.cli.describe import commands
    from artifactpack.core.checklist import available

    return {
        (found.name, name): tuple(available()) if name in ("--checklist", "-c") else p.choices
        for found in commands()
        for p in found.parameters
        for name in p.names
        if p.choices or name in ("--checklist", "-c")
    }


def _names(words: dict[str, tuple[str, ...]]) -> list[str]:
    return list(dict.fromkeys(key.split(" ")[0] for key in words))


def _lines() -> dict[str, str]:
    from artifactpack.cli.table import COMMANDS

    return {name: line for name, (_, line) in COMMANDS.items()}


def _list(shell: str, options: tuple[str, ...]) -> str:
    return shlex.quote(" ".join(options)) if shell == "bash" else f"({' '.join(map(shlex.quote, options))})"


def _fish(words: dict[str, tuple[str, ...]], groups: tuple[str, ...]) -> list[str]:
    told = [
        f"complete -c artifactpack -n __fish_use_subcommand -f -a {name} -d {shlex.quote(line)}"
        for name, line in _lines().items()
    ]
    values = _values()
    for key, options in words.items():
        first, _, child = key.partition(" ")
        seen = f"__fish_seen_subcommand_from {first}" + (f"; and __fish_seen_subcommand_from {child}" if child else "")
        for option in options:
            kind = f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"
            kind = kind if option.startswith("-") else f"-f -a {option}"
            if (key, option) in values:
                kind += f" -r -a {shlex.quote(' '.join(values[key, option]))}"
            told.append(f"complete -c artifactpack -n {shlex.quote(seen)} {kind}")
    return told
