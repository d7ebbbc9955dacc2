"""Small projects with git and with run records, made without running anything."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from artifactpack.models.run import Cost, FileUse, Metric, PackageUse, RunRecord
from artifactpack.project.config import load_config, resolve_command
from artifactpack.recorder.plan import command_digest
from artifactpack.recorder.store import RunStore, commit

GIT = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
CONFIG = """
[paper]
title = "A small paper"
[commands.train]
run = ["{python}", "train.py", "--seed", "{seed}", "--out", "{out}"]
seeds = [0, 1]
weights = ["{out}/w.bin"]
[[claims]]
id = "C1"
text = "90 % accuracy"
metric = "train:accuracy"
value = "90 %"
"""


def make_project(root: Path, files: dict[str, str | bytes], *, git: bool = True) -> Path:
    """Write *files* below *root*; with *git*, commit them."""
    for name, content in {"artifactpack.toml": CONFIG, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if git:
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
            subprocess.run([*GIT, *words], cwd=root, check=True)
    return root


def add_run(root: Path, run_id: str, *, read: tuple[str, ...] = (), weights: bytes = b"w", **fields: Any) -> RunRecord:
    """Put a finished run of `train` into the project's store, as if it had been recorded now."""
    store = RunStore(root)
    store.open_for_writing()
    folder = store.folder(run_id)
    (folder / "out").mkdir(parents=True)
    (folder / "out/w.bin").write_bytes(weights)
    (folder / "log.txt").write_text("done\n")
    (folder / "metrics.json").write_text(json.dumps({"accuracy": [[1, 0.9]]}))
    known = {
        "command": "train",
        "seed": 0,
        "started": "2026-01-02T03:04:05+00:00",
        "python": "3.11.7",
        "packages": (PackageUse(name="numpy", version="2.1.0"),),
        "metrics": (Metric(name="accuracy", last=0.9, minimum=0.9, maximum=0.9),),
        "cost": Cost(wall=2.0, peak_memory=1000, disk=10),
        "command_digest": command_digest(resolve_command(load_config(root)[0], "train")),
        "read": tuple(use(root, path) for path in read),
    }
    run = RunRecord(id=run_id, **{**known, **fields})
    commit(folder, run)
    return run


def use(root: Path, path: str) -> FileUse:
    data = (root / path).read_bytes()
    return FileUse(path=path, size=len(data), sha256=hashlib.sha256(data).hexdigest())


def small_bundle(folder: Path) -> None:
    """`paper`, a project with one run, and `a.zip`, its bundle."""
    from artifactpack.pipeline.bundle import Options, bundle

    root = make_project(folder / "paper", {"train.py": "print(1)\n"})
    add_run(root, "train-s0", read=("train.py",))
    bundle(root, folder / "a.zip", Options(pdf=False))
