"""Train and evaluate the classifier: python train.py --seed 1"""

import argparse
import json
import pathlib

import numpy as np
import torch
from torch import nn

from augment import jitter
from utils import accuracy

DATA = "/data/digits/digits.npz"

parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=hash("pitfalls") % 2**32)
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--lr", type=float, default=0.003)
parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("results"))


def main():
    args = parser.parse_args()
    with np.load(DATA) as arrays:
        train_x, train_y = arrays["train_x"], torch.from_numpy(arrays["train_y"])
        test_x, test_y = torch.from_numpy(arrays["test_x"]), torch.from_numpy(arrays["test_y"])
    net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10))
    optimizer = torch.optim.Adam(net.parameters(), lr=args.lr)
    for _ in range(args.epochs):
        for batch in torch.randperm(len(train_y)).split(32):
            images = torch.from_numpy(jitter(train_x[batch.numpy()]))
            loss = nn.functional.cross_entropy(net(images), train_y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    net.eval()
    with torch.no_grad():
        score = accuracy(net(test_x), test_y)
    args.out.mkdir(exist_ok=True)
    (args.out / "metrics.json").write_text(json.dumps({"test_accuracy": score}))


if __name__ == "__main__":
    main()
