# /// script
# dependencies = ["gin-config==0.5.0"]
# ///
"""Gin: the operative configuration of two runs, metrics beside it."""

import json
import sys
from pathlib import Path

import gin
from toy import train

CONFIG = """
import math
fit.seed = %SEED
fit.rate = 0.5
fit.layers = [1,
              2]
SEED = 0
unused.thing = 'never asked for'
"""


@gin.configurable
def fit(seed=gin.REQUIRED, rate=0.1, layers=(), out=None):
    rows = [{"step": e, "loss": loss, "accuracy": a} for e, loss, a in train(seed, rate)]
    (out / "metrics.json").write_text(json.dumps(rows))
    (out / "operative_config.gin").write_text(gin.operative_config_str())


@gin.configurable
def unused(thing=None):
    return thing


def main(out):
    (out / "config.gin").write_text(CONFIG)
    for seed in (0, 1):
        gin.clear_config()
        gin.parse_config(CONFIG, skip_unknown=True)
        gin.bind_parameter("%SEED", seed)
        folder = out / f"run-{seed}"
        folder.mkdir()
        fit(out=folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
