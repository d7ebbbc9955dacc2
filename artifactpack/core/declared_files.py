"""Declared packages of project files: pyproject, setup.py, setup.cfg, Pipfile, container files, shell scripts; pure."""

from __future__ import annotations

import ast
import configparser
import re
import warnings
from collections.abc import Iterator
from typing import Any

from artifactpack.core.declared import Declared, conda_spec, line_of, requirement
from artifactpack.core.packages import canonical
from artifactpack.core.toml_safe import parse_toml
from artifactpack.patterns import late

MOST = 1000  # entries of one list: more are no project's dependencies


def pyproject(text: str, path: str) -> list[Declared]:
    """Read PEP 621, dependency groups, Poetry, PDM and Pixi tables of a pyproject.toml (or pixi.toml)."""
    try:
        data = parse_toml(text)
    except (ValueError, RecursionError):
        return []
    project, tool = _dict(data.get("project")), _dict(data.get("tool"))
    lists = [project.get("dependencies"), *_dict(project.get("optional-dependencies")).values()]
    lists += _dict(data.get("dependency-groups")).values()
    lists += _dict(_dict(tool.get("pdm")).get("dev-dependencies")).values()
    lists.append(_dict(tool.get("uv")).get("dev-dependencies"))
    found = [_at(str(entry), text, path) for entries in lists if isinstance(entries, list) for entry in entries[:MOST]]
    poetry = _dict(tool.get("poetry"))
    tables = [poetry.get("dependencies"), poetry.get("dev-dependencies")]
    tables += [_dict(group).get("dependencies") for group in _dict(poetry.get("group")).values()]
    pixi = _dict(tool.get("pixi")) or (data if path.endswith("pixi.toml") else {})
    tables += [pixi.get("dependencies"), pixi.get("pypi-dependencies")]
    found += [d for table in tables for d in _table(_dict(table), text, path)]
    return [d for d in found if d]


def pipfile(text: str, path: str) -> list[Declared]:
    """Read a Pipfile."""
    try:
        data = parse_toml(text)
    except (ValueError, RecursionError):
        return []
    return [d for key in ("packages", "dev-packages") for d in _table(_dict(data.get(key)), text, path)]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _at(entry: str, text: str, path: str) -> Declared | None:
    return requirement(entry, path, line_of(text, entry))


def _table(table: dict[str, Any], text: str, path: str) -> Iterator[Declared]:
    for name, value in table.items():
        if name == "python":
            continue
        spec = str(value.get("version") or value.get("rev") or "") if isinstance(value, dict) else str(value)
        exact = re.fullmatch(r"(?:==)?\s*(v?\d[\w.+!]*|[0-9a-f]{7,40})", spec.strip())
        yield Declared(canonical(name), exact.group(1) if exact else "", spec, path, line_of(text, f"{name} ="))


def setup_cfg(text: str, path: str) -> list[Declared]:
    """Read ``install_requires`` and extras of a setup.cfg."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    values = [parser.get("options", "install_requires", fallback="")]
    if parser.has_section("options.extras_require"):
        values += [value for _, value in parser.items("options.extras_require")]
    return [d for value in values for entry in value.splitlines() if (d := _at(entry.strip(), text, path))]


LARGEST_SETUP = 192 << 10
"""Characters of a setup.py that is parsed: the parser cannot be stopped, and at its worst takes a second for these."""
_KEYS = frozenset({"install_requires", "requires", "extras_require", "tests_require", "setup_requires"})


def setup_py(text: str, path: str) -> list[Declared]:
    """Read literal requirement lists of a setup.py (also through a name); nothing in it runs."""
    if "require" not in text or len(text) > LARGEST_SETUP:
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    names: dict[str, ast.expr] = {}
    found: list[Declared] = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names[node.targets[0].id] = node.value
    for call in (n for n in ast.walk(tree) if isinstance(n, ast.keyword) and n.arg in _KEYS):
        value = names.get(call.value.id, call.value) if isinstance(call.value, ast.Name) else call.value
        parts = value.values if isinstance(value, ast.Dict) else [value]
        for entry in (node for part in parts for node in ast.walk(part)):
            if isinstance(entry, ast.Constant) and isinstance(entry.value, str):
                found += [d] if (d := requirement(entry.value, path, entry.lineno)) else []
    return found


_INSTALL = late(
    r"\b(?:(?:uv\s+)?pip[23]?|python[23]?\s+-m\s+pip|(?:conda|mamba|micromamba))\s+install\b|\b(?:conda|mamba)\s+create\b"
)
_VALUED_WORDS = (
    "-c --channel -n --name -p --prefix -f --find-links -i --index-url --extra-index-url -r --requirement -t --target"
    " --constraint --platform --python -m --trusted-host --global-option --config-settings"
)
_VALUED = frozenset(_VALUED_WORDS.split())
_FILES = (".txt", ".yml", ".yaml", ".toml", ".lock")
_STOP = late(r"&&|\|\||;|\|(?!\w)|#|\)|$")


def install_commands(text: str, path: str, first: int = 1) -> list[Declared]:
    """Read the packages that ``pip install`` and ``conda install`` lines name: shell, container files, documents."""
    found: list[Declared] = []
    joined, start = "", first
    for number, raw in enumerate(text.split("\n"), first):
        start = start if joined else number
        joined += raw.strip()
        if joined.endswith("\\") and len(joined) < 10_000:
            joined = joined[:-1] + " "
            continue
        found += installed(joined, path, start)
        joined = ""
    return found


def installed(line: str, path: str, number: int) -> list[Declared]:
    """Read the packages named by the install commands of one line."""
    found: list[Declared] = []
    for match in _INSTALL.finditer(line[:10_000]):
        rest = line[match.end() : match.end() + 4000]
        before = line[: match.start()]
        marked = before.endswith("`") or before.count("`") % 2 == 1
        words = rest[: _find_stop(rest, marked=marked)].replace("`", " ").split()
        conda = "conda" in match.group() or "mamba" in match.group()
        found += _words(words, conda, path, number)
    return found


def _find_stop(rest: str, *, marked: bool) -> int:
    """Where the command ends; one that is *marked* as code ends with its mark."""
    if marked and "`" in rest:
        rest = rest[: rest.index("`")]
    stop = _STOP.search(rest)
    return stop.start() if stop and not rest[: stop.start()].endswith("git+https:") else len(rest)


def _words(words: list[str], conda: bool, path: str, number: int) -> Iterator[Declared]:
    skip = False
    for word in words:
        word = word.strip("\"'`,")
        if skip or word.startswith("-"):
            skip = not skip and word in _VALUED
            continue
        if not re.match(r"[A-Za-z]", word) or word.lower() in {"python", "pip", "and", "or", "the", "from", "to"}:
            continue
        if word.endswith(_FILES):
            continue  # its option was forgotten
        declared = conda_spec(word, path, number) if conda else requirement(word, path, number)
        if declared and declared.name != "python":
            yield declared
