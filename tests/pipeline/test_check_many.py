"""Many checks at once: none outlives the one who asked."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

from artifactpack.pipeline.check_many import check_many


def test_whoever_stops_listening_leaves_no_process():
    def work(path: Path):
        if path.name == "slow":
            time.sleep(60)
        raise ValueError(path.name)

    found = check_many([Path("quick"), Path("slow")], work, 2)
    assert next(found).error == "ValueError: quick"
    found.close()
    for child in multiprocessing.active_children():
        child.join(10)
    assert not multiprocessing.active_children()
