"""The JSON Schemas in schemas/ are what the records say."""

import pytest

from artifactpack.data import data_dir
from artifactpack.models.schemas import KINDS, rendered

RENDERED = rendered()


@pytest.mark.parametrize("name", RENDERED)
def test_schema_file_is_fresh(name):
    shipped = (data_dir("schemas") / name).read_text(encoding="utf-8")
    assert shipped == RENDERED[name], "stale: run python -m artifactpack.models.schemas"


@pytest.mark.parametrize("kind", KINDS)
def test_schema_is_a_valid_schema(kind):
    import json

    import jsonschema

    jsonschema.Draft202012Validator.check_schema(json.loads(RENDERED[f"{kind}.schema.json"]))
