"""Whether the environment is isolated: container files, images, virtual environments."""

from __future__ import annotations

import re

from artifactpack.core.facts import absent, at, known, seen
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Fact, Finding, Observation
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._own import own
from artifactpack.project import Project

NAME = "container"
FACTS = {
    "present": "a Dockerfile or template, Apptainer definition, dev container, or an image named with the run command",
    "files": "the container files",
    "base_pinned": "the base image is fixed by digest or version",
    "isolated": "the environment is isolated: container, conda environment, lock, or a run in a virtual environment",
}
_FILE = late(
    r"(?:^|/)(?:[\w.-]*(?:dockerfile|containerfile)[\w.-]*|(?:docker-)?compose[\w.-]*\.ya?ml|singularity(?:\.[\w.-]+)?"
    r"|\.?devcontainer(?:\.json|/[\w./-]*devcontainer\.json)|[\w.-]+\.(?:def|sif\.def|dockerfile))$",
    re.IGNORECASE,
)
_IMAGE = late(
    r"\b(?:docker|podman|nvidia-docker)\s+(?:run|pull)\s+(?:[^\n`]{0,300}?\s)?([\w.-]+(?:/[\w.-]+)+(?::[\w.-]+)?|[\w.-]+:[\w.-]+)(?=[\s`]|$)"
    r"|\b(?:singularity|apptainer)\s+\w+\s+[^\n`]{0,200}?(docker://\S+|library://\S+|shub://\S+)",
)
_FROM = late(r"^[^\S\n]*FROM\s+(?:--platform=\S+\s+)?(\S+)", re.IGNORECASE | re.MULTILINE)
_ISOLATED = late(
    r"\b(?:conda|mamba)\s+(?:env\s+)?create\b|\bpython3?\s+-m\s+venv\b|\bvirtualenv\b|\buv\s+(?:venv|sync|run)\b|\bpoetry\s+install\b"
    r"|\bpipenv\s+(?:install|sync)\b|\bpixi\s+(?:install|run)\b"
)
_LOCKS = (
    "environment*.y*ml",
    "conda-lock*",
    "uv.lock",
    "poetry.lock",
    "Pipfile.lock",
    "pylock*.toml",
    "pdm.lock",
    "pixi.lock",
)


def is_container_file(path: str) -> bool:
    """Tell whether *path* is named as a container file or a composition of them."""
    return _FILE.search(path) is not None


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report container files, named images, and what else keeps the environment apart."""
    ours = own(project)
    files = [f for f in project.files if ours(f) and _FILE.search(f) and _real(project, f)]
    images = _images(project)
    sightings = [seen("static", True, at(f, 1)) for f in files] + images
    facts = {
        "present": known(*sightings)
        if sightings
        else absent("no container file, and no document names an image to run"),
        "files": known(seen("static", files, *(at(f, 1) for f in files))),
        "base_pinned": _base(project, files),
        "isolated": _isolated(project, runs, sightings, ours),
    }
    return Finding(facts=facts)


def _real(project: Project, path: str) -> bool:
    text = project.read_text(path)
    name = path.rsplit("/", 1)[-1].lower()
    if "compose" in name:
        return "services:" in text
    if name.endswith(".json"):
        return True
    return bool(_FROM.search(text)) or "bootstrap:" in text.lower()


def _images(project: Project) -> list[Observation]:
    lines = (
        line
        for line in project.prose.lines
        if "docker" in line.raw or "singularity" in line.raw or "apptainer" in line.raw
    )
    return [
        seen("static", True, at(line.path, line.number, m.group())) for line in lines if (m := _IMAGE.search(line.raw))
    ]


def _base(project: Project, files: list[str]) -> Fact:
    for path in files:
        text = project.read_text(path)
        bases = [m for m in _FROM.finditer(text) if "$" not in m.group(1)]
        if not bases:
            continue
        match = bases[0]
        image = match.group(1)
        fixed = "@sha256:" in image or (":" in image and not image.endswith((":latest", ":nightly")))
        return known(seen("static", fixed, at(path, text.count("\n", 0, match.start(1)) + 1, image)))
    return absent("no container file names a base image")


def _isolated(project: Project, runs: RunEvidence, sightings: list[Observation], ours: object) -> Fact:
    found = list(sightings[:3])
    found += [seen("static", True, at(f, 1)) for f in project.glob(*_LOCKS)[:3]]
    for line in project.prose.lines:
        if _ISOLATED.search(line.raw):
            found.append(seen("static", True, at(line.path, line.number, line.raw)))
            break
    found += [seen(runs.known(r), True, note="packages recorded") for r in runs.records[:2] if r.environment_digest]
    return (
        known(*found) if found else absent("no container, lock, conda environment or virtual environment is described")
    )
