"""Claims and the runs behind them: a verdict is known no better than the least trusted run that it rests on."""

import pytest

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.reference import ClaimCheck
from artifactpack.models.run import RunRecord
from tests.support.asking import ask, make

CONFIG = '[commands.train]\nrun = ["python", "a.py"]\n\n[[claims]]\nid = "C1"\nmetric = "train:acc"\nvalue = "0.5"\n'


@pytest.mark.parametrize(("origin", "known"), [("recorded", "author-run"), ("declared", "author")])
def test_one_own_run_does_not_vouch_for_what_others_say(tmp_path, origin, known):
    project = make(tmp_path, {"a.py": "print(1)\n", "artifactpack.toml": CONFIG})
    own = RunRecord(id="own", command="train", seed=0, state="finished")
    other = RunRecord(id="other", command="train", seed=1, state="finished", origin=origin)
    claims = (ClaimCheck(id="C1", verdict="supported"),)
    runs = RunEvidence(records=(own, other), own=frozenset({"own"}), claims=claims)
    facts = ask("claims_map", project, runs).facts
    assert (facts["supported"].value, facts["supported"].decided_by) == (True, known)
    reported = ask("variance", project, runs).facts["error_bars"]
    assert (reported.value, reported.decided_by) == (True, known)
