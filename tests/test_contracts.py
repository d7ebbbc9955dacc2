"""The contracts hold three papers of different kinds, written by hand: config, run record, claims, check."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from artifactpack.models.config import Config
from artifactpack.models.records import Invalid, dump, json_schema, load, restore, to_json
from artifactpack.models.reference import ClaimsFile
from artifactpack.models.run import RunRecord
from artifactpack.models.verdict import CheckResult

PAPERS = Path(__file__).parent / "contracts"
KINDS = {"record": RunRecord, "claims": ClaimsFile, "check": CheckResult}
FILES = [
    pytest.param(paper / f"{kind}.json", cls, id=f"{paper.name}-{kind}")
    for paper in sorted(PAPERS.iterdir())
    for kind, cls in KINDS.items()
]


@pytest.mark.parametrize("paper", sorted(PAPERS.iterdir()), ids=lambda paper: paper.name)
def test_config_is_held_and_comes_back(paper):
    data = tomllib.loads((paper / "artifactpack.toml").read_text(encoding="utf-8"))
    config = load(Config, data)
    assert load(Config, dump(config)) == config
    assert set(data["commands"]) == set(config.commands)
    assert [claim["id"] for claim in data["claims"]] == [claim.id for claim in config.claims]


@pytest.mark.parametrize(("path", "cls"), FILES)
def test_file_is_held_without_loss(path, cls):
    data = json.loads(path.read_text(encoding="utf-8"))
    again = dump(load(cls, data))
    assert _without_defaults(again, data) == data


@pytest.mark.parametrize(("path", "cls"), FILES)
def test_restoring_what_was_dumped_gives_the_same_bytes(path, cls):
    held = load(cls, json.loads(path.read_text(encoding="utf-8")))
    assert to_json(restore(cls, dump(held))) == to_json(held)


@pytest.mark.parametrize(("path", "cls"), FILES)
def test_file_validates_against_the_generated_schema(path, cls):
    jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), json_schema(cls, "x"))


@pytest.mark.parametrize(("path", "cls"), FILES)
def test_an_unknown_key_is_refused_by_name(path, cls):
    data = json.loads(path.read_text(encoding="utf-8"))
    with pytest.raises(Invalid, match="surprise"):
        load(cls, {**data, "surprise": 1})


def _without_defaults(full, wanted):
    """Keep of *full* only the keys that *wanted* has, at every depth."""
    if isinstance(wanted, dict):
        return {key: _without_defaults(full[key], value) for key, value in wanted.items()}
    if isinstance(wanted, list):
        assert len(full) == len(wanted)
        return [_without_defaults(a, b) for a, b in zip(full, wanted, strict=True)]
    return full
