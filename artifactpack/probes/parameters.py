"""How large the models are."""

from __future__ import annotations

import re

from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding, Source
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._own import code_of, lines_with, place
from artifactpack.project import Project

NAME = "parameters"
FACTS = {
    "counted": "the number of model parameters is stated, printed by code or known from weights",
    "total": "number of parameters of the largest weight file",
    "stated": "a document states the number of parameters",
}
_STATED = late(
    r"\b\d[\d.,]*\s?(?:[KMBT]|million|billion|thousand)?[ -](?:trainable )?param(?:eter)?s?\b|#\s?param"
    r"|\bnumber of (?:trainable )?parameters\b|\bparameters\b.{0,40}\b\d+(?:[.,]\d+)*\s?[KMB]\b",
    re.IGNORECASE,
)
_COUNTS = late(
    rb"\.numel\([\w. ]{0,40}\)\s+for\s+\w+|sum\([^\n)]{0,60}(?<!torch)\.numel\("
    rb"|count_param|num_param(?:(?!num_param)\w)*\s*=|(?<![A-Za-z])n_params\s*=|torchsummary|torchinfo|num_parameters\(|param_count"
    rb"|(?i:model|net|coder|generator|discriminator|classifier|critic|policy|agent|[vcg]an|vae|cnn|rnn|lstm|self)"
    rb"\w{0,20}\.summary\(\)"
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
    code = [source for path in project.index.chosen for source in _counted(project, path)]
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


def _counted(project: Project, path: str) -> list[Source]:
    """Return the first line of the code of *path* that counts parameters."""
    data = code_of(project, path)
    hits = (start for start, line in lines_with(data, _COUNT_TOKENS) if _COUNTS.search(line))
    return [place(project, path, data, start) for start in hits][:1]
