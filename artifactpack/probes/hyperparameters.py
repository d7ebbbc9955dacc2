"""Hyperparameters: where their values stand, and whether recorded runs kept them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Defect, Fact, Finding, Source
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._agreement import Difference, compare
from artifactpack.project import Project
from artifactpack.project.settings import is_config

NAME = "hyperparameters"
FACTS = {
    "declared": "values stand in options, configuration, documents or constants of programs",
    "config_files": "configuration files, or modules that only hold settings, exist",
    "recorded": "recorded runs kept the values they ran with",
    "agrees": "the values that tracked runs used are the ones that stand in the repository",
    "search": "a hyperparameter search is in the code or configuration",
}
_KEY = late(
    r"(?:^|[\s\"'{,.])(?:lr|learning[_-]?rate|base_lr|batch[_-]?size|bs|(?:n|num|max|total)?[_-]?epochs?|"
    r"momentum|weight[_-]?decay|dropout\w*|hidden\w*|"
    r"optimi[sz]er|num[_-]?layers|n[_-]?layers|latent\w*|gamma|alpha|beta\d?|tau|eps(?:ilon)?|seed|num[_-]?steps|"
    r"n[_-]?steps|max[_-]?steps|iters|"
    r"num[_-]?iter\w*|iterations|steps|warmup\w*|patience|depth|width|model|dataset|n[_-]?samples|"
    r"num[_-]?workers|temperature|top_p|"
    r"train\w*|embed\w*|num[_-]?\w+|n_\w+|loss\w*|sigma\w*|lambda\w*|scheduler|decay\w*|max[_-]?\w+)[\"']?\s*[:=]",
    re.IGNORECASE,
)
_NUMBER = late(r"[:=]\s*[\"'\[]?-?\d")
_SETTINGS_MODULE = late(
    r"(?:^|/)(?:\w*configs?|\w*settings|hparams?|hyper_?param\w*|hyper_?config\w*|params|parameters|defaults|\w+_configs?|exp_\w+|"
    r"config_\w+)\.py$"
    r"|(?:^|/)(?:configs?|confs?|cfgs?|hparams)/(?:[\w-]+/)*(?!__init__)[\w-]+\.py$",
    re.IGNORECASE,
)
_SEARCH = late(
    r"^(?:optuna|hyperopt|ray\.tune|skopt|nevergrad|smac|ConfigSpace|kerastuner|keras_tuner|nni|wandb\.sweep|"
    r"wandb\.agent|ax|bayes_opt|sherpa|orion|"
    r"sklearn\.model_selection\.(?:GridSearchCV|RandomizedSearchCV|ParameterGrid|ParameterSampler))\b"
)
_SEARCH_FILE = late(
    r"(?:^|/)\w*sweep\w*\.(?:ya?ml|json|py|sh)$|(?:^|/)(?:grid|hparam|hyperparameter)_?search\w*\.\w+$", re.IGNORECASE
)
_DATA_LIKE = late(
    r"(?:^|/)(?:data|datasets?|results?|outputs?|logs?|runs?|annotations?|vocab\w*|labels?|node_modules|docs?|"
    r"assets|figures?|splits?|pretrained\w*|checkpoints?|ckpts?|weights|scores?\w*)/|(?:^|/)(?:metadata|index|"
    r"tokenizer\w*|vocab|special_tokens_map|metrics|results|manifest|version)\.json$",
    re.IGNORECASE,
)
_WRITTEN_BY_HAND = (".toml", ".yaml", ".yml", ".gin")
"""Files of settings wherever a document names them, among outputs too."""
_ENVIRONMENT = late(r"^dependencies:\s*$", re.MULTILINE)
"""What conda installs is no setting."""
_SETTINGS_TEXT = late(r"(?:^|/)(?:configs?|confs?|cfgs?|hparams|params)/(?:[\w-]+/)*[\w.-]+\.txt$", re.IGNORECASE)
_ASSIGNED = late(r"^[^\S\n]*(?:--)?[A-Za-z_]\w*\s*[=:]\s*\S", re.MULTILINE)
_MOST = 6


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Look in options, configuration, constants and documents; recorded runs tell what they ran with."""
    files = list(islice(_config_files(project), 2 * _MOST))  # no more are told
    facts = {
        "declared": _declared(project, files),
        "config_files": known(seen("static", True, *files[:_MOST]))
        if files
        else absent("no configuration file and no module that only holds settings"),
        "recorded": _recorded(runs, systems),
        "search": _search(project),
    }
    facts["agrees"], defects = _agrees(project, systems)
    return Finding(facts=facts, defects=defects)


def _declared(project: Project, files: list[Source]) -> Fact:
    index = project.index
    reached = {path for p in index.graph.programs for path, _ in p.functions}
    sources = list(files)
    for path, record in index.records.items():
        if reached and path not in reached:
            continue
        options = [o for o in record.options if o.maker not in ("class", "dict") and o.default]
        sources += [at(path, index.line(path, o.line), o.dest) for o in options[:2]]
        if reached or _has_training(record):
            sources += [at(path, index.line(path, n), f"{k} = {v}") for n, k, v in record.numbers[:2]]
    if not sources:
        sources = [
            at(c.path, c.number, c.text)
            for c in project.prose.commands
            if any(re.match(r"--?\w[\w-]*(?:=|$)", w) for w in c.options) and re.search(r"[= ]\d", c.text)
        ]
    return (
        known(seen("static", True, *sources[: _MOST * 2]))
        if sources
        else absent("no option, configuration or constant with a value")
    )


def _has_training(record) -> bool:  # type: ignore[no-untyped-def]
    return any(s.kind == "f" and re.match(r"(?:fit|train)", s.name.rpartition(".")[2]) for s in record.scopes.values())


def _config_files(project: Project) -> Iterator[Source]:
    roles = project.index.roles
    named = {mention.name for mention in project.prose.mentions if mention.name.endswith(_WRITTEN_BY_HAND)}
    for path in project.files:
        if (
            is_config(path)
            and not roles.is_vendored(path)
            and 0 < project.size(path) < 1 << 18
            and (path in named or not _DATA_LIKE.search(path))
        ):
            text = project.read_text(path)
            if _holds_settings(text) and not _ENVIRONMENT.search(text):
                yield at(path, 1)
        elif _SETTINGS_TEXT.search(path) and not roles.is_vendored(path) and 0 < project.size(path) < 1 << 16:
            if len(_ASSIGNED.findall(project.read_text(path))) > 3:
                yield at(path, 1)
        elif (
            path.endswith(".py")
            and _SETTINGS_MODULE.search(path)
            and path in project.index.records
            and _only_settings(project, path)
        ):
            yield at(path, 1)


def _holds_settings(text: str) -> bool:
    lines = text[:20000]
    keys = sum(1 for _ in islice(_KEY.finditer(lines), 3))
    return keys == 3 or (keys > 0 and len(lines) < 2000 and _NUMBER.search(lines) is not None)


def _only_settings(project: Project, path: str) -> bool:
    """Whether a module holds values and hardly any behaviour."""
    record = project.index.records[path]
    functions = [s for s in record.scopes.values() if s.kind == "f"]
    busy = [s for s in functions if sum(e.kind == "c" for e in s.events) > 6]
    parses = any(o.maker in ("argparse", "click", "flags") for o in record.options)
    text = project.read_text(path)
    values = len(re.findall(r"^[ \t]*[\"']?[\w.\[\]\"']+[\"']?[ \t]*[:=][ \t]*[\"'\[({\dTFN-]", text, re.MULTILINE))
    return not parses and not busy and values >= 4


def _recorded(runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Fact:
    observations = []
    for kind in dict.fromkeys(runs.known(r) for r in runs.records):
        same = [r for r in runs.records if runs.known(r) == kind]
        kept = all(r.parameters or r.cell or r.argv for r in same)
        observations.append(seen(kind, kept, *(Source(run=r.id, field="parameters") for r in same[:_MOST])))
    tracked = [t for s in systems for t in s.runs if t.parameters]
    if tracked:
        sources = tuple(Source(system=t.system, run=t.id, field="parameters") for t in tracked[:_MOST])
        observations.append(seen("system", True, *sources))
    return known(*observations) if observations else unknown("no recorded or tracked run")


def _agrees(project: Project, systems: tuple[SystemReading, ...]) -> tuple[Fact, tuple[Defect, ...]]:
    compared, bad = compare(project, systems)
    if not compared:
        return unknown("no tracked run names a number that the repository declares"), ()
    sources = [source for d in bad for source in (d.declared.source, _run_source(d))]
    said = "; ".join(f"{d.name}: {d.declared.value:g} declared, {d.used:g} used" for d in bad)
    fact = known(seen("system", not bad, *sources[:_MOST], note=said or f"{len(compared)} settings compared"))
    return fact, tuple(_defect(d) for d in bad[:10])


def _run_source(difference: Difference) -> Source:
    return Source(system=difference.run.system, run=difference.run.id, field=difference.name)


def _defect(difference: Difference) -> Defect:
    name, declared, used, run = difference
    return Defect(
        id="hyperparameters.disagree",
        fact="hyperparameters.agrees",
        message=f"{name} is {declared.value:g} in the repository, but {used:g} in every run that {run.system} tracked",
        sources=(declared.source, _run_source(difference)),
        fix=f"State {name} = {used:g} where the runs are described, or track runs with the declared value.",
    )


def _search(project: Project) -> Fact:
    sources = [
        at(path, project.index.line(path, line), target)
        for path, record in project.index.records.items()
        for target, line in record.modules
        if _SEARCH.match(target)
    ]
    sources += [at(f, 1) for f in project.files if _SEARCH_FILE.search(f)]
    return known(seen("static", True, *sources[:_MOST])) if sources else absent("no search library, sweep file or grid")
