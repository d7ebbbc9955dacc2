# /// script
# dependencies = ["kfp==2.17.0", "setuptools==79.0.1", "pip==26.3"]
# ///
"""Kubeflow Pipelines: a compiled pipeline and a local run of it."""

import os
import sys
from pathlib import Path

from kfp import compiler, dsl, local

MAKE = str(Path(__file__).parent)


@dsl.component(base_image="python:3.11")
def fit(seed: int, rate: float, make: str, metrics: dsl.Output[dsl.Metrics]):
    import sys

    sys.path.insert(0, make)
    from toy import train

    *_, (_, loss, accuracy) = train(seed, rate)
    metrics.log_metric("loss", loss)
    metrics.log_metric("accuracy", accuracy)


@dsl.pipeline(name="toy")
def toy(seed: int = 42, rate: float = 0.5, make: str = "make"):
    task = fit(seed=seed, rate=rate, make=make)
    task.set_cpu_limit("1")
    task.set_memory_limit("1G")


def main(out):
    compiler.Compiler().compile(toy, str(out / "pipeline.yaml"))
    os.chdir(out)
    local.init(local.SubprocessRunner(use_venv=False), pipeline_root=str(out / "local_outputs"))
    toy(seed=0, rate=0.5, make=MAKE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
