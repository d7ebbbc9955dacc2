# /// script
# dependencies = ["neptune-scale==0.30.0"]
# ///
"""Neptune 3.x: two offline runs in SQLite logs."""

import os
import sys
from pathlib import Path

from neptune_scale import Run
from toy import train


def main(out):
    os.chdir(out)
    os.environ["NEPTUNE_LOG_DIR"] = str(out / ".neptune")
    for seed in (0, 1):
        run = Run(project="toy/toy", run_id=f"seed-{seed}", mode="offline", enable_console_log_capture=False)
        run.log_configs({"seed": seed, "rate": 0.5})
        for epoch, loss, accuracy in train(seed):
            run.log_metrics({"loss": loss, "accuracy": accuracy}, step=epoch)
        run.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
