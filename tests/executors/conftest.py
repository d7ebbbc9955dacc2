"""Projects of tiny programs that a cluster can run, and the script that records them."""

import json
import sys

import pytest

from artifactpack.pipeline.bundle import Options, bundle
from artifactpack.pipeline.record import run_all

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


@pytest.fixture
def submissions(project, tmp_path):
    """A folder with two bundles and a file that is none."""
    folder = tmp_path / "submissions"
    folder.mkdir()
    claims = '[[claims]]\nid = "C1"\ntext = "t"\nmetric = "train:score"\nvalue = "0.0"\n'
    root = project(config=CONFIG.replace("resources = { gpus = 1 }", "") + claims)
    run_all(root, seeds=(0, 1, 2))
    for name in ("a", "b"):
        bundle(root, folder / f"{name}.zip", Options(pdf=False))
    (folder / "bad.zip").write_bytes(b"no zip")
    return folder


def many(cluster, submissions, work, engine):
    """`check` of all submissions and `rerun` of their folder on *cluster*: (exit codes, rows by name)."""
    bundles = map(str, sorted(submissions.iterdir()))
    program = (sys.executable, "-m", "artifactpack")
    there = ("--executor", engine, "--format", "json", "--quiet")
    checked = cluster.run(*program, "check", *bundles, *there, "--work", f"{work}/c", check=False, timeout=280)
    wish = ("--seeds", "0,1,2", "--no-pdf", "--work", f"{work}/r")
    again = cluster.run(*program, "rerun", str(submissions), *there, *wish, check=False, timeout=280)
    lines = [json.loads(line) for line in (checked.stdout + again.stdout).splitlines()]
    assert len(lines) == 6, checked.stderr + again.stderr
    return (checked.returncode, again.returncode), lines[:3], {row["bundle"]: row for row in lines[3:]}


def expect_many(codes, checks, rows):
    assert codes == (3, 3)
    assert [c["schema"] for c in checks] == ["artifactpack.check/1", "artifactpack.check/1", "artifactpack.error/1"]
    assert {name: row["exit_code"] for name, row in rows.items()} == {"a.zip": 0, "b.zip": 0, "bad.zip": 3}
    assert {row["outcomes"].get("C1") for row in rows.values()} == {"identical", None}


def recording(root, **options):
    """The argv that records *root* and prints the outcome as JSON."""
    return (sys.executable, "-c", SCRIPT, str(root), json.dumps(options))
