"""Containers: Dockerfiles, compose files, dev containers, Apptainer definitions, image layouts on disk."""

from __future__ import annotations

import json
import re
import tarfile
from typing import TYPE_CHECKING, Any

from artifactpack.models.system import DeclaredEnvironment, SystemReading
from artifactpack.patterns import late
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.images import TITLE, Read, archive_reader, image, oci_layout
from artifactpack.systems.reading import Unreadable, read_text, read_yaml

if TYPE_CHECKING:
    from artifactpack.models.records import Json
    from artifactpack.project import Project

ABOUT = About(
    title=TITLE,
    also="Docker, OCI, Apptainer",
    reads="Dockerfile, Containerfile, compose, dev container, Apptainer definition, saved images (OCI, `docker save`)",
    proves="Ec",
    limits="no image is pulled; a tag is not a version, only a digest is",
)
_DOCKERFILE = late(r"(?:^|/)(?:(?:[\w.-]+\.)?(?:Dockerfile|Containerfile)(?:[._-][\w.-]+)?)$", re.IGNORECASE)
_COMPOSE = late(r"(?:^|/)(?:docker-)?compose[\w.-]*\.ya?ml$")
_APPTAINER = late(r"(?:^|/)(?:[\w.-]+\.def|Singularity[\w.-]*|Apptainer[\w.-]*)$")
_PIP = late(r"(?<![\w.-])([A-Za-z][\w.-]*)(?:\[[^\]]*\])?==(v?\d[\w.+!-]*)")
_POST = late(r"^%post\b.*?(?=^%|^Bootstrap:|\Z)", re.MULTILINE | re.DOTALL)


def detect(project: Project) -> bool:
    """Whether any container file or image is there."""
    return bool(_sources(project))


def _sources(project: Project) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for path in files_of(project).paths:
        name = path.rsplit("/", 1)[-1]
        if _DOCKERFILE.search(path):
            found.append((path, dockerfile))
        elif _COMPOSE.search(path):
            found.append((path, compose))
        elif name in ("devcontainer.json", ".devcontainer.json"):
            found.append((path, devcontainer))
        elif _APPTAINER.search(path):
            found.append((path, apptainer))
        elif name == "oci-layout":
            found.append((path, oci_layout))
        elif name.endswith(".tar") and (reader := archive_reader(project, path)):
            found.append((path, reader))
    return found


def read(project: Project) -> SystemReading:
    """One declared environment an image reference; fact ``env`` holds variables that change results."""
    environments: list[DeclaredEnvironment] = []
    facts: dict[str, Json] = {}
    warnings = []
    sources = _sources(project)
    for path, reader in sources:
        try:
            made, said = reader(project, path)
        except (Unreadable, AttributeError, KeyError, TypeError, ValueError, tarfile.TarError) as error:
            warnings.append(f"{path}: {error}")
            continue
        environments += made
        facts.update({f"{path}:{key}": value for key, value in said.items() if value})
    return SystemReading(
        system=ABOUT.title, sources=tuple(path for path, _ in sources), environments=tuple(environments), facts=facts,
        warnings=tuple(warnings),
    )  # fmt: skip


def instructions(text: str) -> list[tuple[str, str]]:
    """(INSTRUCTION, rest) of a Dockerfile: continuations joined, comments and copied heredocs passed over; the lines
    of a heredoc that is run are a part of its instruction."""
    found: list[tuple[str, str]] = []
    pending = until = ""
    for line in text.splitlines():
        if until:
            if line.strip() == until:
                until = ""
            elif found[-1][0] == "RUN":
                found[-1] = ("RUN", f"{found[-1][1]}\n{line}")
            continue
        if line.lstrip().startswith("#") or (not line.strip() and not pending):
            continue
        if line.rstrip().endswith("\\"):
            pending += line.rstrip()[:-1] + " "
            continue
        word, _, rest = (pending + line).strip().partition(" ")
        pending = ""
        heredoc = re.search(r"<<-?['\"]?(\w+)['\"]?", rest)
        until = heredoc[1] if heredoc and word.upper() in ("RUN", "COPY") else ""
        found.append((word.upper(), rest.strip()))
    return found


def dockerfile(project: Project, path: str) -> Read:
    """Base images with build arguments filled in; stages that name earlier ones are no images; Unreadable for a
    template."""
    arguments: dict[str, str] = {}
    stages, images, packages, env = set(), [], {}, {}
    for word, rest in instructions(read_text(project.root / path, 1 << 20)):
        if word == "ARG" and "=" in rest:
            name, _, value = rest.partition("=")
            arguments[name.strip()] = _filled(value.strip().strip("\"'"), arguments)
        elif word == "FROM":
            parts = [part for part in rest.split() if not part.startswith("--")]
            reference = _filled(parts[0], arguments) if parts else ""
            if reference.startswith(("{{", "{%")):
                raise Unreadable("a template, not evaluated")
            if reference.lower() not in stages and reference != "scratch":
                images.append(reference)
            stages |= {parts[2].lower()} if len(parts) > 2 and parts[1].lower() == "as" else set()
        elif word == "ENV":
            env.update(_env(rest))
        elif word == "RUN":
            packages.update({name.lower(): version for name, version in _PIP.findall(rest)})
    environments = [image(path, reference) for reference in images[:-1]] + [
        image(path, images[-1] if images else "scratch", packages)
    ]
    return environments, {"env": env}


def _filled(reference: str, arguments: dict[str, str]) -> str:
    return re.sub(
        r"\$\{?(\w+)(?::-([^}]*))?\}?", lambda m: arguments.get(m[1], m[2] if m[2] is not None else m[0]), reference
    )


def _env(rest: str) -> dict[str, str]:
    pairs = re.findall(r"(\w+)=(\"[^\"]*\"|'[^']*'|\S+)", rest)
    if pairs:
        return {name: value.strip("\"'") for name, value in pairs}
    name, _, value = rest.partition(" ")
    return {name: value.strip()} if value else {}


def compose(project: Project, path: str) -> Read:
    """Images of every service."""
    data = read_yaml(project.root / path)
    services = data.get("services") if isinstance(data, dict) else None
    found = [s for s in (services or {}).values() if isinstance(s, dict)]
    return [image(path, str(service["image"])) for service in found if service.get("image")], {}


def devcontainer(project: Project, path: str) -> Read:
    """The image of a dev container; comments and trailing commas are allowed there."""
    text = re.sub(r"^[^\S\n]*//.*$", "", read_text(project.root / path, 1 << 20), flags=re.MULTILINE)
    data = json.loads(re.sub(r",(\s*[}\]])", r"\1", text))
    return ([image(path, str(data["image"]))] if isinstance(data, dict) and data.get("image") else []), {}


def apptainer(project: Project, path: str) -> Read:
    """The images that an Apptainer definition builds on, a stage each; what `%post` installs belongs to the last."""
    text = re.sub(r"^\s*#.*$", "", read_text(project.root / path, 1 << 20), flags=re.MULTILINE)
    images = re.findall(r"^From:[ \t]*(\S+)", text, re.MULTILINE | re.IGNORECASE)
    installed = {name.lower(): version for part in _POST.findall(text) for name, version in _PIP.findall(part)}
    last = [image(path, images[-1], installed)] if images else []
    return [image(path, reference) for reference in images[:-1]] + last, {}
