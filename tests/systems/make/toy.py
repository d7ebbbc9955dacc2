"""The training that every system logs: logistic regression in plain Python, deterministic for a seed."""

import math
import random

EPOCHS, RATE = 3, 0.5
SEEDS = (0, 1)


def data(seed, count=40):
    """*count* points (x, y, label) around two centres."""
    rng = random.Random(seed)
    return [(rng.gauss(c, 1.0), rng.gauss(c, 1.0), c > 0) for c in (rng.choice((-1, 1)) for _ in range(count))]


def train(seed, rate=RATE, epochs=EPOCHS):
    """Yield (epoch, loss, accuracy) for epoch 1 … *epochs*."""
    rng = random.Random(seed)
    points, weights = data(seed), [rng.uniform(-0.1, 0.1) for _ in range(3)]
    for epoch in range(1, epochs + 1):
        loss = right = 0.0
        for x, y, label in points:
            p = 1 / (1 + math.exp(-(weights[0] * x + weights[1] * y + weights[2])))
            loss -= math.log(p if label else 1 - p)
            right += (p > 0.5) == label
            for index, value in enumerate((x, y, 1.0)):
                weights[index] -= rate * (p - label) * value / len(points) * 10
        yield epoch, loss / len(points), right / len(points)


def expected():
    """What a reader must find: a run a seed with its last values."""
    runs = []
    for seed in SEEDS:
        *_, (_, loss, accuracy) = train(seed)
        runs.append({"seed": seed, "rate": RATE, "loss": loss, "accuracy": accuracy, "points": EPOCHS})
    return runs
