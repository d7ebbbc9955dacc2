"""A small paper that really trains: a perceptron on two clouds of points, in plain Python, with noise over seeds."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from artifactpack.pipeline.bundle import Options, bundle
from artifactpack.pipeline.record import run_all
from tests.support.projects import make_project

TRAIN = '''"""Train a perceptron (or guess, as the baseline does) and write its test accuracy."""
import argparse
import json
import pathlib
import random

parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out"))
parser.add_argument("--steps", type=int, default=300)
args = parser.parse_args()
random.seed(args.seed)


def points(count, source):
    found = []
    for _ in range(count):
        label = source.choice((-1, 1))
        found.append((source.gauss(1.5 * label, 1.2), source.gauss(label, 1.2), label))
    return found


train, test = points(200, random), points(400, random.Random(12345))
# SABOTAGE
weights, total = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
for _ in range(args.steps):
    total = [t + w for t, w in zip(total, weights)]
    x, y, label = random.choice(train)
    if label * (weights[0] * x + weights[1] * y + weights[2]) <= 0:
        weights = [weights[0] + label * x, weights[1] + label * y, weights[2] + 0.1 * label]
weights = total
right = sum(label * (weights[0] * x + weights[1] * y + weights[2]) > 0 for x, y, label in test)
args.out.mkdir(parents=True, exist_ok=True)
(args.out / "metrics.json").write_text(json.dumps({"accuracy": right / len(test)}))
(args.out / "model.json").write_text(json.dumps(weights))
'''
SHUFFLED = (
    "labels = [p[2] for p in train]; random.shuffle(labels); train = [(*p[:2], l) for p, l in zip(train, labels)]"
)
EVALUATE = '''"""Give the accuracy of saved weights."""
import json
import pathlib
import random
import sys

weights, source, right = json.loads(pathlib.Path(sys.argv[1]).read_text()), random.Random(12345), 0
for _ in range(400):
    label = source.choice((-1, 1))
    x, y = source.gauss(1.5 * label, 1.2), source.gauss(label, 1.2)
    right += label * (weights[0] * x + weights[1] * y + weights[2]) > 0
out = pathlib.Path(sys.argv[2])
out.mkdir(parents=True, exist_ok=True)
(out / "metrics.json").write_text(json.dumps({"accuracy": right / 400}))
'''
CONFIG = """
[paper]
title = "Two clouds"
[commands.train]
run = ["{{python}}", "train.py", "--seed", "{{seed}}", "--out", "{{out}}"]
seeds = [0, 1, 2, 3, 4]
weights = ["{{out}}/model.json"]
[commands.baseline]
run = ["{{python}}", "train.py", "--seed", "{{seed}}", "--out", "{{out}}", "--steps", "2"]
seeds = [0, 1, 2, 3, 4]
[commands.evaluate]
run = ["{{python}}", "evaluate.py", "{{train.weights}}", "{{out}}"]
needs = ["train"]
seeds = [0, 1, 2, 3, 4]
tier = "evaluate"
[commands.smoke]
run = ["{{python}}", "train.py", "--seed", "{{seed}}", "--out", "{{out}}", "--steps", "1"]
tier = "smoke"
[[claims]]
id = "C1"
text = "the perceptron's accuracy"
metric = "train:accuracy"
value = "{value}"
"""


def make_toy(root: Path) -> Path:
    """The project, recorded for real: 16 short runs."""
    make_project(root, {"artifactpack.toml": CONFIG.format(value="0 %"), "train.py": TRAIN, "evaluate.py": EVALUATE})
    reference = run_all(root).reference
    (summary,) = [s for s in reference.summaries if s.command == "train"]
    state_value(root, f"{100 * summary.between_seeds.mean:.1f} %")
    return root


def state_value(root: Path, value: str, extra: str = "") -> None:
    """Make the paper claim *value* for C1, and what *extra* TOML says."""
    (root / "artifactpack.toml").write_text(CONFIG.format(value=value) + extra, encoding="utf-8")


def pack(root: Path, target: Path) -> Path:
    """Bundle it without the PDF."""
    bundle(root, target, Options(pdf=False))
    return target


def rewrite(root: Path, path: str, text: str) -> None:
    """Change a file and forge the records, so that they say they ran it so."""
    old = hashlib.sha256((root / path).read_bytes()).hexdigest()
    (root / path).write_text(text, encoding="utf-8")
    new, size = hashlib.sha256(text.encode()).hexdigest(), len(text.encode())
    for file in (root / ".artifactpack" / "runs").glob("*/record.json"):
        record = json.loads(file.read_text(encoding="utf-8"))
        for use in record["read"]:
            if use["sha256"] == old:
                use["sha256"], use["size"] = new, size
        file.write_text(json.dumps(record), encoding="utf-8")
