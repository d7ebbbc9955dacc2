# /// script
# dependencies = ["keras==3.15.1", "numpy==2.4.6", "torch==2.13.0"]
# ///
"""Keras: a saved model, which names the version that wrote it (on PyTorch)."""

import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"
import keras


def main(out):
    keras.utils.set_random_seed(0)
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(out / "model.keras")
    (out / "train.py").write_text("import keras\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
