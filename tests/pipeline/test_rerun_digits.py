"""The digits example, really trained, re-run by somebody else in other folders; its packages come from this machine's
index, torch among them."""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from artifactpack.pipeline.record import run_all
from tests.conftest import ROOT
from tests.rerun.toy import pack
from tests.support.strangers import Stranger, stranger

pytestmark = [pytest.mark.exhaustive, pytest.mark.slow, pytest.mark.timeout(6 * 3600)]
TIMES = 50


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its bundle, as its author makes it: sixteen runs."""
    base = tmp_path_factory.mktemp("digits")
    root = base / "project"
    shutil.copytree(ROOT / "examples/digits", root, ignore=shutil.ignore_patterns(".artifactpack", "out"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(base / "state"))
        run_all(root, jobs=os.cpu_count() or 1)
        return pack(root, base / "digits.zip")


@pytest.fixture(scope="module")
def somebody(digits: Path):
    """A stranger whose environment is built once, with torch; skipped where this machine's index has not all of it."""
    with stranger(digits) as found:
        done = found.rerun("--tier", "smoke", "--work", "first", "-f", "json")
        assert done.stdout, done.stderr
        missing = json.loads(done.stdout)["environment"]["missing"]
        if missing:
            pytest.skip(f"the environment cannot be had here: {missing[0]}")
        yield found


@pytest.mark.parametrize("tier", ["smoke", "evaluate", "train", "all"])
def test_every_tier_in_a_fresh_environment(somebody: Stranger, tier: str) -> None:
    done = somebody.rerun("--tier", tier, "--work", tier, "-f", "json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["failures"], found["suspicions"]) == (0, [], [])
    claims = {c["id"]: c["outcome"] for c in found["claims"]}
    decided = {"identical", "reproduced"} if tier in ("train", "all") else {"not-run"}
    assert set(claims) == {"C1", "C2"} and set(claims.values()) <= decided


def test_the_same_verdict_fifty_times_in_other_folders(somebody: Stranger) -> None:
    """The tier `train`, because the other ones decide no claim; the claim about one model's mean, because three seeds
    decide it. Every time in a folder of another name and depth, as many at a time as there are cores."""

    def once(number: int) -> tuple[int, str, list[float]]:
        work = "/".join(["copies", *("deep" for _ in range(number % 4)), f"copy-{number}"])
        done = somebody.rerun("--tier", "train", "--claim", "C1", "--work", work, "-f", "json")
        assert done.stdout, done.stderr
        (claim,) = json.loads(done.stdout)["claims"]
        shutil.rmtree(somebody.home / work)
        return done.returncode, claim["outcome"], claim["rerun_values"]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        seen = list(pool.map(once, range(TIMES)))
    assert all(one == seen[0] for one in seen), seen
    assert seen[0][:2] in ((0, "identical"), (0, "reproduced"))  # the latter where the stranger's Python is another
