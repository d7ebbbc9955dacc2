"""Files of strangers: bombs are refused before anything recursive looks at them."""

from __future__ import annotations

import sqlite3

import pytest

from artifactpack.project import open_project
from artifactpack.systems import read_systems
from artifactpack.systems.reading import Unreadable, columns, open_sqlite, parse_yaml

ALIASES = "a: &x 1\nb: [" + "*x," * 200 + "]"


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "- " * 100_000, "{a: " * 50_000, ALIASES], ids=["lists", "items", "maps", "aliases"]
)
def test_bombs_are_refused(text):
    with pytest.raises(Unreadable):
        parse_yaml(text)


def test_unknown_tags_become_plain_data():
    assert parse_yaml("- !a {b: 1}\n- !c [1]\n- !d e\n---\n2") == [[{"b": 1}, [1], "e"], 2]


VIEW = (
    "CREATE TABLE t (x); CREATE VIEW datasets AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
    " SELECT x AS name FROM n"
)


def test_a_view_that_never_ends_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / "s.db") as db:
        db.executescript(VIEW)
    db.close()
    with pytest.raises(Unreadable, match=r"prohibited|not authorized"), open_sqlite(tmp_path / "s.db") as connection:
        assert columns(connection, "t") == {"x"}
        connection.execute("SELECT name FROM datasets").fetchone()


def test_text_that_is_none_is_told(tmp_path):
    with sqlite3.connect(tmp_path / "s.db") as db:
        db.execute("CREATE TABLE t (x)")
        db.execute("INSERT INTO t VALUES (CAST(x'ff' AS TEXT))")
    db.close()
    with pytest.raises(Unreadable), open_sqlite(tmp_path / "s.db") as connection:
        connection.execute("SELECT x FROM t").fetchone()


def test_one_file_that_stops_its_reader_hides_no_other(tmp_path):
    for name, config in (("1", "{}"), ("2", '{"seed": 3}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(config)
    (tmp_path / "1/run.json").write_text('{"experiment": {"repositories": 5}}')
    (tmp_path / "2/run.json").write_text('{"experiment": {"name": "toy"}, "status": "COMPLETED"}')
    (found,) = (reading for reading in read_systems(open_project(tmp_path)) if reading.system == "Sacred")
    assert [run.seed for run in found.runs] == [3]
    assert found.warnings == ("1: damaged, or not of the form that this system writes",)


def test_credentials_are_withheld_from_every_reading(tmp_path):
    secret = "s3cr3tV4lue0123456789"
    files = {
        "o/.hydra/config.yaml": f"seed: 1\nwandb_api_key: {secret}\ndb: {{password: {secret}}}\n",
        "o/.hydra/overrides.yaml": f"- db.password={secret}\n",
        "runs/a/args.json": f'{{"seed": 2, "hf_token": "{secret}"}}',
        "runs/a/metrics.json": '{"accuracy": 0.5}',
        "pipeline.json": f'{{"pipeline": {{"name": "t"}}, "transform": {{"cmd": ["t.py", "--api-key", "{secret}"]}}}}',
        "Dockerfile": f"FROM python:3.11\nENV WANDB_API_KEY={secret}\n",
        "compose.yaml": f"services: {{a: {{image: 'https://u:{secret}@h.org/x:1'}}}}\n",
        "operative_config.gin": f"train.api_key = '{secret}'\ntrain.seed = 3\n",
        "dvc.lock": f"schema: '2.0'\nstages: {{t: {{cmd: 't.py --token {secret}'}}}}\n",
        "MLproject": f"entry_points: {{main: {{parameters: {{token: {{default: {secret}}}}}, command: x}}}}\n",
        "requirements.txt": f"foo @ git+https://u:{secret}@h.org/foo\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = read_systems(open_project(tmp_path))
    assert {"Hydra", "Configuration dumps", "Pachyderm", "Containers", "Gin", "DVC", "MLflow"} <= {
        r.system for r in found
    }
    assert secret not in repr(found)
    assert "(withheld)" in repr(found)
