"""Marks by which the authors can be told."""

from __future__ import annotations

from collections.abc import Iterator

from artifactpack.core.facts import at, known, seen
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding, Source
from artifactpack.models.system import SystemReading
from artifactpack.probes._own import line_number, lines_with
from artifactpack.project import Project

NAME = "anonymity"
FACTS = {
    "clean": "no names, addresses, home paths, host names or account links were found",
    "leaks": "the marks found",
    "secrets": "keys or passwords found",
}
LARGEST = 200_000  # bytes of a file that is looked into
MOST = 1_000_000  # bytes looked into altogether
_TEXT = (
    ".py .md .rst .txt .toml .cfg .ini .yaml .yml .json .sh .sbatch .slurm .tex .bib .cff .ipynb .env "
    ".html .csv .r .jl .m"
)

_ANCHORS = (
    b"/home/",
    b"/Users/",
    b"\\Users\\",
    b"/scratch/",
    b"/gpfs/",
    b"/lustre/",
    b"entity",
    b"wandb.ai",
    b"orcid",
    b"#SBATCH",
    b"HOSTNAME",
    b"SLURM",
    b"push_to_hub",
    b"workspace=",
    b"@gmail",
    b".edu",
    b".ac.",
    b"@",
    b"author",
    b"Copyright",
    b"copyright",
)
_ENDINGS = tuple(_TEXT.split())


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report identity marks and secrets in small text files; the anonymous bundle looks into every byte."""
    leaks, secrets, left = _look(project)
    leaks += [Source(text=f"git remote {url}") for url in project.git.remotes[:2]]
    facts = {
        "clean": known(seen("static", not leaks, *leaks[:10])),
        "leaks": known(seen("static", [s.text for s in leaks[:100]], *leaks[:100])),
        "secrets": known(seen("static", [s.text for s in secrets], *secrets[:50])),
    }
    note = (
        (f"anonymity: {left} larger or binary files were not searched; `bundle --anonymous` reads every byte",)
        if left
        else ()
    )
    return Finding(facts=facts, not_verified=note)


def _look(project: Project) -> tuple[list[Source], list[Source], int]:
    leaks: dict[tuple[str, str], Source] = {}
    secrets: list[Source] = []
    left, total = 0, 0
    for path in sorted(project.files, key=lambda f: (f.endswith((".py", ".csv", ".json")), f)):
        size = project.size(path)
        if size > LARGEST or total + size > MOST or not path.lower().endswith(_ENDINGS):
            left += 1
            continue
        total += size
        data = project.read_bytes(path, LARGEST)
        for kind, text, source in _marks(path, data):
            leaks.setdefault((kind, text), source)
        secrets += _secrets(path, data)
    return list(leaks.values()) + _authors(project), secrets, left


def _marks(path: str, data: bytes) -> Iterator[tuple[str, str, Source]]:
    from artifactpack.scan.identity_shapes import shapes

    lines = [line for _, line in sorted(lines_with(data, _ANCHORS, comments=True))]
    for mark in shapes(path, b"\n".join(lines)) if lines else ():
        position = max(data.find(mark.text.encode("utf-8", "surrogateescape")), 0)
        yield mark.kind, mark.text.lower(), at(path, line_number(data, position), f"{mark.kind}: {mark.text}")


def _secrets(path: str, data: bytes) -> list[Source]:
    from artifactpack.scan.secrets import find

    return [at(path, hit.line, hit.rule) for hit in find(path, data)]


def _authors(project: Project) -> list[Source]:
    """The configuration names the authors; an anonymous bundle leaves it out."""
    where = project.config_path or "artifactpack.toml"
    return [at(where, None, f"author: {a.name}") for a in project.config.paper.authors]
