"""Whether metrics are kept."""

from __future__ import annotations

import re

from artifactpack.core.facts import absent, at, known, seen
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding, Source
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._own import code_of, line_number, lines_with, place
from artifactpack.project import Project
from artifactpack.project.shell import is_script

NAME = "logging"
FACTS = {
    "metrics": "metrics are logged to files or a tracker, or recorded runs hold them",
    "trackers": "trackers that the code logs to",
    "files": "calls that write metrics to files",
    "recorded": "recorded runs hold metrics",
}
_TRACKERS = {
    "wandb": r"wandb\.(?:log|init)$",
    "tensorboard": r".*SummaryWriter$|(?:.*\.)?add_scalars?$|tensorflow\.summary\.\w+$"
    r"|tensorflow\.(?:\w+\.)*\w*Estimator$|(?:tensorflow\.)?keras\.callbacks\.TensorBoard$",
    "mlflow": r"mlflow\.(?:log_\w+|autolog|start_run)$",
    "comet": r"comet_ml\.\w+$",
    "neptune": r"neptune\.\w+$",
    "aim": r"aim\.(?:Run|Session)$",
    "sacred": r"sacred\.Experiment$|(?:.*\.)?log_scalar$",
    "lightning": r"(?:.*\.)?(?:CSVLogger|TensorBoardLogger|WandbLogger|log_dict)$",
    "dvclive": r"dvclive\.\w+$",
    "trackio": r"trackio\.\w+$",
    "artifactpack": r"artifactpack\.log_metric$",
    "visdom": r"visdom\.Visdom$",
    "clu": r"clu\.metric_writers\.\w+$",
    "haven": r"haven(?:_ai)?\.haven_(?:results|wizard)\.\w+$",
    "transformers": r"transformers\.(?:Seq2Seq)?Trainer$|trl\.\w+Trainer$",
}
_PATTERNS = {name: late(pattern) for name, pattern in _TRACKERS.items()}
_MEASURED = (
    rb"(?:metric|result|acc(?![eo])|loss|score|hist(?!ogram)|log(?!its)|stat(?!e)|perf|err(?!no)|reward|return|auc"
    rb"|report|summary|eval|curve)"
)
_FILES = late(
    rb"json\.dumps?\([^\n]{0,200}"
    + _MEASURED
    + rb"|(?:metrics?|results?|scores?|history|log|stats)[\w.\-/\"' +)(]{0,40}"
    rb"\.(?:write|write_text|to_csv|writerow|save)\("
    rb"|csv\.(?:writer|DictWriter)|logging\.FileHandler|to_csv\("
    rb"|(?:\bnp\.save\w*|\b(?:pickle|pkl|joblib)\.dump|\btorch\.save(?!\([^\n]{0,80}state_dict))\([^\n]{0,160}"
    + _MEASURED
    + rb"|\.write\([^\n]{0,200}(?:acc|loss|error|score|reward|return|epoch)"
    rb"|\bprint\((?=[^\n]{0,300}" + _MEASURED + rb")[^\n]{0,300}\bfile\s?=\s?(?!sys\b|None\b|\w*buf)\w"
    rb"|\bopen\([^\n]{0,160}" + _MEASURED + rb"[^\n]{0,80},\s?(?:mode\s?=\s?)?[\"'](?:w|a|x)"
    rb"|(?<!def )\b(?:dump|save|write|export|store|to)_"
    rb"(?!model|checkpoint|ckpt|weights|fig|image|state|plot|tensor)\w{1,40}\([^\n]{0,160}"
    + _MEASURED
    + rb"|basicConfig\([^\n]{0,200}\bfilename\s?="
    rb"|\bsys\.stdout\s?=\s?(?:\w+\.){0,4}\w{0,30}(?:log|tee|open)\w{0,30}\(\s?(?!os\.devnull|[\"']/dev/)[^)\s]",
    re.IGNORECASE,
)
"""A line, joined to what its brackets hold, that writes something measured."""


# `log` alone is also a logarithm, which the index leaves out.
_LOG_CALLS = {"wandb": b"wandb.log(", "lightning": b"self.log(", "mlflow": b"mlflow.log_", "trackio": b"trackio.log("}
_LIGHTNING = frozenset({"lightning", "pytorch_lightning", "lightning_fabric"})
_TOKENS = (
    *(b"json.dump", b"csv.", b"FileHandler", b"to_csv(", b".save", b".dump(", b".write", b"writerow(", b"open("),
    *(b"dump_", b"save_", b"write_", b"export_", b"store_", b"to_pickle(", b"to_json(", b"file=", b"basicConfig("),
    b"sys.stdout",
)


def _written(project: Project, path: str) -> list[Source]:
    """Return the first line of the code of *path* that writes metrics to a file."""
    data = code_of(project, path)
    hits = ((start, line) for start, line in lines_with(data, _TOKENS) if _FILES.search(_whole(data, start, line)))
    return [place(project, path, data, start) for start, _ in hits][:1]


_KEPT = late(
    r"(?:\d?>{1,2}|&>{1,2}|\|\s*+tee(?:\s+-a)?)\s*+[\"']?(?!/dev/)"
    r"[\w./${}\"'-]{0,200}(?:log|result|metric|score)[\w./${}\"'-]{0,200}"
)
_RUNS_PYTHON = late(r"\bpython[\d.]*\s[^#]*$")
_LINE_END = late(r"(?<!\\)\n")
_LONGEST_COMMAND = 2_000


def _redirected(project: Project) -> list[Source]:
    """Return where scripts keep in a file what a program prints."""
    scripts = (f for f in project.files if is_script(f) and 0 < project.size(f) < _LARGEST_SCRIPT)
    own_scripts = ((f, project.read_text(f)) for f in scripts if not project.index.roles.is_vendored(f))
    found = ((f, text, _first_kept(text)) for f, text in own_scripts if "python" in text)
    return [at(f, text.count("\n", 0, m.start()) + 1, m.group()[-200:]) for f, text, m in found if m]


def _first_kept(text: str) -> re.Match[str] | None:
    """The first redirection of what Python prints, as far as one command goes."""
    for match in _KEPT.finditer(text):
        command = _LINE_END.split(text[max(0, match.start() - _LONGEST_COMMAND) : match.start()])[-1]
        if _RUNS_PYTHON.search(command):
            return match
    return None


_LARGEST_SCRIPT = 200_000


def _whole(data: bytes, start: int, line: bytes) -> bytes:
    """*line*, with those behind it that belong to a bracket that it opens at its end."""
    if not line.rstrip().endswith((b"(", b"{", b"[", b",")):
        return line
    text, depth = data[start : start + len(line) + 300], 0
    for position, sign in enumerate(text):
        depth += (sign in b"([{") - (sign in b")]}")
        if depth <= 0 and position >= len(line) - 1:
            return b" ".join(text[: position + 1].split())
    return b" ".join(text.split())


_ANOTHER = "a logger"
"""What is called like Lightning's, and is the project's own or another library's."""


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report trackers and files that the code writes metrics to, and metrics of recorded and tracked runs."""
    index = project.index
    trackers: dict[str, Source] = {}
    has_lightning = bool(_LIGHTNING & set(index.imported))
    for name, pattern in _PATTERNS.items():
        for path, call, event, _ in index.calls(pattern):
            trackers.setdefault(name, at(path, index.line(path, event.line), call))
    for name, fixed in _LOG_CALLS.items():
        if name == "lightning" and not has_lightning:
            continue  # a method of their own
        for path in (p for p in index.chosen if fixed in index.source(p)):
            data = index.source(path)
            if hit := next(lines_with(data, (fixed,)), None):
                trackers.setdefault(name, at(path, line_number(data, hit[0])))
    if "lightning" in trackers and not has_lightning:
        trackers[_ANOTHER] = trackers.pop("lightning")
    written = [source for path in index.chosen for source in _written(project, path)]
    written += _redirected(project)
    measured = [r for r in runs.records if r.metrics]
    sightings = [seen(runs.known(r), True, note=f"{len(r.metrics)} metrics") for r in measured[:3]]
    sightings += [seen("system", True, note=s.system) for s in systems if any(r.metrics for r in s.runs)]
    sightings += [seen("static", True, source, note=name) for name, source in trackers.items()]
    sightings += [seen("static", True, source, note="file") for source in written[:5]]
    named = {name: source for name, source in trackers.items() if name != _ANOTHER}
    facts = {
        "metrics": known(*sightings)
        if sightings
        else absent("no tracker, no file written with metrics, no recorded run"),
        "trackers": known(seen("static", sorted(named), *named.values())),
        "files": known(seen("static", True, *written[:10])) if written else absent("no call writes metrics to a file"),
        "recorded": known(*(seen(runs.known(r), True) for r in measured[:3]))
        if measured
        else absent("no recorded run holds metrics"),
    }
    return Finding(facts=facts)
