"""Where the numbers of the paper can be seen."""

from __future__ import annotations

import re

from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.core.tracked import groups, matches
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Fact, Finding, Source
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._numbers import (
    figure_files,
    notebook_results,
    result_files,
    result_images,
    result_tables,
    result_text,
)
from artifactpack.project import Project

NAME = "results"
FACTS = {
    "reported": "the results are given in a document as text or image, or as result files",
    "kinds": "how: text, image, file",
    "tables": "tables of results in documents",
    "files": "result files in the project",
    "scripts": "code that makes the tables or figures",
    "recorded": "recorded runs reported metrics",
    "reproduced_by": "printed numbers of results tables that tracked runs give, each with those runs",
}
_MAKES = late(
    r"(?:^|/)[\w-]*(?:plot|figure|fig\d|table|make_results|visuali[sz]|analy[sz]|report|summar)[\w-]*\.(?:py|ipynb|R|m|jl|sh)$",
    re.I,
)
_PRINTED = late(r"(?<![\w.])(\d+)\.(\d{1,6})(?![\w.])")
_MOST_CELLS = 400


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report tables, text and images of results in documents, result files, and metrics of recorded runs."""
    tables = [at(t.path, t.number) for t in result_tables(project)]
    texts = list(result_text(project))
    images = [at(x.path, x.number, x.url) for x in result_images(project)]
    files = result_files(project)
    figures = figure_files(project)
    notebooks = notebook_results(project)
    by_kind = {
        "text": tables + texts,
        "image": images,
        "file": [at(f, 1) for f in (*files[:5], *figures[:3], *notebooks[:5])],
    }
    sightings = [seen("static", True, *sources[:5], note=kind) for kind, sources in by_kind.items() if sources]
    measured = [r for r in runs.records if r.metrics]
    scripts = [f for f in project.files if _MAKES.search(f) and not project.index.roles.is_vendored(f)]
    facts = {
        "reported": known(*sightings)
        if sightings
        else absent("no results in documents, pictures or files (PDFs of papers left out)"),
        "kinds": known(seen("static", [kind for kind, sources in by_kind.items() if sources])),
        "tables": known(seen("static", len(tables), *tables[:10])),
        "files": known(seen("static", [*files, *figures, *notebooks][:50])),
        "scripts": known(seen("static", True, *(at(f, 1) for f in scripts[:5])))
        if scripts
        else absent("no plotting or table script"),
        "recorded": known(*(seen(runs.known(r), True) for r in measured[:3]))
        if measured
        else absent("no recorded run reported metrics"),
        "reproduced_by": _reproduced(project, systems),
    }
    return Finding(facts=facts)


def _reproduced(project: Project, systems: tuple[SystemReading, ...]) -> Fact:
    """Numbers with three digits or more: fewer fit too many runs by chance."""
    made = [group for group in groups(systems) if group.spreads]
    if not made:
        return unknown("no finished tracked run with metrics")
    found: dict[str, Source] = {}
    compared = 0
    for table in result_tables(project):
        for cell in [cell for row in table.rows[1:] for cell in row][:_MOST_CELLS]:
            printed = _PRINTED.search(cell)
            if printed and len((printed[1] + printed[2]).lstrip("0")) >= 3:
                compared += 1
                behind = matches(float(printed[0]), 10.0 ** -len(printed[2]), made)
                found |= {f"{printed[0]}: {behind[0]}": at(table.path, table.number, cell)} if behind else {}
    if not compared:
        return unknown("no results table of a document prints a number of three digits or more")
    note = f"{compared} printed {'number' if compared == 1 else 'numbers'} compared"
    return known(seen("system", sorted(found)[:50], *list(found.values())[:10], note=note))
