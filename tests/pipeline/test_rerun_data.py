"""Data that is not in the bundle comes from the cache by content, and is hashed again on its way into the project."""

import hashlib
from types import SimpleNamespace

import pytest

from artifactpack.folders import cache_dir
from artifactpack.models.config import Config, DataSet
from artifactpack.models.event import silent
from artifactpack.models.manifest import Member
from artifactpack.pipeline.rerun_data import _fetch, supply
from artifactpack.pipeline.rerun_wish import Wish

DATA = b"rows"
MEMBER = Member(
    path="data/project/rows.csv",
    size=4,
    sha256=hashlib.sha256(DATA).hexdigest(),
    role="data",
    url="https://192.0.2.1/rows",
)


@pytest.mark.parametrize(
    ("cached", "there"), [pytest.param(DATA, True, id="whole"), pytest.param(b"rots", False, id="damaged-since")]
)
def test_a_cached_file_needs_no_network_but_the_recorded_bytes(tmp_path, cached, there):
    place = cache_dir() / "data" / MEMBER.sha256
    place.parent.mkdir(parents=True)
    place.write_bytes(cached)
    assert _fetch(MEMBER, tmp_path / "rows.csv", silent) is there
    assert (tmp_path / "rows.csv").exists() is there


@pytest.mark.parametrize("url", ["", "file:///etc/hostname", "http://192.0.2.1/rows"])
def test_a_bundle_cannot_name_any_address(tmp_path, url):
    member = Member(path=MEMBER.path, size=4, sha256=MEMBER.sha256, role="data", url=url)
    assert _fetch(member, tmp_path / "rows.csv", silent) is False


@pytest.mark.parametrize("name", ["..", "/home", "a/../..", "."])
def test_a_data_sets_name_does_not_lead_out_of_the_reviewers_folder(tmp_path, name):
    """A file whose hash everybody knows would show all of its folder to the run."""
    root = tmp_path / "home" / "datasets"
    root.mkdir(parents=True)
    (root.parent / "rows.csv").write_bytes(DATA)
    bundle = SimpleNamespace(config=Config(data={name: DataSet(path="rows.csv")}), thin=[MEMBER], trees=())
    supplied = supply(bundle, Wish(data_root=str(root)), tmp_path / "project", silent)
    assert (supplied.missing, supplied.links, supplied.shown) == (("rows.csv",), {}, ())
