"""`--help` that teaches: every command has examples, and every example can be typed."""

import shlex

import pytest

from artifactpack.cli.describe import command, commands
from artifactpack.cli.table import COMMANDS, GROUPS, help_text

FOUND = commands()
NAMED = [pytest.param(c, id=c.name.replace(" ", "-")) for c in FOUND]
EXAMPLES = [pytest.param(e, id=e.split("#")[0].strip()) for c in FOUND for e in c.examples]


@pytest.mark.parametrize("found", NAMED)
def test_every_command_says_what_it_does_and_shows_how(found):
    assert found.text
    assert found.examples, "its docstring needs an `Examples:` block after a line that holds only \\b"
    assert all(e.startswith(f"artifactpack {found.name}") for e in found.examples)
    assert "\b" not in found.text and "\\b" not in found.text


@pytest.mark.parametrize("found", NAMED)
def test_every_option_is_explained(found):
    assert [p.names for p in found.parameters if p.option and not p.help] == []


@pytest.mark.parametrize("name", sorted({c.name.split()[0] for c in FOUND if " " in c.name}))
def test_a_group_shows_an_example_of_each_of_its_commands_and_cuts_no_sentence(name):
    import subprocess
    import sys

    told = subprocess.run(
        [sys.executable, "-m", "artifactpack", name, "--help"], capture_output=True, text=True, check=True
    ).stdout
    for found in FOUND:
        if found.name.startswith(f"{name} "):
            assert f"    {found.examples[0]}\n" in told
    assert "..." not in told.partition("Commands:")[2]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_can_be_parsed(example):
    name, *arguments = shlex.split(example, comments=True)[1:]
    parser = command(name)
    if getattr(parser, "commands", None):
        parser, arguments = parser.commands[arguments[0]], arguments[1:]
    parser.make_context(name, list(arguments))


def test_the_front_page_names_every_command_once():
    assert sorted(name for _, names in GROUPS for name in names) == sorted(COMMANDS)
    assert all(f"  {name:<10}" in help_text() for name in COMMANDS)
    assert max(map(len, help_text().splitlines())) <= 100
