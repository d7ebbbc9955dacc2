"""How large the models are."""

from __future__ import annotations

import re

from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "parameters"
FACTS = {
    "counted": "the number of model parameters is stated, printed by code or known from weights",
    "total": "number of parameters of the largest weight file",
    "stated": "a document states the number of parameters",
}
_STATED = re.compile(
    r"\b\d[\d.,]*\s?(?:[KMBT]|million|billion|thousand)?[ -](?:trainable )?param(?:eter)?s?\b|#\s?param"
    r"|\bnumber of (?:trainable )?parameters\b|\bparameters\b.{0,40}\b\d+(?:[.,]\d+)*\s?[KMB]\b",
    re.IGNORECASE,
)
_COUNTS = re.compile(
    rb"\.numel\(\)\s+for\s+\w+|sum\([^\n]{0,60}\.numel\(|count_param|num_param(?:(?!num_param)\w)*\s*=|n_params\s*="
    rb"|torchsummary|torchinfo|\.summary\(\)|num_parameters\(|param_count"
)

_COUNT_TOKENS = (
    *(b".numel(", b"count_param", b"num_param", b"n_params", b"torchsummary", b"torchinfo", b".summary()"),
    b"param_count",
)


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report parameter counts from weights that runs wrote, from code that counts, and from documents."""
    counted = [(r, w) for r in runs.records for w in r.weights if w.parameters]
    stated = [
        at(line.path, line.number, line.text) for line, _ in project.prose.find(_STATED) if re.search(r"\d", line.text)
    ]
    stated += [at(t.path, t.number) for t in project.prose.tables if any(re.search(r"(?i)param", c) for c in t.rows[0])]
    index = project.index
    code = [
        at(p, index.source(p).count(b"\n", 0, m.start()) + 1)
        for p in index.matching(_COUNTS, _COUNT_TOKENS)
        if (m := _COUNTS.search(index.source(p)))
    ]
    sightings = [seen(runs.known(r), True, at(w.path, None), note=f"{w.parameters} parameters") for r, w in counted[:3]]
    sightings += [seen("static", True, source, note="document") for source in stated[:3]]
    sightings += [seen("static", True, source, note="code counts them") for source in code[:3]]
    facts = {
        "counted": known(*sightings) if sightings else absent("no count in documents, code or recorded weights"),
        "total": known(
            *(
                seen(runs.known(r), w.parameters, at(w.path, None))
                for r, w in sorted(counted, key=lambda x: -(x[1].parameters or 0))[:3]
            )
        )
        if counted
        else unknown("no recorded weights"),
        "stated": known(*(seen("static", True, s) for s in stated[:3])) if stated else absent("no document states it"),
    }
    return Finding(facts=facts)
