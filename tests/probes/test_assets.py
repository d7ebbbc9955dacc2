"""Assets of others with version, licence and credit; identity marks and secrets."""

import pytest

from artifactpack.models.config import Config, DataSet
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.run import PackageUse, RunRecord
from artifactpack.project import open_project
from tests.support.asking import ask, make

CODE = "import torch\nfrom datasets import load_dataset\nload_dataset('glue')\n"


def test_the_example_lists_its_assets_in_full(examples):
    facts = ask("assets", open_project(examples / "digits")).facts
    assert {n: facts[n].value for n in ("versioned", "licensed", "credited")} == dict.fromkeys(
        ("versioned", "licensed", "credited"), True
    )
    assert {"kind", "name", "version", "url", "license", "citation"} == set(facts["listed"].value[0])


def test_what_is_missing_is_named(tmp_path):
    facts = ask("assets", make(tmp_path, {"a.py": CODE, "requirements.txt": "torch\n"})).facts
    assert facts["used"].value == ["torch", "glue"]
    assert (facts["versioned"].value, facts["licensed"].value, facts["credited"].value) == (False, False, False)
    assert "glue" in facts["licensed"].observations[0].note


@pytest.mark.parametrize("spec", ["git+https://h.org/o/tool.git@0123456#egg=tool", "git+ssh://git@h.org/o/tool.git"])
def test_a_package_from_a_repository_is_not_sought_on_the_index(tmp_path, spec):
    listed = ask("assets", make(tmp_path, {"requirements.txt": f"{spec}\n"})).facts["listed"].value
    assert [(a["name"], a["url"].startswith("https://h.org/o/tool")) for a in listed] == [("tool", True)]


def test_a_run_gives_versions_and_the_configuration_gives_data(tmp_path):
    project = make(tmp_path, {"a.py": "import torch\n", "requirements.txt": "torch\n"})
    project.config = Config(data={"d": DataSet(url="https://h/d", license="MIT", version="1")})
    run = RunRecord(id="r", command="t", packages=(PackageUse(name="torch", version="2.0"),))
    facts = ask("assets", project, RunEvidence(records=(run,))).facts
    assert [(a["name"], a["version"]) for a in facts["listed"].value] == [("torch", "2.0"), ("d", "1")]
    assert (facts["versioned"].value, facts["licensed"].value, facts["credited"].value) == (True, True, True)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("mail ada.byron@lab.org for help", False),
        ("cd /home/abyron/project", False),
        ("wandb.init(entity='byron-lab')", False),
        ("a plain sentence, @decorated and /home/user", True),
    ],
)
def test_identity_marks(tmp_path, text, clean):
    facts = ask("anonymity", make(tmp_path, {"notes.md": text + "\n"})).facts
    assert facts["clean"].value is clean
    assert bool(facts["leaks"].value) is not clean


def test_secrets_are_named_by_their_kind_only(tmp_path):
    key = "ghp_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"
    facts = ask("anonymity", make(tmp_path, {"a.py": f"TOKEN = '{key}'\n"})).facts
    assert facts["secrets"].value
    assert key not in repr(facts)


def test_where_nothing_of_others_is_found_nothing_is_said_of_credits(tmp_path):
    assert (
        ask("assets", make(tmp_path, {"a.py": "import numpy\nnumpy.ones(1)\n", "requirements.txt": "numpy\n"}))
        .facts["credited"]
        .status
        == "unknown"
    )
