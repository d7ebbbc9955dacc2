# /// script
# dependencies = ["kedro==1.7.0", "kedro-datasets[json]==9.6.0"]
# ///
"""Kedro: a project whose metrics are a versioned data set, run for two seeds."""

import os
import subprocess
import sys
from pathlib import Path

os.environ.update(DO_NOT_TRACK="1", KEDRO_DISABLE_TELEMETRY="1")
PIPELINE = """
import sys
sys.path.insert(0, {make!r})
from kedro.pipeline import Pipeline, node
def fit(seed, rate):
    from toy import train
    *_, (_, loss, accuracy) = train(seed, rate)
    return {{"seed": seed, "loss": loss, "accuracy": accuracy}}
def register_pipelines():
    return {{"__default__": Pipeline([node(fit, ["params:seed", "params:model.rate"], "metrics")])}}
"""


def main(out):
    package = out / "src" / "toyproject"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "settings.py").write_text("")
    (package / "pipeline_registry.py").write_text(PIPELINE.format(make=str(Path(__file__).parent)))
    base = out / "conf" / "base"
    base.mkdir(parents=True)
    (out / "conf" / "local").mkdir()
    (base / "parameters.yml").write_text("seed: 0\nmodel:\n  rate: 0.5\n")
    (base / "catalog.yml").write_text(
        "metrics:\n  type: json.JSONDataset\n  filepath: data/metrics.json\n  versioned: true\n"
    )
    (out / "pyproject.toml").write_text(
        '[tool.kedro]\npackage_name = "toyproject"\nproject_name = "toy"\nkedro_init_version = "1.7.0"\n'
    )
    kedro = str(Path(sys.executable).parent / "kedro")
    for seed in (0, 1):
        subprocess.run([kedro, "run", "--params", f"seed={seed}"], cwd=out, check=True)
    (package / "pipeline_registry.py").write_text("import kedro\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
