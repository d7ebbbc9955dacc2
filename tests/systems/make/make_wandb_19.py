# /// script
# dependencies = ["wandb==0.19.11", "setuptools==79.0.1", "numpy==1.26.4"]
# ///
# module: wandb
"""Weights & Biases 0.19.11: two offline runs, as the newest version makes them."""

import sys
from pathlib import Path

from make_wandb import main

if __name__ == "__main__":
    main(Path(sys.argv[1]), x_executable="python")
