"""`artifactpack checklist` through the real program."""

import json

from artifactpack.cli.app import run


def test_list_names_every_shipped_list(capsys):
    assert run(["checklist", "list"]) == 0
    out = capsys.readouterr().out
    assert "neurips-2026            16  NeurIPS Paper Checklist 2026" in out
    assert len(out.splitlines()) == 19


def test_show_as_text_and_as_json(capsys):
    assert run(["checklist", "show", "reforms"]) == 0
    out = capsys.readouterr().out
    assert "not confirmed:" in out and "6b" in out
    assert run(["checklist", "show", "arr", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["items"]) == 22


def test_validate_says_every_fault_and_exits_2(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    good = "id: a\ntitle: A\nitems:\n  - {id: x, title: X, question: Q, meets: {all: [{fact: seeds.set, is: true}]}}\n"
    (tmp_path / "good.yaml").write_text(good, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(
        good.replace("seeds.set", "seeds.sett").replace("title: X", "titel: X"), encoding="utf-8"
    )
    (tmp_path / "fact.yaml").write_text(good.replace("seeds.set", "seeds.sett"), encoding="utf-8")
    assert run(["checklist", "validate", "good.yaml", "essentials"]) == 0
    assert run(["checklist", "validate", "bad.yaml", "fact.yaml"]) == 2
    err = capsys.readouterr().err
    for part in ("item 'x', titel: unknown key", "item 'x', title: this key is missing", "the nearest is seeds.set"):
        assert part in err


def test_unknown_list_names_the_nearest(capsys):
    assert run(["checklist", "show", "neurips2026"]) == 2
    assert "did you mean 'neurips-2026'" in capsys.readouterr().err
