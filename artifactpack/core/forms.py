"""The data of forms that are not a venue's LaTeX file: measured costs, claims and their experiments, filled items."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from artifactpack.core.fill import Proposal
from artifactpack.core.justify import duration, justify, size
from artifactpack.core.result_table import decimals
from artifactpack.models.checklist import Checklist, Item
from artifactpack.models.config import Config
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.reference import MetricSummary
from artifactpack.models.run import RunRecord
from artifactpack.models.verdict import Answer

TODO = "TODO"


def form_data(
    name: str,
    checklist: Checklist,
    config: Config,
    findings: Mapping[str, Finding],
    runs: RunEvidence,
    proposals: Mapping[str, Proposal],
    answers: Mapping[str, Answer],
) -> dict[str, Any]:
    """Everything a form's template shows; what nobody knows is ``TODO``, never invented."""
    return {
        "form": checklist.id,
        "title": checklist.title,
        "project": config.paper.title or name,
        "items": [_item(item, checklist, proposals, answers) for item in checklist.items],
        "experiments": experiments(config, runs),
        "claims": claims(config),
        "say": {key: justify(text, findings) or TODO for key, text in SENTENCES.items()},
        "data": [_data(key, d) for key, d in config.data.items()],
        "access": config.paper.url or TODO,
        "license": justify("{license.spdx}", findings) or config.paper.license or TODO,
    }


SENTENCES = {
    "hardware": "{hardware.devices:list}",
    "memory": "{hardware.memory:bytes}",
    "software": "{dependencies.files:list}",
    "install": "{readme.install:where}",
    "weights": "{weights.available:where}",
    "data": "{data.available:where}",
    "commands": "{commands.train:where}",
    "evaluation": "{commands.evaluate:where}",
    "hyperparameters": "{hyperparameters.declared:where}",
    "seeds": "{seeds.set:where}",
    "runs": "{cost.runs}",
    "failed": "{cost.failed_runs}",
    "wall": "{cost.wall_seconds:duration}",
    "peak": "{cost.peak_memory:bytes}",
    "disk": "{cost.disk:bytes}",
    "parameters": "{parameters.total}",
    "preprocessing": "{data.preprocessing:where}",
}


def _item(
    item: Item, checklist: Checklist, proposals: Mapping[str, Proposal], answers: Mapping[str, Answer]
) -> dict[str, Any]:
    given, proposal = answers.get(item.id), proposals.get(item.id)
    answer = given.value if given else proposal.answer if proposal else ""
    why = (given.why if given else "") or (proposal.why if proposal and proposal.answer == answer else "")
    by = "author" if given else "evidence" if proposal else ""
    who = "only the authors can answer this" if item.backing == "author" else "the evidence does not answer this"
    return {
        "id": item.id,
        "field": item.form_field,
        "title": item.title,
        "block": item.block,
        "question": item.question,
        "answer": answer,
        "why": why,
        "by": by,
        "open": "" if answer else who,
        "elaborated": (item.justification or checklist.justification) != "none",
    }


def _data(key: str, data: Any) -> dict[str, str]:
    fields = ("path", "url", "license", "version", "citation", "sha256")
    return {"name": key, **{f: getattr(data, f) or TODO for f in fields}}


def experiments(config: Config, runs: RunEvidence) -> list[dict[str, Any]]:
    """One experiment a declared command: what to type, and what its finished runs measured."""
    out = []
    for number, (name, command) in enumerate(config.commands.items(), 1):
        base = config.commands.get(command.like, command)
        argv = command.run or base.run
        finished = [r for r in runs.records if r.command == name and r.state == "finished"]
        out.append(
            {
                "id": f"E{number}",
                "name": name,
                "run": argv if isinstance(argv, str) else " ".join(map(_word, (*argv, *command.args))),
                "tier": command.tier,
                "seeds": list(command.seeds),
                **_measured(finished),
                "results": [_expected(s) for s in runs.reference.summaries if s.command == name],
            }
        )
    return out


def _word(argument: str) -> str:
    """One argument as a shell takes it; placeholders stay readable, and Python is called by its name."""
    text = "python" if argument == "{python}" else argument
    return text if re.fullmatch(r"[\w@%+=:,./{}-]+", text) else shlex.quote(text)


def _measured(finished: list[RunRecord]) -> dict[str, Any]:
    if not finished:
        return {"runs": 0, "each": TODO, "hours": TODO, "memory": TODO, "disk": TODO, "disk_gb": TODO}
    wall = sum(r.cost.wall for r in finished)
    disk = sum(r.cost.disk for r in finished)
    return {
        "runs": len(finished),
        "each": duration(wall / len(finished)),
        "hours": f"{wall / 3600:.2g}",
        "memory": size(max(r.cost.peak_memory for r in finished)),
        "disk": size(disk),
        "disk_gb": f"{disk / 1e9:.2g}",
    }


def _expected(summary: MetricSummary) -> dict[str, Any]:
    spread = summary.between_seeds
    cell = ", ".join(f"{k}={v}" for k, v in summary.cell.items())
    mean = "" if spread.mean is None else f"{spread.mean:.6g}"
    around = ""
    if spread.mean is not None and spread.sd:
        digits = decimals(spread.sd)
        mean, around = f"{spread.mean:.{digits}f}", f"{spread.sd:.{digits}f}"
    return {"metric": summary.metric, "cell": cell, "mean": mean, "sd": around, "n": spread.n}


def claims(config: Config) -> list[dict[str, Any]]:
    """C1… with the experiments that show them: the commands that the claim's metrics name."""
    numbered = {name: f"E{n}" for n, name in enumerate(config.commands, 1)}
    out = []
    for claim in config.claims:
        said = claim.metric or claim.holds
        shown = [e for name, e in numbered.items() if f"{name}:" in said]
        text = claim.text or claim.holds or claim.metric
        out.append({"id": claim.id, "text": text, "where": claim.where or TODO, "experiments": shown or [TODO]})
    return out


def as_json(data: Mapping[str, Any]) -> dict[str, Any]:
    """The form as JSON for an upload script: field names where the venue has them, else item ids."""
    items = data["items"]
    if any(item["field"] for item in items):
        fields: dict[str, str] = {}
        for item in items:
            fields[item["field"]] = {"yes": "Yes", "no": "No", "na": "N/A"}.get(item["answer"], "")
            if item["elaborated"]:
                fields[f"{item['field'].split('_')[0]}_elaboration"] = item["why"]
        return {"form": data["form"], "fields": fields, "todo": [i["id"] for i in items if not i["answer"]]}
    return dict(data)
