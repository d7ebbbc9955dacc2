"""The state folder: whose records they are, what is current, and what is refused."""

import hashlib
import json
import math
import shutil

import pytest

from artifactpack.errors import InputError, RefusedError
from artifactpack.models.config import Command, Config
from artifactpack.models.run import FileUse, Metric, PackageUse, RunRecord
from artifactpack.recorder import own
from artifactpack.recorder.current import changed_inputs, current
from artifactpack.recorder.hashing import Hashes, sha256_file
from artifactpack.recorder.interpreter import Interpreter
from artifactpack.recorder.plan import command_digest
from artifactpack.recorder.store import RunStore, commit

GO = Command(run=("x",))
CONFIG = Config(commands={"go": GO})


@pytest.fixture
def store(make_tree):
    made = RunStore(make_tree({"in.txt": "data"}))
    made.open_for_writing()
    return made


def add(store, run_id="go-1", **more):
    folder = store.folder(run_id)
    folder.mkdir()
    digest = sha256_file(store.root / "in.txt")
    told = {
        "command": "go",
        "seed": 0,
        "command_digest": command_digest(GO),
        "read": (FileUse(path="in.txt", sha256=digest),),
    }
    commit(folder, RunRecord(id=run_id, **{**told, **more}))
    store.forget()
    return run_id


def test_own_records_are_known_also_in_a_copy(store, tmp_path):
    add(store)
    copy = tmp_path / "copy"
    shutil.copytree(store.root, copy)
    assert RunStore(copy).own() == {"go-1"}


def test_a_strangers_record_is_not_own(store, monkeypatch, tmp_path):
    add(store)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    assert RunStore(store.root).own() == frozenset()
    assert [r.id for r in RunStore(store.root).records()] == ["go-1"]


def test_a_record_that_was_edited_is_not_own_any_more(store):
    add(store)
    path = store.folder("go-1") / "record.json"
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 1'))
    assert RunStore(store.root).own() == frozenset()


def test_state_is_ignored_by_git(store):
    assert (store.state / ".gitignore").read_text().splitlines()[-1] == "*"


@pytest.mark.parametrize("part", [".artifactpack", ".artifactpack/runs"])
def test_a_linked_state_folder_is_refused(make_tree, tmp_path, part):
    root = make_tree({"a.py": ""})
    (tmp_path / "elsewhere").mkdir()
    place = root / part
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(tmp_path / "elsewhere")
    for act in (RunStore(root).records, RunStore(root).open_for_writing):
        with pytest.raises(RefusedError, match="symbolic link"):
            act()


def test_a_foreign_state_folder_is_not_written_to(store, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 4242)
    with pytest.raises(RefusedError, match="belongs to another user"):
        RunStore(store.root).open_for_writing()


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "null", "[" * 100_000, '{"id": "bad"}', '{"id": "other", "command": "x"}'),
        '{"id": "bad", "command": "x", "surprise": 1}',
    ],
)
def test_a_bad_record_is_a_problem_not_a_crash(store, content):
    add(store)
    store.folder("bad").mkdir()
    (store.folder("bad") / "record.json").write_text(content)
    again = RunStore(store.root)
    assert [r.id for r in again.records()] == ["go-1"]
    assert len(again.problems) == 1 and "runs/bad/record.json" in again.problems[0]


@pytest.mark.parametrize("many", [0, 300])
def test_own_records_are_read_the_same_by_the_validator_and_without(store, monkeypatch, many):
    """And one of ours that another version wrote, with a field that this one does not know, is read by both."""
    monkeypatch.setattr("artifactpack.recorder.store.MANY", many)
    unknown = Metric(name="x", last=math.nan, minimum=0, maximum=1)
    add(store, packages=(PackageUse(name="a", version="1"),), metrics=(unknown,))
    add(store, "go-2")
    newer = json.loads((store.folder("go-2") / "record.json").read_bytes()) | {"later": 1}
    data = json.dumps(newer).encode()
    (store.folder("go-2") / "record.json").write_bytes(data)
    own.remember(hashlib.sha256(data).hexdigest())
    first, second = RunStore(store.root).records()
    assert (first.id, first.packages, first.read[0].path) == ("go-1", (PackageUse(name="a", version="1"),), "in.txt")
    assert math.isnan(first.metrics[0].last)
    assert (second.id, second.seed) == ("go-2", 0)


def test_a_linked_record_is_not_followed(store, tmp_path):
    add(store)
    store.folder("link").mkdir()
    (store.folder("link") / "record.json").symlink_to(store.folder("go-1") / "record.json")
    assert [r.id for r in RunStore(store.root).records()] == ["go-1"]


@pytest.mark.parametrize("run_id", ["../x", "", "a/b", ".hidden", "x" * 200])
def test_ids_stay_in_their_folder(store, run_id):
    with pytest.raises(InputError):
        store.folder(run_id)


def test_series_from_a_stranger(store):
    add(store)
    text = '{"a": [[0, "NaN"], [1, 2], "x", [1], [[], 2]], "b": 3}'
    (store.folder("go-1") / "metrics.json").write_text(text)
    series = store.series("go-1")
    assert list(series) == ["a"] and len(series["a"]) == 2


def test_torn_own_list(store):
    add(store)
    place = next(iter(own.state_dir().glob("own-records.txt")))
    place.write_text(place.read_text() + "deadbeef")
    own.remember("0" * 64)
    assert RunStore(store.root).own() == {"go-1"}
    assert "0" * 64 in own.known()


# -- current -------------------------------------------------------------------------------------------------------


def fresh(store, config=CONFIG, interpreter=None):
    return current(store.records(), config, store.root, interpreter)


def test_an_unchanged_run_is_current(store):
    assert fresh(store) == frozenset()
    add(store)
    assert fresh(store) == {"go-1"}


def test_reading_something_else_changes_nothing(store):
    add(store)
    (store.root / "README.md").write_text("new")
    assert fresh(store) == {"go-1"}


@pytest.mark.parametrize("content", [b"other", None])
def test_an_input_that_changed_or_went(store, content):
    add(store)
    (store.root / "in.txt").unlink() if content is None else (store.root / "in.txt").write_bytes(content)
    assert fresh(store) == frozenset()


def test_another_command_table(store):
    add(store)
    assert fresh(store, Config(commands={"go": Command(run=("y",))})) == frozenset()
    assert fresh(store, Config(commands={"go": Command(run=("x",), seeds=(1, 2))})) == {"go-1"}


@pytest.mark.parametrize(("version", "same"), [("1.0", True), ("2.0", False)])
def test_packages_that_were_imported(store, version, same):
    add(store, packages=(PackageUse(name="Some_Lib", version="1.0"),), python="3.11.7")
    asked = Interpreter(version="3.11.7", installed={"some-lib": version, "unrelated": "9"})
    assert fresh(store, interpreter=asked) == ({"go-1"} if same else frozenset())


def test_a_failed_run_is_not_current(store):
    add(store, state="failed")
    assert fresh(store) == frozenset()


def test_a_run_on_a_stale_partner_is_stale(store):
    add(store, "a", command_digest="other")
    add(store, "b", seed=1, needs=("a",))
    assert fresh(store) == frozenset()


def test_a_later_attempt_replaces_an_earlier_one(store):
    add(store, "a")
    add(store, "b", attempt=1)
    assert fresh(store) == {"b"}


def test_remove(store):
    add(store)
    assert store.remove("go-1") > 0
    assert store.records() == () and list(store.runs.iterdir()) == []
    with pytest.raises(InputError):
        store.remove("go-1")


def test_json_stays_readable(store):
    add(store)
    assert json.loads((store.folder("go-1") / "record.json").read_text())["schema"] == "artifactpack.run/1"


@pytest.mark.parametrize("path", ["/dev/zero", "../../../../../../dev/zero", "device", "/etc/hostname"])
def test_a_strangers_record_cannot_make_us_read_any_file(store, path):
    (store.root / "device").symlink_to("/dev/zero")
    use = FileUse(path=path, sha256="0" * 64)
    assert changed_inputs(RunRecord(id="x", command="go", read=(use,)), store.root, Hashes()) == (use,)


def test_a_link_for_our_own_file_is_replaced_not_followed(make_tree, tmp_path):
    made = RunStore(make_tree({"in.txt": ""}))
    made.state.mkdir()
    (made.state / ".gitignore").symlink_to(tmp_path / "victim")
    made.open_for_writing()
    assert not (tmp_path / "victim").exists() and (made.state / ".gitignore").read_text().endswith("*\n")


def test_a_removal_that_was_cut_short_does_not_stop_the_next(store):
    add(store)
    (store.runs / ".removed-go-1" / "out").mkdir(parents=True)
    store.remove("go-1")
    assert list(store.runs.iterdir()) == []
