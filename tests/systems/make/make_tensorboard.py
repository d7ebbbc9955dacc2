# /// script
# dependencies = ["tensorboardX==2.6.5", "numpy==2.4.6"]
# ///
"""TensorBoard: two folders by tensorboardX, with hyperparameters."""

import sys
from pathlib import Path

from tensorboardX import SummaryWriter
from toy import train


def main(out):
    for seed in (0, 1):
        writer = SummaryWriter(str(out / f"runs/seed-{seed}"))
        for epoch, loss, accuracy in train(seed):
            writer.add_scalar("loss", loss, epoch)
            writer.add_scalar("accuracy", accuracy, epoch)
        writer.add_hparams({"seed": seed, "rate": 0.5}, {"final": accuracy}, name="hparams")
        writer.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
