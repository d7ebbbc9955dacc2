"""One hash for a folder: the same for the same content, another for any change, and cheap the second time."""

import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactpack.core.merkle import file_entry, folder_entry, node
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


NAMES = st.binary(min_size=1, max_size=8).filter(lambda b: b"\0" not in b and b"/" not in b)
HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)
FILES = st.dictionaries(NAMES, st.tuples(st.integers(0, 2**50), HASHES), max_size=4)


@given(FILES, FILES)
def test_different_folders_have_different_nodes(one, two):
    first, second = (node(file_entry(n, s, h) for n, (s, h) in files.items()) for files in (one, two))
    assert (first == second) == (one == two)


def test_a_folder_is_not_a_file_of_the_same_hash():
    assert node([folder_entry(b"x", "0" * 64)]) != node([file_entry(b"x", 0, "0" * 64)])
