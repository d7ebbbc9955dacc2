"""JSON of records: what UTF-8 cannot hold is escaped, and comes back."""

import json

import pytest

from artifactpack.models.records import to_json


@pytest.mark.parametrize("text", ["plain", "é", "tr\udce9in.py", "\ud800 and é"])
def test_every_text_can_be_written_and_read_back(text):
    written = to_json({"path": text}).encode()
    assert json.loads(written) == {"path": text}
    assert (rb"\ud" in written) == any("\ud800" <= c <= "\udfff" for c in text)
