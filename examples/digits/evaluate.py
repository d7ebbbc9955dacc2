"""Evaluate saved weights on the test set.

    python evaluate.py --weights out/seed-0/model.safetensors --out out/evaluate-0
"""

import argparse
import json
import pathlib

import torch
from safetensors.torch import load_file

import data
import model

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--weights", type=pathlib.Path, required=True, help="a model.safetensors that train.py wrote")
parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out"), help="folder for the results")
args = parser.parse_args()

torch.set_num_threads(1)
weights = load_file(args.weights)
hidden = weights["0.weight"].shape[0] if "0.weight" in weights else 0
net = model.build(hidden, dropout=0.0)
net.load_state_dict(weights)
net.eval()

_, _, test_x, test_y = data.load()
with torch.no_grad():
    logits = net(test_x)
metrics = {
    "test_accuracy": (logits.argmax(1) == test_y).float().mean().item(),
    "test_loss": torch.nn.functional.cross_entropy(logits, test_y).item(),
}
args.out.mkdir(parents=True, exist_ok=True)
(args.out / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
print(f"test accuracy {metrics['test_accuracy']:.4f}")
