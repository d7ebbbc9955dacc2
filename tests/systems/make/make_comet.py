# /// script
# dependencies = ["comet-ml==3.58.8"]
# ///
"""Comet: two offline experiments."""

import os
import sys
from pathlib import Path

os.environ.setdefault("COMET_LOGGING_CONSOLE", "ERROR")
import comet_ml
from toy import train


def main(out):
    for seed in (0, 1):
        experiment = comet_ml.OfflineExperiment(
            project_name="toy", workspace="toy", offline_directory=str(out / "comet"), log_git_metadata=True,
            log_code=False, log_graph=False, auto_output_logging=False, log_env_details=True, log_env_cpu=False,
            log_env_gpu=False, log_env_host=False, log_env_network=False, log_env_disk=False, display_summary_level=0,
        )  # fmt: skip
        experiment.log_parameters({"seed": seed, "rate": 0.5, "model": {"width": 3}})
        for epoch, loss, accuracy in train(seed):
            experiment.log_metrics({"loss": loss, "accuracy": accuracy}, step=epoch)
        experiment.end()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
