"""Train the digits classifier of the paper.

    python train.py --seed 0 --out out/seed-0
    python train.py --seed 0 --hidden 0 --out out/linear-0      # the linear baseline

Writes metrics.json (the final numbers), history.jsonl (a line an epoch) and model.safetensors into --out.
"""

import argparse
import json
import pathlib
import random
import tomllib

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn import functional

import data
import model

# -- settings: config.toml gives the defaults -------------------------------------------------------------------
here = pathlib.Path(__file__).parent
config = tomllib.loads((here / "config.toml").read_text(encoding="utf-8"))
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--seed", type=int, default=0, help="of python, numpy and torch")
parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out"), help="folder for the results")
parser.add_argument("--hidden", type=int, default=config["hidden"])
parser.add_argument("--dropout", type=float, default=config["dropout"])
parser.add_argument("--epochs", type=int, default=config["epochs"])
parser.add_argument("--batch", type=int, default=config["batch"])
parser.add_argument("--lr", type=float, default=config["lr"])
parser.add_argument("--weight-decay", type=float, default=config["weight_decay"])
args = parser.parse_args()

# -- every generator gets the seed before anything is drawn -----------------------------------------------------
random.seed(args.seed)
np.random.seed(args.seed)
torch.manual_seed(args.seed)
torch.use_deterministic_algorithms(True)
torch.set_num_threads(1)  # the number of threads changes the order of sums, and so the last digits

# -- train ------------------------------------------------------------------------------------------------------
train_x, train_y, test_x, test_y = data.load()
net = model.build(args.hidden, args.dropout)
optimizer = torch.optim.Adam(net.parameters(), lr=args.lr, weight_decay=args.weight_decay)
args.out.mkdir(parents=True, exist_ok=True)

with open(args.out / "history.jsonl", "w", encoding="utf-8") as history:
    for epoch in range(1, args.epochs + 1):
        net.train()
        total = 0.0
        for batch in torch.randperm(len(train_x)).split(args.batch):
            loss = functional.cross_entropy(net(train_x[batch]), train_y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        net.eval()
        with torch.no_grad():
            accuracy = (net(test_x).argmax(1) == test_y).float().mean().item()
        line = {"step": epoch, "train_loss": total / len(train_x), "test_accuracy": accuracy}
        print(json.dumps(line), file=history)
        print(f"epoch {epoch:3d}  train loss {line['train_loss']:.4f}  test accuracy {accuracy:.4f}", flush=True)

# -- what the paper reports: the last epoch, never the best one --------------------------------------------------
metrics = {"test_accuracy": accuracy, "train_loss": line["train_loss"]}
(args.out / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
save_file(net.state_dict(), args.out / "model.safetensors")
