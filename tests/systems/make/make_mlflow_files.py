# /// script
# dependencies = ["mlflow-skinny==2.22.5", "setuptools==79.0.1"]
# ///
# module: mlflow
"""MLflow 2: two runs in the file store."""

import os
import sys
from pathlib import Path

os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", GIT_PYTHON_REFRESH="quiet")
import mlflow
from toy import train


def main(out):
    mlflow.set_tracking_uri((out / "mlruns").as_uri())
    mlflow.create_experiment("toy", artifact_location="mlruns/toy")
    mlflow.set_experiment("toy")
    for seed in (0, 1):
        with mlflow.start_run(run_name=f"seed-{seed}"):
            mlflow.log_params({"seed": seed, "rate": 0.5})
            for epoch, loss, accuracy in train(seed):
                mlflow.log_metrics({"loss": loss, "accuracy": accuracy}, step=epoch)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
