"""The handwritten digits that ship with scikit-learn: 1,797 images of 8 × 8 pixels, ten classes.

The arrays are checked against a hash, so a changed data set is an error and not a new result.
The split is fixed, the same for every seed: the last 360 images (other writers) are the test set.
"""

import hashlib

import numpy as np
import torch
from sklearn.datasets import load_digits

SHA256 = "8b3b6ae90863430bdef06a3f7d1ec2f6a905a53d3375655b18cf63780ad98772"
TRAIN = 1437


def load():
    """Return train images (1437, 64), train labels (1437,), test images (360, 64), test labels (360,)."""
    digits = load_digits()
    images = np.ascontiguousarray(digits.data, dtype=np.float32) / 16.0
    labels = np.ascontiguousarray(digits.target, dtype=np.int64)
    found = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    if found != SHA256:
        raise SystemExit(f"the digits data differs from the paper's: sha256 {found}, expected {SHA256}")
    x, y = torch.from_numpy(images), torch.from_numpy(labels)
    return x[:TRAIN], y[:TRAIN], x[TRAIN:], y[TRAIN:]
