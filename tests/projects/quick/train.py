"""Train something in milliseconds: `digits` in miniature, for tests that only care that commands run."""

import argparse
import json
import pathlib
import random
import struct

parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out"))
parser.add_argument("--hidden", type=int, default=8)
parser.add_argument("--epochs", type=int, default=20)
args = parser.parse_args()

random.seed(args.seed)
args.out.mkdir(parents=True, exist_ok=True)
level = 0.88 if args.hidden == 0 else 0.91
with open(args.out / "history.jsonl", "w", encoding="utf-8") as history:
    for epoch in range(1, args.epochs + 1):
        accuracy = level - 0.1 / epoch + random.gauss(0, 0.004)
        print(json.dumps({"step": epoch, "test_accuracy": accuracy, "train_loss": 1 / epoch}), file=history)
metrics = {"test_accuracy": accuracy, "train_loss": 1 / args.epochs}
(args.out / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")

weights = struct.pack("<2f", random.random(), accuracy)
header = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode().ljust(64)
(args.out / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + weights)
