"""A data set of many files that stays where it is: one hash in the bundle, checked and linked to by `rerun`."""

import json
from dataclasses import replace

import pytest

from artifactpack.archive import trees
from artifactpack.archive.reader import open_bundle
from artifactpack.errors import InputError, RefusedError
from artifactpack.pipeline.bundle import Options, bundle
from artifactpack.pipeline.record import run_all
from artifactpack.pipeline.rerun import rerun
from artifactpack.pipeline.rerun_wish import Wish, make_wish
from artifactpack.pipeline.verify import verify
from tests.support.projects import make_project

pytestmark = pytest.mark.slow
TRAIN = """
import json, pathlib, random, sys
random.seed(int(sys.argv[1]))
rows = [int(file.read_text()) for file in sorted(pathlib.Path("data/rows").rglob("*.txt"))]
json.dump({"total": sum(rows), "noise": random.random()}, open(sys.argv[2] + "/metrics.json", "w"))
"""
CONFIG = """
[commands.train]
run = ["{python}", "train.py", "{seed}", "{out}"]
seeds = [0, 1, 2]
[[claims]]
id = "C1"
text = "the total"
metric = "train:total"
value = "45"
[data.rows]
path = "data/rows"
bundle = false
"""
WISH = Wish(seeds=(0, 1, 2), pdf=False)


@pytest.fixture
def datasets(make_tree):
    """What a cluster has: ten files in two folders."""
    return make_tree({f"rows/{n % 2}/{n}.txt": str(n) for n in range(10)}, "datasets")


@pytest.fixture
def packed(datasets, tmp_path):
    """A project whose data is a link to it, recorded and bundled."""
    root = tmp_path / "project"
    make_project(root, {"artifactpack.toml": CONFIG, "train.py": TRAIN, ".gitignore": "data\n"})
    (root / "data").mkdir()
    (root / "data" / "rows").symlink_to(datasets / "rows")
    run_all(root)
    told = bundle(root, tmp_path / "paper.zip", Options(pdf=False))
    assert [(c.path, c.state) for c in told.choices if "rows" in c.path] == [("data/project/data/rows", "thin")]
    return tmp_path / "paper.zip"


def outcome(result):
    return {c.id: c.outcome for c in result.claims}


def test_the_data_is_one_hash_in_the_bundle_and_is_used_where_it_is(packed, datasets, tmp_path):
    with open_bundle(packed) as there:
        assert not [m for m in there.manifest.members if "data/project/data" in m.path]
        (tree,) = trees.read(there.read(trees.MEMBER))
    assert (tree.name, tree.path, tree.files, tree.size) == ("rows", "data/rows", 10, 10)
    assert "data.rows is one hash of 10 files" in " ".join(verify(packed).notes)
    found = rerun(packed, tmp_path / "w", replace(WISH, data_root=str(datasets)))
    assert outcome(found) == {"C1": "identical"}
    assert not [p for p in (tmp_path / "w").rglob("*.txt") if p.parent.name in "01"]  # no copy was made


def test_data_by_name_and_by_path_in_the_root(packed, datasets, tmp_path):
    (tmp_path / "other" / "data").mkdir(parents=True)
    (datasets / "rows").rename(tmp_path / "other" / "data" / "rows")
    by_path = rerun(packed, tmp_path / "a", replace(WISH, data_root=str(tmp_path / "other")))
    by_name = rerun(packed, tmp_path / "b", replace(WISH, data={"rows": str(tmp_path / "other" / "data" / "rows")}))
    assert outcome(by_path) == outcome(by_name) == {"C1": "identical"}


def test_other_data_is_refused_and_named(packed, datasets, tmp_path):
    (datasets / "rows" / "0" / "4.txt").write_text("5")
    with pytest.raises(InputError, match=r"rows is not the recorded data/rows: sha256 .*10 files, recorded 10"):
        rerun(packed, tmp_path / "w", replace(WISH, data_root=str(datasets)))


def test_missing_data_is_why_nothing_ran(packed, tmp_path):
    found = rerun(packed, tmp_path / "w", WISH)
    assert outcome(found) == {"C1": "not-run"}
    assert "data: train: data is not in the bundle and was not given (--data, --data-root): data/rows" in found.failures


def test_data_that_changed_since_it_was_read_stops_the_bundle(packed, datasets, tmp_path):
    (datasets / "rows" / "1" / "7.txt").write_text("8")
    with pytest.raises(InputError, match=r"data/rows/1/7\.txt"):
        bundle(tmp_path / "project", tmp_path / "again.zip", Options(pdf=False))


def test_a_thin_file_is_used_where_it_is_too(make_tree, tmp_path):
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "rows.txt").write_text("45")
    root = tmp_path / "project"
    config = CONFIG.replace('"data/rows"', '"data/rows/rows.txt"\nurl = "https://192.0.2.1/rows"')
    make_project(root, {"artifactpack.toml": config, "train.py": TRAIN, "data/rows/rows.txt": "45"})
    run_all(root)
    bundle(root, tmp_path / "paper.zip", Options(pdf=False))
    wish = replace(WISH, data_root=str(tmp_path / "sets"))
    (tmp_path / "sets" / "rows").mkdir()
    (tmp_path / "sets" / "rows.txt").rename(tmp_path / "sets" / "rows" / "rows.txt")
    assert outcome(rerun(tmp_path / "paper.zip", tmp_path / "w", wish)) == {"C1": "identical"}
    (tmp_path / "sets" / "rows" / "rows.txt").write_text("46")
    with pytest.raises(InputError, match=r"rows\.txt is not the recorded data/rows/rows\.txt"):
        rerun(tmp_path / "paper.zip", tmp_path / "w", wish)


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(InputError, match="--data-root nowhere: no such folder"):
        make_wish("", (), "", "", (), False, False, data_root="nowhere")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"path": "../up"}, id="out-of-the-project"),
        pytest.param({"path": "/etc"}, id="absolute"),
        pytest.param({"node": "x"}, id="no-hash"),
        pytest.param({"more": 1}, id="unknown-field"),
    ],
)
def test_a_list_of_trees_that_we_cannot_have_written(change):
    tree = {"name": "n", "path": "p", "node": "0" * 64, "files": 1, "size": 1, "url": ""} | change
    with pytest.raises(RefusedError):
        trees.read(json.dumps({"schema": "artifactpack.trees/1", "trees": [tree]}).encode())


def test_many_files_are_a_tree_even_with_an_address(make_tree, monkeypatch):
    from artifactpack.project import open_project

    config = CONFIG.replace("bundle = false", 'url = "https://192.0.2.1/rows/"\nbundle = false')
    root = make_tree({"artifactpack.toml": config, "data/rows/a.txt": "", "data/rows/b.txt": ""})
    assert trees.declared(open_project(root)) == {}
    monkeypatch.setattr(trees, "MANY", 1)
    assert trees.declared(open_project(root)) == {"data/rows": "rows"}
