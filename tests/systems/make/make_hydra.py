# /// script
# dependencies = ["hydra-core==1.3.2"]
# ///
"""Hydra: a multirun over two seeds that writes a metrics file beside each job."""

import subprocess
import sys
from pathlib import Path

TRAIN = """
import json, sys
sys.path.insert(0, {make!r})
import hydra
from toy import train
@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(config):
    rows = [dict(step=e, loss=l, accuracy=a) for e, l, a in train(config.seed, config.model.rate)]
    with open(hydra.core.hydra_config.HydraConfig.get().runtime.output_dir + "/metrics.jsonl", "w") as out:
        out.writelines(json.dumps(row) + "\\n" for row in rows)
main()
"""


def main(out):
    (out / "conf").mkdir()
    (out / "conf" / "config.yaml").write_text(
        "seed: 7\nmodel:\n  rate: 0.5\n  twice: ${model.rate}\n  name: m-${seed}\n"
    )
    (out / "train.py").write_text(TRAIN.format(make=str(Path(__file__).parent)))
    command = [sys.executable, "train.py", "-m", "seed=0,1", "hydra.sweep.dir=multirun/toy"]
    subprocess.run(command, cwd=out, check=True)
    (out / "train.py").write_text("import hydra\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
