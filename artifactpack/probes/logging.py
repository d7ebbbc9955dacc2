"""Whether metrics are kept."""

from __future__ import annotations

import re

from artifactpack.core.facts import absent, at, known, seen
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding, Source
from artifactpack.models.system import SystemReading
from artifactpack.probes._own import line_number, lines_with
from artifactpack.project import Project

NAME = "logging"
FACTS = {
    "metrics": "metrics are logged to files or a tracker, or recorded runs hold them",
    "trackers": "trackers that the code logs to",
    "files": "calls that write metrics to files",
    "recorded": "recorded runs hold metrics",
}
_TRACKERS = {
    "wandb": r"wandb\.(?:log|init)$",
    "tensorboard": r".*SummaryWriter$|(?:.*\.)?add_scalars?$|tensorflow\.summary\.\w+$",
    "mlflow": r"mlflow\.(?:log_\w+|autolog|start_run)$",
    "comet": r"comet_ml\.\w+$",
    "neptune": r"neptune\.\w+$",
    "aim": r"aim\.(?:Run|Session)$",
    "sacred": r"sacred\.Experiment$|(?:.*\.)?log_scalar$",
    "lightning": r"(?:.*\.)?(?:CSVLogger|TensorBoardLogger|WandbLogger|self\.log|log_dict)$",
    "dvclive": r"dvclive\.\w+$",
    "trackio": r"trackio\.\w+$",
    "artifactpack": r"artifactpack\.log_metric$",
    "visdom": r"visdom\.Visdom$",
}
_PATTERNS = {name: re.compile(pattern) for name, pattern in _TRACKERS.items()}
_FILES = re.compile(
    rb"json\.dumps?\([^\n]{0,200}(?:metric|result|acc|loss|score|hist|log|stat|perf|err|reward|return|auc)"
    rb"|(?:metrics?|results?|scores?|history|log|stats)[\w.\-/\"' +)(]{0,40}\.(?:write|write_text|to_csv"
    rb"|writerow|save)\("
    rb"|csv\.(?:writer|DictWriter)|logging\.FileHandler|to_csv\(|\bnp\.save\w*\([^\n]{0,120}(?:result|acc"
    rb"|loss|score|hist|reward|return|metric|err)"
    rb"|pickle\.dump\([^\n]{0,120}(?:result|acc|loss|score|hist|reward|return|metric|log)"
    rb"|\.write\([^\n]{0,200}(?:acc|loss|error|score|reward|return|epoch)",
    re.IGNORECASE,
)


# `log` alone is also a logarithm, which the index leaves out.
_LOG_CALLS = {"wandb": b"wandb.log(", "lightning": b"self.log(", "mlflow": b"mlflow.log_", "trackio": b"trackio.log("}
_TOKENS = (b"json.dump", b"csv.", b"FileHandler", b"to_csv(", b".save", b"pickle.dump(", b".write", b"writerow(")


def _written(path: str, data: bytes) -> list[Source]:
    """Return the first line of *data* that writes metrics to a file."""
    hits = (start for start, line in lines_with(data, _TOKENS) if _FILES.search(line))
    return [at(path, line_number(data, start)) for start in hits][:1]


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report trackers and files that the code writes metrics to, and metrics of recorded and tracked runs."""
    index = project.index
    trackers: dict[str, Source] = {}
    for name, pattern in _PATTERNS.items():
        for path, call, event, _ in index.calls(pattern):
            trackers.setdefault(name, at(path, index.line(path, event.line), call))
    for name, fixed in _LOG_CALLS.items():
        for path in (p for p in index.chosen if fixed in index.source(p)):
            data = index.source(path)
            if hit := next(lines_with(data, (fixed,)), None):
                trackers.setdefault(name, at(path, line_number(data, hit[0])))
    written = [
        source for path in index.chosen if not path.endswith(".ipynb") for source in _written(path, index.source(path))
    ]
    measured = [r for r in runs.records if r.metrics]
    sightings = [seen(runs.known(r), True, note=f"{len(r.metrics)} metrics") for r in measured[:3]]
    sightings += [seen("system", True, note=s.system) for s in systems if any(r.metrics for r in s.runs)]
    sightings += [seen("static", True, source, note=name) for name, source in trackers.items()]
    sightings += [seen("static", True, source, note="file") for source in written[:5]]
    facts = {
        "metrics": known(*sightings)
        if sightings
        else absent("no tracker, no file written with metrics, no recorded run"),
        "trackers": known(seen("static", sorted(trackers), *trackers.values())),
        "files": known(seen("static", True, *written[:10])) if written else absent("no call writes metrics to a file"),
        "recorded": known(*(seen(runs.known(r), True) for r in measured[:3]))
        if measured
        else absent("no recorded run holds metrics"),
    }
    return Finding(facts=facts)
