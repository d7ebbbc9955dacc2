"""Users' names where trackers keep them."""

import sqlite3

import pytest

from artifactpack.scan import identity


def test_the_user_tag_of_mlflows_file_store():
    marks = identity.collect("mlruns/1/abc/tags/mlflow.user", b"jdoe77")
    assert ("user name", "jdoe77") in {(mark.kind, mark.text) for mark in marks}


@pytest.mark.parametrize("name", [b"root", b""])
def test_a_name_that_is_nobodys_is_no_mark(name):
    assert identity.collect("mlruns/1/abc/tags/mlflow.user", name) == identity.collect("mlruns/1/abc/tags/x", b"")


def test_the_user_tag_in_mlflows_database(tmp_path):
    with sqlite3.connect(tmp_path / "mlflow.db") as db:
        db.execute("CREATE TABLE tags (key VARCHAR(250), value VARCHAR(8000), run_uuid VARCHAR(32))")
        db.execute("INSERT INTO tags VALUES ('mlflow.user', 'jdoe77', ?)", ("0f" * 16,))
    db.close()
    marks = identity.collect("mlflow.db", (tmp_path / "mlflow.db").read_bytes())
    assert ("user name", "jdoe77") in {(mark.kind, mark.text) for mark in marks}
