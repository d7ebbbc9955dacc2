# /// script
# dependencies = ["wandb==0.31.0"]
# ///
"""Weights & Biases: two offline runs."""

import os
import sys
from pathlib import Path

os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", WANDB_DISABLE_CODE="true", WANDB_DISABLE_GIT="true")
import wandb
from toy import train


def main(out, **own):
    """Two runs below *out*; *own* are settings that only some versions know."""
    for seed in (0, 1):
        settings = wandb.Settings(program="train.py", program_relpath="train.py", host="host", username="user",
                                  email="", root_dir=str(out), **own)  # fmt: skip
        run = wandb.init(
            project="toy", dir=str(out), settings=settings, config={"seed": seed, "rate": 0.5, "model": {"width": 3}}
        )
        for epoch, loss, accuracy in train(seed):
            run.log({"loss": loss, "accuracy": accuracy}, step=epoch)
        run.finish()


if __name__ == "__main__":
    main(Path(sys.argv[1]), x_executable="python")
