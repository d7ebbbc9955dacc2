"""One hash for a folder: the same for the same content, another for any change, and cheap the second time."""

import os
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactpack.core.merkle import files_hash, node
from artifactpack.errors import InputError
from artifactpack.recorder import folder_hash
from artifactpack.recorder.folder_hash import hash_folder

TREE = {"a/one.txt": "1", "a/two.txt": "2", "b/c/three.bin": b"\0\1", "top": "t"}


@pytest.fixture
def tree(make_tree, monkeypatch):
    """A folder whose files count as old enough to be remembered."""

    def make(files, name="data"):
        monkeypatch.setattr(folder_hash, "SETTLED", -1)
        return make_tree(files, name)

    return make


def test_the_second_time_nothing_is_read(tree):
    root = tree(TREE)
    first, second = hash_folder(root), hash_folder(root)
    assert (first.files, first.size, first.read) == (4, 5, 4)
    assert (second.node, second.read) == (first.node, 0)


def test_place_and_time_do_not_matter(tree):
    assert hash_folder(tree(TREE, "x")).node == hash_folder(tree(dict(reversed(TREE.items())), "y")).node


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda root: (root / "a/one.txt").write_text("9"), id="content-of-the-same-size"),
        pytest.param(lambda root: (root / "a/one.txt").rename(root / "a/uno.txt"), id="name"),
        pytest.param(lambda root: (root / "a/one.txt").rename(root / "b/one.txt"), id="place"),
        pytest.param(lambda root: (root / "top").unlink(), id="gone"),
        pytest.param(lambda root: (root / "empty").mkdir(), id="an-empty-folder"),
    ],
)
def test_any_change_is_seen_and_only_it_is_read(tree, change):
    root = tree(TREE)
    before = hash_folder(root)
    change(root)
    after = hash_folder(root)
    assert after.node != before.node
    assert after.read <= 1


def test_a_fresh_file_is_not_trusted_by_its_time(make_tree):
    root = make_tree(TREE)
    assert hash_folder(root).read == hash_folder(root).read == 4
    there = time.time_ns()
    (root / "top").write_text("x")
    os.utime(root / "top", ns=(there, there))
    first = hash_folder(root).node
    (root / "top").write_text("y")
    os.utime(root / "top", ns=(there, there))
    assert hash_folder(root).node != first


def test_what_cannot_be_hashed_is_named(tree, tmp_path):
    root = tree(TREE)
    (root / "link").symlink_to("top")
    with pytest.raises(InputError, match="link: neither a file nor a folder"):
        hash_folder(root)
    with pytest.raises(InputError, match="no such folder"):
        hash_folder(tmp_path / "nowhere")


@pytest.mark.slow
def test_many_folders_by_processes_give_what_one_gives(tree, monkeypatch, tmp_path):
    monkeypatch.setattr(folder_hash, "ALONE", 3)
    monkeypatch.setattr(folder_hash, "LARGE", 40)
    root = tree({f"{a}/{b}/{c}.txt": f"{a} {b} {c}" * b for a in range(4) for b in range(8) for c in range(3)})
    alone = hash_folder(root, processes=1, place=tmp_path / "one")
    assert alone.files == 96
    assert hash_folder(root, processes=2, place=tmp_path / "two") == alone
    again = hash_folder(root, processes=2, place=tmp_path / "two")
    assert (again.node, again.read) == (alone.node, 0)


def test_a_fault_in_another_process_is_the_same_line(tree, monkeypatch):
    monkeypatch.setattr(folder_hash, "ALONE", 0)
    root = tree({"a/x": "", "b/y": "", "c/z": ""})
    (root / "c" / "link").symlink_to("z")
    with pytest.raises(InputError, match="link: neither a file nor a folder"):
        hash_folder(root, processes=2)


def test_what_was_hashed_before_it_was_stopped_is_not_read_again(tree):
    root = tree({"b/y": "y", "a/x": "x"})
    (root / "a" / "link").symlink_to("x")
    with pytest.raises(InputError):
        hash_folder(root)  # b, then a
    (root / "a" / "link").unlink()
    assert hash_folder(root).read == 1


@pytest.mark.parametrize("damage", [pytest.param(b"", id="empty"), pytest.param(b"no database" * 999, id="garbage")])
def test_a_damaged_index_costs_time_only(tree, tmp_path, damage):
    root = tree(TREE)
    whole = hash_folder(root, place=tmp_path / "index")
    (tmp_path / "index").write_bytes(damage)
    for name in ("index-wal", "index-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    assert hash_folder(root, place=tmp_path / "index") == whole
    assert hash_folder(root, place=tmp_path / "index").read == 0


def test_a_file_that_is_written_while_it_is_read_is_named(tree, monkeypatch):
    root = tree(TREE)
    digest = folder_hash._digest

    def written(fd, size):
        (root / "top").write_text("more")
        return digest(fd, size)

    monkeypatch.setattr(folder_hash, "_digest", written)
    with pytest.raises(InputError, match="top: changed while it was hashed"):
        hash_folder(root)


NAMES = st.binary(min_size=1, max_size=8).filter(lambda b: b"\0" not in b and b"/" not in b)
HASHES = st.binary(min_size=32, max_size=32)
FILES = st.dictionaries(NAMES, st.tuples(st.integers(0, 2**50), HASHES), max_size=4)


@given(FILES, FILES)
def test_different_folders_have_different_nodes(one, two):
    first, second = (node(files_hash((n, s, h) for n, (s, h) in files.items())) for files in (one, two))
    assert (first == second) == (one == two)


def test_a_folder_is_not_a_file_of_the_same_hash():
    empty = files_hash(())
    assert node(empty, [(b"x", "0" * 64)]) != node(files_hash([(b"x", 0, bytes(32))]))


@pytest.mark.slow
def test_memory_holds_a_line_for_each_folder_and_none_for_each_file(tree, tmp_path):
    """Sixty folders more, of 50 files each: what more is needed would not hold the files' names alone."""
    peaks = []
    for number, folders in enumerate((10, 10, 70)):
        root = tree({f"{a}/{'n' * 40}{b}": "" for a in range(folders) for b in range(50)}, f"data{number}")
        tracemalloc.start()
        assert hash_folder(root, processes=1, place=tmp_path / f"index{number}").files == 50 * folders
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (peaks[2] - peaks[1]) / 60 < 50 * 40
