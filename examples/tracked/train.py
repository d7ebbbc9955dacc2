"""Logistic regression on data/blobs.csv: Hydra gives the settings, MLflow keeps what happened."""

import csv
import json
import math
import os
import random
from pathlib import Path

import hydra
import mlflow
from hydra.core.hydra_config import HydraConfig
from hydra.utils import to_absolute_path


def load(path):
    with open(path) as file:
        return [((float(r["x"]), float(r["y"])), int(r["label"])) for r in csv.DictReader(file)]


def predict(weights, point):
    return 1 / (1 + math.exp(-(weights[0] + weights[1] * point[0] + weights[2] * point[1])))


def accuracy(weights, rows):
    return sum((predict(weights, x) > 0.5) == bool(y) for x, y in rows) / len(rows)


def epoch(weights, rows, lr):
    """One pass of stochastic gradient descent; returns the mean loss."""
    total = 0.0
    for point, label in rows:
        p = predict(weights, point)
        total -= math.log(p if label else 1 - p)
        for i, x in enumerate((1.0, *point)):
            weights[i] -= lr / 10 * (p - label) * x
    return total / len(rows)


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def main(config):
    random.seed(config.seed)
    rows = load(to_absolute_path(config.data))
    train, test = rows[:300], rows[300:]
    weights = [random.gauss(0, 1) for _ in range(3)]
    out = Path(HydraConfig.get().runtime.output_dir)
    os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # plain files: nothing to install but mlflow-skinny
    mlflow.set_tracking_uri(Path(to_absolute_path("mlruns")).as_uri())
    with mlflow.start_run():
        mlflow.log_params(dict(config))
        for step in range(config.epochs):
            random.shuffle(train)
            mlflow.log_metric("loss", epoch(weights, train, config.lr), step=step)
        score = accuracy(weights, test)
        mlflow.log_metric("test_accuracy", score)
    (out / "metrics.json").write_text(json.dumps({"test_accuracy": score}))
    (out / "weights.json").write_text(json.dumps(weights))


if __name__ == "__main__":
    main()
