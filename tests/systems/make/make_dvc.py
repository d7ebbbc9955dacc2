# /// script
# dependencies = ["dvc==3.67.1", "dvclive==3.49.1", "pathspec==0.12.1"]
# ///
"""DVC: a locked stage with data, dvclive metrics, and an experiment for the second seed."""

import subprocess
import sys
from pathlib import Path

STAGES = """
stages:
  train:
    cmd: python train.py
    deps: [train.py, data]
    params: [seed, rate]
    outs: [out.txt]
"""
TRAIN = """
import json, pathlib, sys
sys.path.insert(0, {make!r})
from toy import train
import yaml
from dvclive import Live
p = yaml.safe_load(open("params.yaml"))
with Live(save_dvc_exp=False, dvcyaml=None) as live:
    live.log_params(p)
    for epoch, loss, accuracy in train(p["seed"], p["rate"]):
        live.log_metric("loss", loss)
        live.log_metric("accuracy", accuracy)
        live.next_step()
pathlib.Path("out.txt").write_text(str(loss))
"""
IDENTITY = ("-c", "user.name=t", "-c", "user.email=t@example.org")


def main(out):
    (out / "data").mkdir()
    (out / "data" / "a.csv").write_text("1,2\n")
    (out / "data" / "b.csv").write_text("3,4\n")
    (out / "params.yaml").write_text("seed: 1\nrate: 0.5\n")
    (out / "dvc.yaml").write_text(STAGES)
    (out / "train.py").write_text(TRAIN.format(make=str(Path(__file__).parent)))
    dvc = str(Path(sys.executable).parent / "dvc")
    commands = (
        ["git", "init", "-q"],
        [dvc, "init", "-q"],
        [dvc, "config", "core.analytics", "false"],
        ["git", "add", "-A"],
        ["git", *IDENTITY, "commit", "-qm", "code"],
        [dvc, "repro", "-q"],
    )
    for command in commands:
        subprocess.run(command, cwd=out, check=True)
    (out / "train.py").write_text("import dvclive\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
