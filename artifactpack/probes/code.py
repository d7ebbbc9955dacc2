"""Code: what trains, what evaluates, where programs start, what cannot be read."""

from __future__ import annotations

import re

from artifactpack.core.facts import absent, at, known, seen
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Fact, Finding, Observation, Source
from artifactpack.models.run import RunRecord
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._own import code_of, lines_with, place
from artifactpack.project import Project
from artifactpack.project.python_record import Event, FileRecord
from artifactpack.project.words import words

NAME = "code"
FACTS = {
    "train": "code that fits the paper's method",
    "evaluate": "code that computes its evaluation quantity, also inside the training script",
    "notebook_only": "all entry points are notebooks",
    "entry_points": "files in which programs start",
    "files": "own source files, tests and vendored trees left out",
    "unreadable": "own source files that could not be read as Python 3",
    "tests": "test files",
}
_TRAIN_WORDS = late(
    r"^_*(?:train|fit|learn|optimi[sz]e|solver?|pretrain|finetune|fine_tune|run_training|do_train|training_step|"
    r"train_step|update_step|"
    r"train_\w+|fit_\w+|\w+_train|training_loop|run_experiment|run_exp\w*)$",
    re.IGNORECASE,
)
_QUANTITY = (
    r"accuracy|acc|auc|auroc|roc_auc\w*|f1|f1_score|precision|recall|rmse|mse|mae|bleu|rouge|fid|"
    r"score|scores|metrics?|perplexity|ppl|nll|psnr|ssim|iou|miou|bits_per_dim|bpd|regret|errors?|"
    r"predict\w*|infer\w*|inception_score|elbo|log_likelihood|in_top_?k|success_rate|silhouette\w*|nmi|ari"
)
_QUANTITIES = late(rf"(?:^|_)(?:{_QUANTITY})(?:_|$)", re.IGNORECASE)
_EVAL_WORDS = late(
    rf"(?:^|_)(?:{_QUANTITY}|eval\w*|test|testing|validat\w*|val|benchmark|test_\w+|\w+_test)(?:_|$)", re.IGNORECASE
)
_MAKES = late(r"_*(?:get|set|load|create|make|build|prepare|read|split|download|transforms?)_", re.IGNORECASE)
"""Begins the names of what brings or makes a thing: that may well be for a test, and measures nothing by that."""
_EVAL_CALLS = late(
    r"sklearn\.metrics\.|torchmetrics|evaluate\.load|datasets\.load_metric|nltk\.translate|sacrebleu|"
    r"ignite\.metrics|keras\.metrics|"
    r"tensorflow\.metrics|scipy\.stats\.(?:spearmanr|pearsonr|kendalltau|wasserstein_distance)|lm_eval|ot\.(?:emd2|emd2_1d|wasserstein_1d)$"
)
_SIGNALS = words(
    "backward fit partial_fit fit_generator train_on_batch apply_gradients minimize value_and_grad fit_transform "
    "optimize"
)
_OPTIMISERS = late(
    r"optax\.\w+$|tensorflow\.(?:compat\.v1\.)?train\.\w*Optimizer$|(?:tensorflow\.)?keras\.optimizers\.\w+$|"
    r"jax\.experimental\.optimizers|"
    r"pymc\w*\.sample|pystan|numpyro\.infer\.MCMC|scipy\.optimize\.\w+$|xgboost\.train|lightgbm\.train|"
    r"transformers\.\w*Trainer$|trl\.\w+Trainer$|"
    r"(?:pytorch_lightning|lightning(?:\.pytorch)?)\.Trainer$"
)
_MOST = 6


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Look in what programs reach; runs that were recorded decide that training code exists."""
    index = project.index
    entries = index.graph.entries
    kinds = {e.kind for e in entries if e.kind != "snippet"}
    facts = {
        "train": _fact(training(project), _ran(runs, "train"), "no program fits anything"),
        "evaluate": _fact(evaluating(project), _ran(runs, "evaluate"), "no program computes a test quantity"),
        "notebook_only": known(
            seen("static", bool(kinds) and kinds == {"notebook"}, *(at(e.path, e.line) for e in entries[:_MOST]))
        ),
        "entry_points": known(seen("static", [e.path for e in entries], *(at(e.path, e.line) for e in entries[:_MOST])))
        if entries
        else absent("no main block, script, notebook or console script"),
        "files": known(seen("static", len(index.paths))),
        "unreadable": _unreadable(project),
        "tests": known(seen("static", list(index.tests[:50]))) if index.tests else absent("no test files"),
    }
    missed = tuple(f"code: {s.path}: {s.reason}" for s in project.skipped if s.path.endswith((".py", ".ipynb")))
    return Finding(facts=facts, not_verified=missed[:20])


def _fact(sources: list[Source], ran: list[Observation], reason: str) -> Fact:
    if sources:
        return known(*ran, seen("static", True, *sources[:_MOST]))
    return known(*ran) if ran else absent(reason)


def _ran(runs: RunEvidence, tier: str) -> list[Observation]:
    done: dict[str, list[RunRecord]] = {}
    for record in runs.records:
        if record.tier == tier and record.state == "finished" and record.origin != "declared":
            done.setdefault(runs.known(record), []).append(record)
    return [
        seen(kind, True, *(Source(run=r.id, field="command") for r in records[:_MOST]))  # type: ignore[arg-type]
        for kind, records in done.items()
    ]


def training(project: Project) -> list[Source]:
    """Places where a program fits something: a signal in reached code, first."""
    index = project.index
    found = [at(p.trains[0], index.line(*p.trains)) for p in index.graph.programs if p.trains]
    return found or _named(project) or _weaker(project)


def _named(project: Project) -> list[Source]:
    """Programs called train that do more than call one function."""
    return [
        at(p.entry.path, project.index.line(p.entry.path, p.entry.line))
        for p in project.index.graph.programs
        if _TRAIN_FILE.search(p.entry.path) and len(p.functions) > 3
    ]


_TRAIN_FILE = late(r"(?:^|[/_\d])(?:pre)?train(?:er|ing)?(?:_\w+)?\.(?:py|ipynb)$", re.IGNORECASE)


def _weaker(project: Project) -> list[Source]:
    """An optimiser or sampler made in reached code, or an own function called train, fit, learn or solve."""
    index, found = project.index, []
    for program in index.graph.programs:
        for path, name in sorted(program.functions):
            record = index.records[path]
            scope = record.scopes.get(name)
            for event in scope.events if scope else ():
                last = event.name.rpartition(".")[2]
                if event.kind == "c" and (
                    _OPTIMISERS.search(record.resolve(event.name))
                    or (last in _SIGNALS and last != "backward" and "." in event.name)
                    or (_TRAIN_WORDS.match(last) and index.graph.target(path, name, event.name))
                ):
                    found.append(at(path, index.line(path, event.line)))
    if found or index.graph.programs:
        return found
    return [
        at(path, scope.line)
        for path, record in index.records.items()
        for scope in record.scopes.values()
        if scope.kind == "f"
        and (
            re.match(r"(?:fit|train)(?:_path|_model)?$", scope.name.rpartition(".")[2])
            or {"backward", "step"} <= {e.name.rpartition(".")[2] for e in scope.events if e.kind == "c"}
        )
    ]


def evaluating(project: Project) -> list[Source]:
    """Functions and calls named for a test quantity, in what programs reach (or in a library without programs)."""
    index = project.index
    found: list[Source] = []
    modes: list[Source] = []
    reached = {f for p in index.graph.programs for f in p.functions}
    for path, name in sorted(reached):
        record = index.records[path]
        scope = record.scopes.get(name)
        if scope is None:
            continue
        own_eval = index.graph.target(path, name, "eval") is not None  # else Python's, which evaluates a text
        calls = [e for e in scope.events if e.kind == "c" and (own_eval or e.name != "eval")]
        found += [at(path, index.line(path, e.line)) for e in calls if _computes(record, e)][:1]
        modes += [at(path, index.line(path, e.line)) for e in calls if e.name.endswith(".eval")][:1]
        if name and _measures(name.rpartition(".")[2]):
            found.append(at(path, index.line(path, scope.line)))
    return found or _written(project, {path for path, _ in reached}) or modes


def _computes(record: FileRecord, call: Event) -> bool:
    """Whether *call* works out a test quantity; ``model.eval()`` alone only makes ready for it."""
    named = not call.name.endswith(".eval") and _measures(call.name.rpartition(".")[2])
    return named or _EVAL_CALLS.match(record.resolve(call.name)) is not None


def _written(project: Project, reached: set[str]) -> list[Source]:
    """Assignments of a test quantity that is worked out where it is used."""
    found = []
    for path in sorted(reached):
        data = code_of(project, path)
        found += [
            place(project, path, data, start, line) for start, line in lines_with(data, _TOKENS) if _MADE.match(line)
        ]
    return found


_TOKENS = (b"test_", b"Test_")
_MADE = late(rb"\s*(?:self\.)?test_(?=(?:\w+_)?(?:loss|acc|err|mse|rmse|auc|f1|score|nll))\w+\s*[+]?=[^=]")
_NOT_MEASURED = late(
    r"^literal_eval$|train_?(?:test|val)|test_?train|(?:^|_)split(?:_|$)|"
    r"_loss$|^inference_mode$|\w_(?:test|val|eval)_(?:data|dataset|data_?loader|loader)$|^(?:\w+_)?(?:eps|epsilon|noise|x0|x_?start|velocity)_\w*pred\w*$|"
    r"valid\w*_(?:args?|arguments|config\w*|inputs?|params?|kwargs|shapes?|options?|paths?|schema)$|_scaling_validation$|predict_\w*noise",
    re.IGNORECASE,
)
"""What is minimised, what a denoising step guesses, and a split of the data are no test quantities."""


def _measures(name: str) -> bool:
    """Whether a function's *name* is that of a test quantity."""
    named = _QUANTITIES if _MAKES.match(name) else _EVAL_WORDS
    return named.search(name) is not None and not _NOT_MEASURED.search(name)


def _unreadable(project: Project) -> Fact:
    odd = {p: r for p, r in project.index.records.items() if r.dialect not in ("3",)}
    if not odd:
        return known(seen("static", []))
    return known(
        seen(
            "static",
            [f"{p}: {r.dialect}: {r.note}" for p, r in odd.items()][:50],
            *(at(p) for p in list(odd)[:_MOST]),
        )
    )
