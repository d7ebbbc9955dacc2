"""The page of tracked systems, made of what every reader says about itself and of the makers of its fixtures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from artifactpack.systems.about import PROVES
from artifactpack.systems.table import SYSTEMS, System

MAKERS = Path(__file__).parent.parent / "tests" / "systems" / "make"
_MODULE = re.compile(r"^# module: (\w+)$", re.MULTILINE)
_PIN = re.compile(r'"([A-Za-z][\w.-]*)==([\w.]+)"')
_BESIDE = {"setuptools", "pathspec", "numpy"}  # what a maker needs besides the system it tries
_HEADER = re.compile(r"^# dependencies = (\[.*\])$", re.MULTILINE)


def system_page() -> Iterator[str]:
    """Lines of docs/systems.md."""
    yield "# Systems that artifactpack reads"
    yield ""
    yield "All of them are read offline from the files they leave behind: nothing is imported, executed or unpickled,"
    yield "no account is contacted, credentials are never read. `artifactpack check` and `runs list` find them by"
    yield "themselves. *Tried* names the versions whose real files the tests read; `make test-systems` installs those"
    yield "libraries, logs a toy training with each, and compares what is read with what was trained."
    yield "`examples/tracked` is a whole project on Hydra, MLflow and DVC."
    yield ""
    yield "What a system can prove: " + ", ".join(f"**{letter}** {name}" for letter, name in PROVES.items())
    yield "(in brackets: weak evidence, or only where the user logged it)."
    tried = versions()
    for kind in dict.fromkeys(system.kind for system in SYSTEMS):
        yield ""
        yield f"## {kind.capitalize()}"
        yield ""
        yield "| system | what is read | tried | proves | known limits |"
        yield "|---|---|---|---|---|"
        yield from (_row(system, tried) for system in SYSTEMS if system.kind == kind)


def _row(system: System, tried: dict[str, list[str]]) -> str:
    about = import_module(f"artifactpack.systems.{system.module}").ABOUT
    proved = " ".join(letter if letter.isupper() else f"({letter.upper()})" for letter in about.proves)
    versions_ = ", ".join([*about.tried, *tried.get(system.module, [])]) or "hand-made files only"
    name = f"{about.title} ({about.also})" if about.also else about.title
    return f"| {name} | {about.reads} | {versions_} | {proved} | {about.limits} |"


def versions() -> dict[str, list[str]]:
    """Reader module → exact versions that the fixture makers pin."""
    found: dict[str, list[str]] = {}
    for maker in sorted(MAKERS.glob("make_*.py")):
        text = maker.read_text(encoding="utf-8")
        module = _MODULE.search(text)
        header = _HEADER.search(text)
        name = module[1] if module else maker.stem.removeprefix("make_")
        pins = [f"{package} {version}" for package, version in _PIN.findall(header[1] if header else "")]
        pins = [pin for pin in pins if pin.split()[0] not in _BESIDE]
        found.setdefault(name, []).extend(pins)
    return found
