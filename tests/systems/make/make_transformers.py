# /// script
# dependencies = ["transformers==4.57.1", "accelerate==1.11.0", "torch==2.13.0", "numpy==2.4.6"]
# ///
"""Transformers: a Trainer whose callback logs the toy training, once a seed; its state and arguments are kept."""

import os
import sys
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", WANDB_DISABLED="true")
import torch
from toy import train
from transformers import Trainer, TrainerCallback, TrainingArguments


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def forward(self, x=None, labels=None):
        return {"loss": self.layer(x).mean()}


class Log(TrainerCallback):
    def __init__(self, seed):
        self.rows = list(train(seed))

    def on_epoch_end(self, args, state, control, **kwargs):
        epoch, loss, accuracy = self.rows[round(state.epoch) - 1]
        state.log_history.append({"epoch": float(epoch), "loss": loss, "accuracy": accuracy, "step": state.global_step})


def main(out):
    for seed in (0, 1):
        folder = out / f"out-{seed}"
        arguments = TrainingArguments(
            output_dir=str(folder), num_train_epochs=3, learning_rate=0.5, seed=seed, report_to=[], save_strategy="no",
            logging_strategy="no", use_cpu=True, disable_tqdm=True,
            per_device_train_batch_size=2, remove_unused_columns=False,
        )  # fmt: skip
        trainer = Trainer(
            model=Model(), args=arguments, train_dataset=[{"x": torch.zeros(2)}] * 2, callbacks=[Log(seed)]
        )
        trainer.train()
        trainer.save_state()
        arguments.output_dir = arguments.logging_dir = "out"
        torch.save(arguments, folder / "training_args.bin")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
