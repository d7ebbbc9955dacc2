"""Noise for the training images."""

import numpy as np

rng = np.random.default_rng()


def jitter(images, scale=0.05):
    """Add normal noise to images (batch, 64)."""
    return images + rng.normal(0.0, scale, size=images.shape).astype("float32")
