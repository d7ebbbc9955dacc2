"""A tree too large to be read whole: what was not found in a part is not said to be missing."""

import pytest

from artifactpack.models.evidence import RunEvidence
from artifactpack.probes import run_probes
from artifactpack.project import open_project
from artifactpack.project.index import EVERYTHING

pytestmark = pytest.mark.slow  # megabytes are read

HELPER = "import torch\n\ndef set_seed(n):\n    torch.manual_seed(n)\n"
PROGRAM = "import torch, engine\nif __name__ == '__main__':\n    engine.start()\n    torch.rand(1)\n"
FILES = {
    "train.py": PROGRAM,
    "engine.py": "from helper import set_seed\n\ndef start():\n    set_seed(0)\n",
    "helper.py": HELPER,
    "assistant.py": "import openai\nopenai.OpenAI().chat.completions.create(model='m')\n",
    "README.md": "# Method\n",
}
FILLING = "x = 1\n" * (EVERYTHING // 12)


def checked(make_tree, files):
    project = open_project(make_tree(files))
    return run_probes(project, RunEvidence()), [s.reason for s in project.skipped if s.path == "."]


@pytest.fixture
def small(make_tree):
    return checked(make_tree, FILES)


@pytest.fixture
def large(make_tree):
    bulk = "import engine\n" + FILLING  # engine.py is not a file that tells: who calls the helper is not seen
    files = {"a.py": bulk, "b.py": bulk, "c.py": bulk, **FILES}
    files["engine.py"] = FILES["engine.py"].replace("set_seed(0)", "prepare(0)").replace("set_seed", "s_d as prepare")
    files["helper.py"] = HELPER.replace("set_seed", "s_d") + "def seed_all(n):\n    s_d(n)\n    torch.manual_seed(n)\n"
    return checked(make_tree, files)


def test_a_small_tree_is_read_whole(small):
    findings, skipped = small
    assert skipped == []
    assert findings["seeds"].facts["set"].value is True
    assert findings["llm"].facts["used"].value is True
    assert findings["determinism"].facts["requested"].status == "absent"


def test_what_a_part_does_not_show_is_unknown(large):
    findings, skipped = large
    assert "were not looked into" in skipped[0]
    for probe, fact in [
        ("seeds", "all_libraries"),
        ("llm", "used"),
        ("determinism", "requested"),
        ("variance", "reported"),
    ]:
        assert findings[probe].facts[fact].status == "unknown", (probe, fact)
        assert "only a part was looked into" in findings[probe].facts[fact].reason
    assert [d.id for d in findings["seeds"].defects] == []


def test_what_no_code_tells_stays_absent(large):
    findings, _ = large
    assert findings["vcs"].facts["present"].status == "absent"
    assert findings["weights"].facts["recorded"].status == "absent"


def test_what_was_found_is_known(large):
    findings, _ = large
    assert findings["seeds"].facts["set"].value is True
