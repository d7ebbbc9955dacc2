# /// script
# dependencies = ["mlflow==3.17.2", "setuptools==79.0.1"]
# ///
"""MLflow: two runs in the SQLite store."""

import os
import sys
from pathlib import Path

os.environ.update(
    MLFLOW_DISABLE_TELEMETRY="true", GIT_PYTHON_REFRESH="quiet", MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING="false"
)
import mlflow
from toy import train


def main(out):
    mlflow.set_tracking_uri(f"sqlite:///{out}/mlflow.db")
    mlflow.create_experiment("toy", artifact_location="mlruns")
    mlflow.set_experiment("toy")
    for seed in (0, 1):
        with mlflow.start_run(run_name=f"seed-{seed}"):
            mlflow.set_tags({"mlflow.source.name": "train.py", "mlflow.user": "user"})
            mlflow.log_params({"seed": seed, "rate": 0.5})
            for epoch, loss, accuracy in train(seed):
                mlflow.log_metrics({"loss": loss, "accuracy": accuracy}, step=epoch)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
