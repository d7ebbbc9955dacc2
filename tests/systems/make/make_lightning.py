# /// script
# dependencies = ["lightning==2.5.5", "torch==2.13.0", "numpy==2.4.6"]
# ///
"""Lightning: a module that logs the toy training through the CSV logger, once a seed."""

import sys
import warnings
from pathlib import Path

import torch
from lightning.pytorch import LightningModule, Trainer, seed_everything
from lightning.pytorch.loggers import CSVLogger
from toy import train

warnings.filterwarnings("ignore")


class Toy(LightningModule):
    def __init__(self, seed, rate=0.5):
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(2, 1)
        self.rows = list(train(seed, rate))

    def training_step(self, batch, index):
        _, loss, accuracy = self.rows[self.current_epoch]
        self.log_dict({"loss": loss, "accuracy": accuracy}, on_step=False, on_epoch=True)
        return self.layer(batch).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)

    def train_dataloader(self):
        return torch.utils.data.DataLoader(torch.zeros(2, 2), batch_size=2)


def main(out):
    for seed in (0, 1):
        seed_everything(seed)
        trainer = Trainer(
            max_epochs=3, logger=CSVLogger(out, name="lightning_logs"), accelerator="cpu", enable_progress_bar=False,
            enable_checkpointing=False, enable_model_summary=False, log_every_n_steps=1,
        )  # fmt: skip
        trainer.fit(Toy(seed))


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    main(Path(sys.argv[1]))
