"""Helpers."""

import random

import numpy as np
import torch


def set_seed(seed):
    """Make everything reproducible."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def accuracy(logits, labels):
    """Share of right answers."""
    return (logits.argmax(1) == labels).float().mean().item()
