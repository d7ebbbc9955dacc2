"""Projects of tiny programs that a cluster can run, and the script that records them."""

import json
import sys

import pytest

TRAIN = """
import json, os, sys, time
seed, out = int(sys.argv[1]), sys.argv[2]
what = open("what.txt").read().split()
time.sleep(float(what[0]))
if f"exit:{seed}" in what:
    sys.exit(3)
if f"kill:{seed}" in what and not os.path.exists("killed"):
    open("killed", "w").close()
    os.kill(os.getpid(), 9)
if f"hang:{seed}" in what and not os.path.exists("hung"):
    open("hung", "w").close()
    time.sleep(100)
json.dump({"score": seed * 0.1, "cards": len(os.environ.get("CUDA_VISIBLE_DEVICES", ""))}, open(out + "/m.json", "w"))
"""
CONFIG = f"""
[environment]
python = "{sys.executable}"
[commands.train]
run = ["{{python}}", "train.py", "{{seed}}", "{{out}}"]
seeds = [0, 1, 2, 3]
metrics = ["{{out}}/m.json"]
resources = {{ gpus = 1 }}
"""
# Prints what came out as JSON; what a person would see on the terminal goes to stderr.
SCRIPT = """
import json, sys
from pathlib import Path
from artifactpack.cli.progress import plain
from artifactpack.errors import ArtifactPackError
from artifactpack.pipeline.record import run_all
try:
    done = run_all(Path(sys.argv[1]), **json.loads(sys.argv[2]), notify=plain())
except ArtifactPackError as error:
    sys.exit(f"{error.exit_code} {error}")
print(json.dumps({
    "new": [[r.seed, r.state, r.error] for r in done.new], "kept": done.kept, "out": done.out,
    "values": {s.metric: s.values for s in done.reference.summaries},
    "failed": len(done.failed),
}))
"""


@pytest.fixture
def project(make_tree):
    """``project("1 exit:2", config=…)``: trains for one second a seed, seed 2 exits with 3."""

    def make(what="0", config=CONFIG, **files):
        return make_tree({"artifactpack.toml": config, "train.py": TRAIN, "what.txt": what, **files})

    return make


def recording(root, **options):
    """The argv that records *root* and prints the outcome as JSON."""
    return (sys.executable, "-c", SCRIPT, str(root), json.dumps(options))
