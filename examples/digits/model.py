"""A multi-layer perceptron with one hidden layer, or none: then it is the linear baseline."""

from torch import nn


def build(hidden, dropout):
    """Map images (batch, 64) to logits (batch, 10)."""
    if hidden == 0:
        return nn.Linear(64, 10)
    return nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, 10))
