# /// script
# dependencies = ["sacred==0.8.7", "setuptools==79.0.1", "numpy==2.4.6"]
# ///
"""Sacred: two runs by the file-storage observer."""

import sys
from pathlib import Path

from sacred import Experiment
from sacred.observers import FileStorageObserver
from toy import train


def main(out):
    for seed in (0, 1):
        experiment = Experiment("toy", save_git_info=False)
        experiment.observers.append(FileStorageObserver(out / "sacred"))
        experiment.add_config(rate=0.5, model={"width": 3})

        @experiment.main
        def run(_run, seed, rate):
            for epoch, loss, accuracy in train(seed, rate):
                _run.log_scalar("loss", loss, epoch)
                _run.log_scalar("accuracy", accuracy, epoch)

        experiment.run(config_updates={"seed": seed})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
