"""Write the generated pages of docs/: `python -m tools.docs`, or `--check` to say which are stale."""

from __future__ import annotations

import dataclasses
import re
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from artifactpack import __version__
from artifactpack.cli.describe import CommandHelp, commands
from artifactpack.core.checklist import available, conditions, load_checklist
from artifactpack.errors import ArtifactPackError
from artifactpack.models.config import Config
from artifactpack.models.records import hyphenated
from artifactpack.models.schemas import KINDS
from artifactpack.models.schemas import write as write_schemas
from artifactpack.probes import PROBES
from artifactpack.report.formats import FORMATS
from tools.config_meanings import MEANINGS
from tools.systems_page import system_page

ROOT = Path(__file__).parent.parent
MADE = "<!-- made by `make docs` from the code; do not edit -->\n"


def main(arguments: list[str]) -> int:
    """Write every page, or with --check return 1 and name the stale ones."""
    stale = [name for name, text in pages().items() if not _same(ROOT / name, text)]
    if "--check" in arguments:
        sys.stdout.write("".join(f"stale: {name} (run `make docs`)\n" for name in stale))
        return int(bool(stale))
    for name in write_schemas(ROOT / "schemas"):
        sys.stdout.write(f"wrote schemas/{name}\n")
    for name in stale:
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(pages()[name], encoding="utf-8")
        sys.stdout.write(f"wrote {name}\n")
    return 0


def pages() -> dict[str, str]:
    """Path → text of every generated page."""
    made = {name: MADE + "\n".join(make()) + "\n" for name, make in makers().items()}
    return made | {"docs/reference/artifactpack.1": "\n".join(manual()) + "\n"}


def makers() -> dict[str, Callable[[], Iterator[str]]]:
    """Path → what makes the Markdown page there."""
    return {
        "docs/reference/commands.md": command_page,
        "docs/reference/config.md": config_page,
        "docs/reference/facts.md": fact_page,
        "docs/reference/checklists.md": checklist_page,
        "docs/reference/json.md": json_page,
        "docs/systems.md": system_page,
        "docs/reference/errors.md": error_page,
    }


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def command_page() -> Iterator[str]:
    """Commands with options and examples, exit codes, formats."""
    yield "# Commands\n"
    yield "`artifactpack COMMAND --help` prints the same in the terminal.\n"
    for found in commands():
        yield f"## artifactpack {found.name}\n"
        yield f"{_prose(found.text)}\n"
        if found.examples:
            yield "```sh"
            yield from found.examples
            yield "```\n"
        yield from _parameters(found)
    yield from _exits()
    yield "## Formats of `check`\n"
    yield ", ".join(f"`{name}`" for name in FORMATS) + "\n"


def _parameters(found: CommandHelp) -> Iterator[str]:
    if found.parameters:
        yield "| | |\n|---|---|"
        for p in found.parameters:
            name = ", ".join(f"`{n}`" for n in p.names) + (f" `{_cell(p.metavar)}`" if p.metavar else "")
            yield f"| {name} | {_cell(p.help)} |"
        yield ""


EXITS = {
    0: "fine",
    1: "what was examined falls short: an answer is contradicted, a run failed, a claim was not reproduced or decided",
    2: "bad usage, or input that cannot be used",
    3: "refused: damaged, unsafe, wrongly signed, or a secret or identity mark was found",
    4: "something on our side: no space, out of memory, the scheduler is gone",
    70: "a bug in artifactpack; it says where the log is",
    130: "interrupted; finished work is kept",
}


def _exits() -> Iterator[str]:
    yield "## Exit status\n"
    yield "| status | meaning |\n|---|---|"
    yield from (f"| {code} | {text} |" for code, text in EXITS.items())
    yield "\nWith several inputs, the worst of theirs.\n"


def config_page() -> Iterator[str]:
    """Every key, its type, default and meaning."""
    yield "# artifactpack.toml\n"
    yield "Everything is optional. The same tables may stand in `pyproject.toml` under `[tool.artifactpack]`; both is an"
    yield "error, and so is an unknown key (it names the nearest). Editors read `schemas/config.schema.json`.\n"
    yield "| key | type | default | meaning |\n|---|---|---|---|"
    for key, kind, default in keys():
        yield f"| `{key}` | {_cell(kind)} | {_cell(default)} | {_cell(MEANINGS.get(key, ''))} |"
    yield "\nPlaceholders in `run`, `args`, `metrics`, `weights` and `outputs`: `{python}`, `{seed}`, `{out}` (the run's own"
    yield "folder), `{NAME}` for each name in `matrix`, and `{COMMAND.out}`, `{COMMAND.weights}` of a command in `needs`.\n"


def keys(cls: type = Config, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """(key, type in words, default) of every leaf of the configuration."""
    hints = typing.get_type_hints(cls)
    for found in dataclasses.fields(cls):
        name, hint = f"{prefix}{hyphenated(found.name)}", hints[found.name]
        inner, between = _inner(hint, name)
        if inner is None:
            yield name, _kind(hint), _default(found)
        else:
            yield from keys(inner, f"{name}{between}.")


def _inner(hint: Any, name: str) -> tuple[type | None, str]:
    """The record behind a table, an array of tables or a table of tables, and the name that stands for its key."""
    if dataclasses.is_dataclass(hint):
        return typing.cast(type, hint), ""
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is dict:
        if dataclasses.is_dataclass(arguments[1]):
            return typing.cast(type, arguments[1]), ".NAME"
        inner = typing.get_args(arguments[1])
        if inner and dataclasses.is_dataclass(inner[-1]):
            return typing.cast(type, inner[-1]), ".CHECKLIST.ITEM"
    if typing.get_origin(hint) is tuple and name == "claims":
        return typing.cast(type, arguments[0]), ""
    return None, ""


_WORDS = {str: "string", int: "whole number", float: "number", bool: "true or false"}


def _kind(hint: Any) -> str:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return " or ".join(f"`{a}`" for a in arguments)
    if origin is tuple:
        return f"list of {_kind(arguments[0])}"
    if origin is dict:
        return f"table of {_kind(arguments[1])}"
    if dataclasses.is_dataclass(hint):
        return "table"
    if arguments:
        kinds = list(dict.fromkeys(_kind(a) for a in arguments))
        return "value" if set(arguments) == {str, int, float, bool} else " or ".join(kinds)
    return _WORDS.get(hint, str(hint))


def _default(found: dataclasses.Field[Any]) -> str:
    value = found.default if found.default is not dataclasses.MISSING else None
    if found.default is dataclasses.MISSING and found.default_factory is dataclasses.MISSING:
        return "required"
    if value is None or value in ("", ()):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{list(value) if isinstance(value, tuple) else value}`"


def fact_page() -> Iterator[str]:
    """Every fact, its meaning, and the checklist items that it decides."""
    used: dict[str, list[str]] = {}
    for name in available():
        checklist = load_checklist(name)
        for item in checklist.items:
            for condition in conditions(item):
                used.setdefault(condition.fact, []).append(f"{checklist.id}:{item.id}")
    yield "# Facts\n"
    yield "A probe looks at one subject and reports facts, never verdicts. Each fact says how it is known: read in the"
    yield "repository, observed in a run, read from a tracking system, or declared. What happened beats what is written.\n"
    for probe, module in PROBES.items():
        yield f"## {probe}\n\n| fact | meaning | decides |\n|---|---|---|"
        for fact, meaning in module.FACTS.items():
            decided = list(dict.fromkeys(used.get(f"{probe}.{fact}", ())))
            more = f" and {len(decided) - 6} more" if len(decided) > 6 else ""
            yield f"| `{probe}.{fact}` | {_cell(meaning)} | {_cell(', '.join(decided[:6]) + more)} |"
        yield ""


def checklist_page() -> Iterator[str]:
    """Every checklist that ships, item by item."""
    yield "# Checklists\n"
    yield "`machine`: evidence can decide it. `partial`: evidence can contradict or help, a person must answer. `author`:"
    yield "only a person can answer. Questions are paraphrased; the venue's own words count.\n"
    for name in available():
        checklist = load_checklist(name)
        yield f"## {checklist.id}: {checklist.title}\n"
        yield " ".join(filter(None, [_prose(checklist.source), _prose(checklist.unconfirmed)])) + "\n"
        yield "| item | question | backing | facts |\n|---|---|---|---|"
        for item in checklist.items:
            facts = ", ".join(f"`{fact}`" for fact in dict.fromkeys(c.fact for c in conditions(item)))
            yield f"| {_cell(item.id)} | {_cell(item.title)} | {item.backing} | {facts} |"
        yield ""


def json_page() -> Iterator[str]:
    """Every JSON file that is read or written, with its keys."""
    yield "# JSON\n"
    yield 'Every file says what it is: `"schema": "artifactpack.<kind>/<major>"`. The JSON Schemas lie in `schemas/`. NaN'
    yield "and infinities are the strings `NaN`, `Infinity` and `-Infinity`.\n"
    for kind, cls in KINDS.items():
        told = cls.__doc__ or ""  # a record without one has its signature there
        yield f"## {kind}\n\n{'' if told.startswith(cls.__name__) else _prose(told)}\n"
        yield "| key | type |\n|---|---|"
        hints = typing.get_type_hints(cls)
        aliased = "alias_generator" in getattr(cls, "__pydantic_config__", {})
        for found in dataclasses.fields(cls):
            key = hyphenated(found.name) if aliased else found.name
            yield f"| `{key}` | {_cell(_kind(hints[found.name]))} |"
        yield ""


def error_page() -> Iterator[str]:
    """The tree of errors and the exit status of each."""
    yield "# Errors\n"
    yield "Every error is one line on stderr that says what, where, and what to do.\n"
    yield "| error | exit status | when |\n|---|---|---|"
    for cls in _tree(ArtifactPackError):
        yield f"| `{cls.__name__}` | {cls.exit_code} | {_cell((cls.__doc__ or '').strip())} |"
    yield ""


def _tree(cls: type[ArtifactPackError]) -> Iterator[type[ArtifactPackError]]:
    yield cls
    for child in cls.__subclasses__():
        if child.__module__ == "artifactpack.errors":
            yield from _tree(child)


def manual() -> Iterator[str]:
    """The manual page, in roff."""
    yield f'.TH ARTIFACTPACK 1 "" "artifactpack {__version__}" "User Commands"'
    yield ".SH NAME\nartifactpack \\- make a machine\\-learning paper's artifact checkable"
    yield ".SH SYNOPSIS\n.B artifactpack\n.I COMMAND\n[\\fIOPTIONS\\fR]"
    yield ".SH COMMANDS"
    for found in commands():
        yield f".SS artifactpack {_roff(found.name)}\n{_roff(_prose(found.text))}"
        for p in found.parameters:
            names = ", ".join(f"\\fB{_roff(n)}\\fR" for n in p.names)
            yield f".TP\n{names}" + (f" \\fI{_roff(p.metavar)}\\fR" if p.metavar else "") + f"\n{_roff(p.help) or '.'}"
        if found.examples:
            yield ".PP\nExamples:\n.nf\n" + "\n".join(f"  {_roff(e)}" for e in found.examples) + "\n.fi"
    yield ".SH EXIT STATUS"
    yield from (f".TP\n.B {code}\n{_roff(text)}" for code, text in EXITS.items())
    yield ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nif set, nothing is coloured"
    yield ".TP\n.B XDG_CACHE_HOME\nwhere parsed files are cached"
    yield ".TP\n.B XDG_STATE_HOME\nwhere it is kept which records you made"


def _roff(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", escaped)


def _prose(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _prose(text).replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
