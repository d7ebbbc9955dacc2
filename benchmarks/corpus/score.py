"""Score `check`'s static facts against a labels file, given checkouts of the repositories it names.

    python benchmarks/corpus/score.py --labels labels.csv --checkouts FOLDER [--errors] [--fact seeds.set]
    python benchmarks/corpus/score.py --labels labels.csv --checkouts FOLDER --docs docs/accuracy.md

The labels file has one row per repository: `repo` (owner/name), 0/1 columns, and `borderline`, the columns of that row
that are a matter of definition. FOLDER holds each repository as `owner__name`. Nothing in a checkout is run.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import time
import tomllib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

FACTS = {
    "code.train": "train_code",
    "code.evaluate": "eval_code",
    "code.notebook_only": "notebook_only",
    "commands.train": "readme_train_command",
    "commands.evaluate": "readme_eval_command",
    "dependencies.declared": "deps_declared",
    "dependencies.pinned": "deps_pinned",
    "container.present": "container",
    "weights.available": "pretrained_weights",
    "results.reported": "results_table",
    "license.present": "license",
    "citation.present": "citation",
    "data.available": "data_available",
    "data.checksummed": "data_checksummed",
    "seeds.set": "seed_set",
    "seeds.python_numpy_framework": "seed_set_all",
    "seeds.configurable": "seed_configurable",
    "determinism.requested": "deterministic_flags",
    "hyperparameters.declared": "hyperparams_declared",
    "hyperparameters.config_files": "config_files",
    "hardware.stated": "hardware_stated",
    "cost.stated": "runtime_stated",
    "variance.reported": "multi_seed",
}
ENOUGH = 5


class Cell(NamedTuple):
    """One fact of one repository: what the label says and what we say."""

    repo: str
    fact: str
    label: bool
    said: bool
    borderline: bool
    where: str
    ours: str


class Score(NamedTuple):
    """Counts over cells."""

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def precision(self) -> float | None:
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    @property
    def recall(self) -> float | None:
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None

    @property
    def balanced(self) -> float | None:
        if not (self.tp + self.fn and self.tn + self.fp):
            return None
        return (self.tp / (self.tp + self.fn) + self.tn / (self.tn + self.fp)) / 2

    @property
    def enough(self) -> bool:
        return self.tp + self.fn >= ENOUGH and self.tn + self.fp >= ENOUGH


def examine(folder: Path) -> tuple[dict[str, tuple[bool, str]], float, list[str]]:
    """Return per fact (said, where or why), the seconds it took, and what the probes could not look at."""
    from artifactpack.models.evidence import RunEvidence
    from artifactpack.probes import run_probes
    from artifactpack.project import open_project

    start = time.perf_counter()
    findings = run_probes(open_project(folder), RunEvidence(), ())
    said: dict[str, tuple[bool, str]] = {}
    for name in FACTS:
        probe, short = name.split(".", 1)
        fact = findings[probe].facts.get(short)
        if fact is None:
            said[name] = (False, "no such fact")
            continue
        sources = [f"{s.path}:{s.line}" for o in fact.observations for s in o.sources][:3]
        said[name] = (fact.status == "known" and fact.value is True, " ".join(sources) or fact.reason)
    failed = [n for f in findings.values() for n in f.not_verified if "not looked at" in n]
    return said, time.perf_counter() - start, failed


def truthy(value: str | None) -> bool | None:
    """Return the label as a boolean, None where the cell is empty."""
    return {"1": True, "0": False}.get((value or "").strip())


def cells(labels: list[Path], checkouts: Path) -> tuple[list[Cell], list[str]]:
    """Examine every labelled repository that is there; return its cells and remarks about what is not."""
    rows = [row for path in labels for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())]
    folders = [checkouts / row["repo"].replace("/", "__") for row in rows]
    remarks = [f"not there: {row['repo']}" for row, f in zip(rows, folders, strict=True) if not f.is_dir()]
    pairs = [(row, f) for row, f in zip(rows, folders, strict=True) if f.is_dir()]
    found: list[Cell] = []
    with ProcessPoolExecutor() as pool:
        for (row, _), (said, _, failed) in zip(pairs, pool.map(examine, [f for _, f in pairs]), strict=True):
            remarks += [f"{row['repo']}: {text}" for text in failed]
            weak = set(re.split(r"[;,\s]+", row.get("borderline") or ""))
            for fact, column in FACTS.items():
                label = truthy(row.get(column))
                if label is not None:
                    where = row.get(f"{column}_where") or ""
                    found.append(Cell(row["repo"], fact, label, said[fact][0], column in weak, where, said[fact][1]))
    return found, remarks


def score(some: list[Cell]) -> Score:
    """Count hits and misses."""
    count = [(c.label, c.said) for c in some]
    return Score(*(count.count(pair) for pair in ((True, True), (False, True), (True, False), (False, False))))


def summary(found: list[Cell]) -> tuple[float, float, int]:
    """Return mean balanced accuracy over facts with enough of both kinds, pooled precision of true, how many facts."""
    scores = [score([c for c in found if c.fact == fact]) for fact in FACTS]
    kept = [s.balanced for s in scores if s.enough and s.balanced is not None]
    pooled = score(found).precision
    return (sum(kept) / len(kept) if kept else 0.0), pooled or 0.0, len(kept)


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def table(found: list[Cell]) -> list[str]:
    """Return the per-fact table as Markdown lines: all cells, then without borderline ones."""
    lines = [
        "| fact | positives | negatives | precision | recall | balanced | balanced, clear cells | wrong |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for fact in FACTS:
        mine = [c for c in found if c.fact == fact]
        whole, clear = score(mine), score([c for c in mine if not c.borderline])
        mark = "" if whole.enough else " *"
        lines.append(
            f"| `{fact}`{mark} | {whole.tp + whole.fn} | {whole.fp + whole.tn} | {number(whole.precision)} | "
            f"{number(whole.recall)} | {number(whole.balanced)} | {number(clear.balanced)} | {whole.fp + whole.fn} |"
        )
    return lines


def verdict(found: list[Cell]) -> list[str]:
    """Return the summary lines."""
    with_weak, precision, facts = summary(found)
    clear, clear_precision, clear_facts = summary([c for c in found if not c.borderline])
    return [
        f"mean balanced accuracy, all cells: {with_weak:.3f} over {facts} facts; precision of true: {precision:.3f}",
        f"mean balanced accuracy, clear cells: {clear:.3f} over {clear_facts} facts; "
        f"precision of true: {clear_precision:.3f}",
    ]


def document(parts: dict[str, list[Cell]], explained: dict[str, str]) -> str:
    """Return docs/accuracy.md: the table and summary of each labels file, then each cell where we differ, explained."""
    found = [c for part in parts.values() for c in part]
    wrong = sorted((c for c in found if c.label != c.said), key=lambda c: (c.fact, c.repo))
    command = f"python benchmarks/corpus/score.py {' '.join(f'--labels {n}' for n in parts)} --checkouts FOLDER"
    rows = ", ".join(f"{len({c.repo for c in part})} of `{name}`" for name, part in parts.items())
    head = INTRODUCTION.format(rows=rows, cells=len(found), command=f"{command} --docs docs/accuracy.md")
    lines = head.strip().split("\n")
    for name, part in parts.items():
        lines += ["", f"## {name}", "", *table(part), "", *(f"- {line}" for line in verdict(part))]
    lines += ["", "\\* fewer than five positives or negatives: read the counts, not the ratio."]
    if len(parts) > 1:
        lines += ["", "## All together", "", *(f"- {line}" for line in verdict(found))]
    lines += ["", f"## The {len(wrong)} cells where we differ", ""]
    for c in wrong:
        kind = "not found" if c.label else "found, labelled absent"
        weak = ", borderline" if c.borderline else ""
        lines.append(
            f"- `{c.fact}`, {c.repo} ({kind}{weak}): {explained.get(f'{c.fact} {c.repo}', 'not explained yet.')}"
        )
    return "\n".join([*lines, ""])


INTRODUCTION = """
# How often `check` is right

Measured on public repositories of published papers, labelled by reading: {rows}; {cells} cells in all.
Nothing of them is in this repository. The numbers come from

```sh
{command}
```

A *positive* is a fact that the label says is there. *Precision* is the share of our ticks that are right, *recall* the
share of positives that we found, *balanced* the mean of the recalls of both kinds. *Clear cells* leave out those
that the labeller marked as matters of definition. A second reader agreed with the labels in 95.5 % of cells, so the
last few points are definitions rather than errors. Patterns were tuned on these repositories; expect less on others.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--labels", type=Path, action="append", required=True)
    parser.add_argument("--checkouts", type=Path, required=True)
    parser.add_argument("--errors", action="store_true", help="list every cell where we differ from the label")
    parser.add_argument("--fact", action="append", help="only these facts")
    parser.add_argument("--docs", type=Path, help="write the page docs/accuracy.md")
    args = parser.parse_args()
    scored = {path.name: cells([path], args.checkouts) for path in args.labels}
    remarks = [remark for _, some in scored.values() for remark in some]
    parts = {n: [c for c in some if not args.fact or c.fact in args.fact] for n, (some, _) in scored.items()}
    found = [c for part in parts.values() for c in part]
    print("\n".join([*table(found), "", *verdict(found)]))
    if args.errors:
        print()
        for c in sorted((c for c in found if c.label != c.said), key=lambda c: (c.fact, c.repo)):
            kind = "missed" if c.label else "false alarm"
            print(
                f"{c.fact}: {kind}{' (borderline)' if c.borderline else ''}: {c.repo}: label {c.where!r}; we {c.ours!r}"
            )
    if args.docs:
        with (Path(__file__).parent / "explained.toml").open("rb") as file:
            explained = tomllib.load(file)
        args.docs.write_text(document(parts, explained), encoding="utf-8")
    for remark in remarks:
        print(remark, file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
