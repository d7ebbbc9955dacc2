"""Declared packages: requirement lines, requirement files and conda environments; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from artifactpack.core.packages import canonical
from artifactpack.patterns import late

_NAME = late(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?")
_EXACT = late(r"===?\s*([^\s,;=*<>!~]+)(?=\s*(?:$|[,;#\s]))")
_COMMIT = late(r"@([0-9a-f]{7,40}|v?\d+\.\d[\w.]*)(?:#|$|\s)")
_EGG = late(r"[#&]egg=([\w.-]+)")
_OPTION = late(r"^--?[A-Za-z]")
_WHEEL = late(r"([A-Za-z0-9_.]+)-(\d[\w.+!]*)-[\w.]+-[\w.]+-[\w.]+\.whl")
LONGEST = 1_000  # characters of a requirement without its hashes: some patterns take the square of a text's length
_REPOSITORY = late(r"(?:git\+(?:ssh://git@)?|github\.com|gitlab\.com|bitbucket\.org)\S*?/([\w.-]+?)(?:\.git)?(?:@|#|$)")


class Declared(NamedTuple):
    """One declaration; ``version`` is "" unless exact (a version, a commit, an archive), ``spec`` as written."""

    name: str
    version: str
    spec: str
    path: str
    line: int
    hashed: bool = False


def requirement(text: str, path: str, line: int) -> Declared | None:
    """Read one requirement as pip writes them (names, URLs, VCS); None for options and what is none."""
    hashed = "--hash=" in text
    text = text.strip()[:LONGEST]
    text = re.split(r"\s+#|\s--\w", text, maxsplit=1)[0].strip().strip("\"',")
    editable = re.match(r"(?:-e|--editable)\s+(.*)", text)
    text = editable.group(1) if editable else text
    if not text or text.startswith("#") or _OPTION.match(text) or text in {".", "./"}:
        return None
    if "://" in text or text.startswith("git@"):
        return _from_url(text, path, line)
    name = _NAME.match(text)
    if not name or text.startswith(("./", "../", "/")):
        return None
    rest = text[name.end() :]
    if not re.match(r"\s*(?:\[[^\]]*\]\s*)?(?:\(?\s*[<>=!~;,]|@|$)", rest):
        return None
    exact = _EXACT.search(rest.split(";", 1)[0].replace("(", " ").replace(")", " "))
    version = exact.group(1) if exact else ""
    return Declared(canonical(name.group()), version, rest.split(";", 1)[0].strip(), path, line, hashed)


def _from_url(text: str, path: str, line: int) -> Declared | None:
    named = re.match(r"([\w.-]+)(?:\[[^\]]*\])?\s*@\s*", text)
    egg, wheel, repository = _EGG.search(text), _WHEEL.search(text), _REPOSITORY.search(text)
    name = (named or egg or wheel or repository or [None, ""])[1]
    if not name:
        return None
    commit = _COMMIT.search(text.split("://", 1)[-1])
    version = wheel.group(2) if wheel else commit.group(1) if commit else ""
    return Declared(canonical(name.replace("_", "-")), version, text[:200], path, line)


def requirements_file(text: str, path: str) -> list[Declared]:
    """Read a requirements file, also what ``conda list --export`` and ``--explicit`` write under that name."""
    if "@EXPLICIT" in text:
        return list(_explicit(text, path))
    found = []
    parts: list[str] = []
    start = 0
    for number, raw in enumerate(text.split("\n"), 1):
        start = start if parts else number
        parts.append(raw.strip())
        if parts[-1].endswith("\\"):
            parts[-1] = parts[-1][:-1] + " "
            continue
        joined = "".join(parts)
        parts.clear()
        if declared := requirement(joined, path, start) or conda_spec(joined, path, start):
            found.append(declared)
    return found


_CONDA = late(r"^(?:[\w./-]+::)?([A-Za-z_][\w.-]*)\s*(?:(==?|[<>!~]=?)\s*([^\s=,|]+)?(?:=([\w.*]+))?.*)?$")


def conda_spec(text: str, path: str, line: int) -> Declared | None:
    """Read a conda match specification: ``name``, ``name=1.2``, ``name=1.2=build``, ``channel::name>=1``."""
    text = re.split(r"\s+#", text.strip()[:LONGEST], maxsplit=1)[0].strip().strip("\"'")
    if text.startswith("#"):
        return None
    match = _CONDA.match(text.replace(" =", "=").replace("= ", "="))
    if not match:
        parts = text.split()
        if len(parts) == 2 and parts[1][:1].isdigit() and _NAME.fullmatch(parts[0]):
            return Declared(canonical(parts[0]), parts[1], parts[1], path, line)
        return None
    name, operator, version, build = match.groups()
    exact = version if version and operator in {"=", "=="} and ("*" not in version or build) else ""
    return Declared(canonical(name.lstrip("_")), exact or "", text[len(name) :].strip(), path, line)


def _explicit(text: str, path: str) -> Iterator[Declared]:
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if line.startswith("# pip ") and (pip := requirement(line[6:], path, number)):
            yield pip
        url, _, digest = line.partition("#")
        name = re.sub(r"\.(?:conda|tar\.bz2)$", "", url.rsplit("/", 1)[-1])
        if "://" in url and name.count("-") >= 2:
            package, version, _build = name.rsplit("-", 2)
            yield Declared(canonical(package), version, line[:200], path, number, bool(digest))


_ENTRY = late(r"^(\s*)-\s+(.+?)\s*$")


def conda_environment(text: str, path: str) -> list[Declared]:
    """Read the ``dependencies`` of an environment.yml line by line, so that a broken file still tells its packages."""
    found: list[Declared | None] = []
    inside, pip = False, -1
    for number, whole in enumerate(text.split("\n"), 1):
        raw = whole[:LONGEST]
        if re.match(r"[A-Za-z_-]+:", raw):
            inside = raw.startswith("dependencies:")
        entry = _ENTRY.match(raw) if inside else None
        if not entry:
            continue
        indent, spec = len(entry.group(1)), re.split(r"\s+#", entry.group(2))[0].strip("\"'")
        if spec.rstrip() == "pip:":
            pip = indent
            continue
        pip = pip if indent > pip else -1
        read = requirement if pip >= 0 else conda_spec
        found.append(read(spec, path, number))
    return [d for d in found if d and d.name not in {"python", "pip"}]


def line_of(text: str, needle: str) -> int:
    """Return the 1-based line where *needle* first stands in *text* (1 if it does not)."""
    position = text.find(needle)
    return text.count("\n", 0, position) + 1 if position >= 0 else 1
