# /// script
# dependencies = ["omegaconf==2.3.0", "PyYAML==6.0.2"]
# ///
"""Configuration dumps: a run that saves its OmegaConf configuration, and one that saves its argparse options."""

import argparse
import json
import sys
from pathlib import Path

from omegaconf import OmegaConf
from toy import train


def options(seed):
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int)
    parser.add_argument("--rate", type=float, default=0.5)
    return parser.parse_args(["--seed", str(seed)])


def main(out):
    for seed in (0, 1):
        folder = out / "runs" / f"seed-{seed}"
        folder.mkdir(parents=True)
        if seed:
            (folder / "args.json").write_text(json.dumps(vars(options(seed))))
        else:
            config = OmegaConf.create({"seed": seed, "model": {"rate": 0.5, "twice": "${model.rate}"}})
            OmegaConf.save(config, folder / "config.yaml")
        rows = [{"step": e, "loss": loss, "accuracy": a} for e, loss, a in train(seed)]
        (folder / "metrics.json").write_text(json.dumps(rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
