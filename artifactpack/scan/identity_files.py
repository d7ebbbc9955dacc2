# ruff: noqa: E501 - patterns
"""Marks in files whose purpose is to name people: licences, citations, package metadata, notebooks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from artifactpack.core.toml_safe import parse_toml
from artifactpack.models.scan import Mark
from artifactpack.patterns import late
from artifactpack.scan.identity_shapes import is_orcid, people
from artifactpack.scan.identity_tex import tex_people
from artifactpack.scan.marks import is_generic

_YEARS = rb"\d{4}(?:[ \t]{0,2}[-,\xe2\x80\x93]{1,3}[ \t]{0,2}(?:\d{4}|present)){0,6}"
_HOLDER = late(
    rb"(?im)^[ \t*#/]{0,8}copyright[ \t]{1,3}(?:(?:\(c\)|\xc2\xa9|&copy;)[ \t]{0,3}(?:"
    + _YEARS
    + rb")?|"
    + _YEARS
    + rb"|by(?=[ \t]))"
    rb"[ \t,]{0,3}(?:by[ \t]{1,2})?([^\n\r]{2,160})"
)
_PUBLISHERS = late(
    r"(?i)free software foundation|apache software|creative commons|\[|\{|<|name of|authors$|contributors$|copyright|"
    r"^owner|^holder|licen[cs]e|^notice|anon|^and |^or "
)
_YAML = late(
    r"(?m)^[ \t-]{0,12}(family-names|given-names|name|affiliation|email|orcid|alias)[ \t]{0,4}:[ \t]{0,4}[\"']?([^\"'\n#]{2,160})"
)
_FORGE = late(
    r"(?:git\+)?https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|huggingface\.co)/"
    r"(?:datasets/|spaces/)?([A-Za-z0-9][\w.-]{1,60})"
)
_FLOW = late(r"(\{)|[,}](?=[ \t\n]{0,12}(?:[\w-]{2,20}:|[\]},]|\Z))")
_BIBTEX = late(r"@\w{4,20}\{[^@]{0,1500}?\bauthors?\s{0,8}=\s{0,8}[{\"]([^}\"]{3,1000})[}\"]")
_SETUP = late(r"(?<![A-Za-z_])(author|maintainer)[ \t]{0,4}=[ \t]{0,4}[\"']([^\"'\n]{2,160})[\"']")


def declared(path: str, data: bytes) -> Iterator[Mark]:
    """The people, organisations and accounts that *path* declares, when it is a file of that kind."""
    name = path.rpartition("/")[2].lower()
    text = data.decode("utf-8", "replace")
    if "/" not in path and re.match(r"licen[cs]e|copying|notice|readme|copyright", name):
        yield from _holders(data, path)
    if name.startswith("readme") and text.count("@") and len(entries := _BIBTEX.findall(text)) == 1:
        for author in re.split(r"\s+and\s+", entries[0]):
            yield from people(" ".join(reversed(author.split(",", 1))), path)
    if name == "pyproject.toml":
        yield from _pyproject(text, path)
    elif name == "artifactpack.toml":
        yield from _own_config(text, path)
    elif name in (
        "citation.cff",
        "codemeta.json",
        "package.json",
        ".zenodo.json",
        "zenodo.json",
        "ro-crate-metadata.json",
    ):
        yield from _citation(text, path)
    elif name in ("setup.py", "setup.cfg"):
        for match in _SETUP.finditer(
            text if name == "setup.py" else re.sub(r"(?m)^(author|maintainer)\s*=\s*(.+)$", r'\1="\2"', text)
        ):
            yield from _person_or_group(match.group(2), path)
    elif re.match(r"authors|contributors|maintainers|codeowners", name):
        for line in text.splitlines()[:500]:
            yield from people(line.lstrip("*-# \t0123456789."), path)
            yield from (
                Mark(kind="user name", text=m, source=path) for m in re.findall(r"(?<!\S)@([A-Za-z0-9-]{2,38})", line)
            )
    elif name.endswith(".ipynb"):
        yield from _notebook(text, path)
    elif name.endswith((".tex", ".ltx")):
        yield from tex_people(text, path)


def _holders(data: bytes, source: str) -> Iterator[Mark]:
    for match in _HOLDER.finditer(data):
        text = re.sub(r"(?i)\ball rights reserved.*|<[^>]*>|\(.*?\)", "", match.group(1).decode("utf-8", "replace"))
        for holder in re.split(r"(?i),(?!\s*(?:inc|llc|ltd|gmbh))|;|\band\b", text):
            holder = holder.strip(" .\t*")
            if len(holder) >= 3 and not _PUBLISHERS.search(holder) and re.search(r"[A-Za-z]{2}", holder):
                yield from _person_or_group(holder, source)


def _person_or_group(text: str, source: str) -> Iterator[Mark]:
    text = re.sub(r"<[^>]*>", "", text).strip()
    found = list(people(text, source))
    yield from found
    if not found and len(text) >= 3 and not is_generic(text) and not _PUBLISHERS.search(text):
        yield Mark(kind="organisation", text=text, source=source)


def _pyproject(text: str, source: str) -> Iterator[Mark]:
    try:
        told = parse_toml(text)
    except (ValueError, RecursionError):
        return
    project = told.get("project", {}) if isinstance(told.get("project"), dict) else {}
    tool = told.get("tool", {}) if isinstance(told.get("tool"), dict) else {}
    poetry = tool.get("poetry", {}) if isinstance(tool.get("poetry"), dict) else {}
    for people_list in (
        project.get("authors"),
        project.get("maintainers"),
        poetry.get("authors"),
        poetry.get("maintainers"),
    ):
        yield from _entries(people_list, source)
    urls = project.get("urls", {}) if isinstance(project.get("urls"), dict) else {}
    for url in (*urls.values(), *(poetry.get(key) for key in ("repository", "homepage", "documentation"))):
        yield from _home(url, source)
    own = tool.get("artifactpack")
    if isinstance(own, dict):
        yield from _paper(own, source)


def _home(url: Any, source: str) -> Iterator[Mark]:
    """Whose account the project's own address at a forge lies under."""
    match = _FORGE.match(url) if isinstance(url, str) else None
    if match and not is_generic(match.group(1)):
        yield Mark(kind="user name", text=match.group(1), source=source)


def _own_config(text: str, source: str) -> Iterator[Mark]:
    try:
        yield from _paper(parse_toml(text), source)
    except (ValueError, RecursionError):
        return


def _paper(told: dict[str, Any], source: str) -> Iterator[Mark]:
    paper = told.get("paper")
    if isinstance(paper, dict):
        yield from _entries(paper.get("authors"), source)
    slurm = [c.get("slurm") for c in (told.get("commands") or {}).values() if isinstance(c, dict)]
    for table in slurm:
        if isinstance(table, dict) and table.get("account"):
            yield Mark(kind="account", text=str(table["account"]), source=source)


def _entries(value: Any, source: str) -> Iterator[Mark]:
    for entry in value if isinstance(value, list) else []:
        fields = entry if isinstance(entry, dict) else {"name": entry}
        yield from _fields(fields, source)


def _fields(fields: dict[str, Any], source: str) -> Iterator[Mark]:
    """One person or organisation, whatever the format calls its parts."""
    given, family = (
        _text(fields, "given-names", "givenName", "given"),
        _text(fields, "family-names", "familyName", "family"),
    )
    name = f"{given} {family}".strip() or _text(fields, "name")
    if name:
        yield from _person_or_group(name, source)
    if email := re.search(r"[\w.+-]+@[\w.-]+", _text(fields, "email") or _text(fields, "name")):
        yield Mark(kind="e-mail", text=email.group(), source=source)
    place = _text(fields, "affiliation")
    if len(place) > 2:
        yield Mark(kind="organisation", text=place, source=source)
    orcid = re.search(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", _text(fields, "orcid", "@id", "id"))
    if orcid and is_orcid(orcid.group()):
        yield Mark(kind="ORCID", text=orcid.group(), source=source)


def _text(fields: dict[str, Any], *keys: str) -> str:
    """The first of *keys* whose value is text, "" for none."""
    return next((fields[key].strip() for key in keys if isinstance(fields.get(key), str)), "")


def _citation(text: str, source: str) -> Iterator[Mark]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        yield from _citation_lines(text, source)
        return
    todo = [told]
    while todo:
        value = todo.pop()
        if isinstance(value, list):
            todo.extend(value)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if key in (
                    "author",
                    "authors",
                    "creators",
                    "maintainer",
                    "maintainers",
                    "contributors",
                    "copyrightHolder",
                ):
                    yield from _entries(inner if isinstance(inner, list) else [inner], source)
                elif key in ("codeRepository", "repository", "homepage", "repository-code"):
                    yield from _home(inner.get("url") if isinstance(inner, dict) else inner, source)
            todo.extend(v for v in value.values() if isinstance(v, (dict, list)))


def _citation_lines(text: str, source: str) -> Iterator[Mark]:
    """CITATION.cff without a YAML parser: the keys stand at the start of their lines, or in braces after a comma."""
    person: dict[str, Any] = {}
    text = _FLOW.sub(lambda match: "\n- " if match.group(1) else "\n  ", text)
    for line in text.splitlines():
        match = _YAML.match(line)
        if line.lstrip().startswith("- ") and person:
            yield from _fields(person, source)
            person = {}
        if match:
            person[match.group(1)] = match.group(2).strip()
        elif address := re.match(r"repository-code:[ \t]{0,4}[\"']?([^\s\"']{8,200})", line):
            yield from _home(address.group(1), source)
    yield from _fields(person, source)


def _notebook(text: str, source: str) -> Iterator[Mark]:
    try:
        told = json.loads(text)
        metadata = told.get("metadata", {})
        yield from _entries(metadata.get("authors"), source)
        for cell in told.get("cells", []):
            user = cell.get("metadata", {}).get("executionInfo", {}).get("user", {})
            if isinstance(user.get("displayName"), str):
                yield from _person_or_group(user["displayName"], source)
            if isinstance(user.get("userId"), str) and len(user["userId"]) > 5:
                yield Mark(kind="account", text=user["userId"], source=source)
    except (ValueError, RecursionError, AttributeError, TypeError):
        return
