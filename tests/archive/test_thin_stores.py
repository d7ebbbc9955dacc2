"""Thin members in stores: s3:// on a real S3 server, gs:// by a stand-in for its driver, file:// where it is."""

import hashlib
import os
import subprocess
import sys

import pytest

from artifactpack.archive import thin
from artifactpack.errors import InfrastructureError, InputError, RefusedError
from artifactpack.folders import cache_dir
from artifactpack.pipeline.bundle import Options, bundle
from artifactpack.pipeline.record import run_all
from artifactpack.pipeline.rerun import rerun
from artifactpack.pipeline.rerun_wish import Wish
from tests.support.projects import make_project

from .publishing import s3_server

TRAIN = """
import json, sys
json.dump({"size": len(open("data/rows.bin", "rb").read())}, open(sys.argv[1] + "/metrics.json", "w"))
"""
CONFIG = """
[commands.train]
run = ["{{python}}", "train.py", "{{out}}"]
seeds = [0]
[[claims]]
id = "C1"
text = "the size"
metric = "train:size"
value = "{size}"
[data.rows]
path = "data/rows.bin"
url = "{url}"
bundle = false
"""
FETCH = """
import hashlib, os, sys
import fsspec
from artifactpack.archive import thin
from artifactpack.errors import InfrastructureError, InputError

system = fsspec.core.url_to_fs("s3://papers/x")[0]
system.mkdir("papers", region_name="eu-west-1")
data = os.urandom(20 << 20)
system.pipe("papers/rows 1.bin", data)
sha, real, asked = hashlib.sha256(data).hexdigest(), system.cat_file, []

def torn(path, start=None, end=None):
    asked.append(start)
    if start == 2 * thin.RANGE:
        raise ConnectionError("the line is dead")
    return real(path, start=start, end=end)

thin.PAUSE = 0.01
system.cat_file = torn
try:
    thin.fetch("s3://papers/rows%201.bin", sha, len(data), threads=1)
    sys.exit("was not interrupted")
except InfrastructureError as error:
    assert "the line is dead; what has arrived is kept" in str(error), error
assert asked == [0, thin.RANGE] + 3 * [2 * thin.RANGE], asked
del system.cat_file
asked.clear()
real = system.cat_file
system.cat_file = lambda path, start=None, end=None: (asked.append(start), real(path, start=start, end=end))[1]
assert thin.fetch("s3://papers/rows%201.bin", sha, len(data)).read_bytes() == data
assert asked == [2 * thin.RANGE], asked
try:
    thin.fetch("s3://papers/none.bin", "0" * 64, 5)
    sys.exit("was found")
except InputError as error:
    assert "s3://papers/none.bin: FileNotFoundError" in str(error), error
print("fine")
"""


@pytest.fixture(scope="module")
def s3():
    with s3_server() as environ:
        yield environ


def packed(root, url, data):
    """A bundle of a project whose data is only named by *url*; and of whom: the bundle is this user's own."""
    config = CONFIG.format(url=url, size=len(data))
    make_project(root, {"artifactpack.toml": config, "train.py": TRAIN, "data/rows.bin": data})
    run_all(root)
    told = bundle(root, root.with_suffix(".zip"), Options(pdf=False))
    assert [c.state for c in told.choices if c.path.endswith("rows.bin")] == ["thin"]
    return root.with_suffix(".zip")


@pytest.mark.slow
def test_s3_in_ranges_and_resumed(s3):
    done = subprocess.run(
        [sys.executable, "-c", FETCH], env=os.environ | s3, capture_output=True, text=True, check=False
    )
    assert done.stdout == "fine\n", done.stderr


@pytest.mark.slow
def test_a_bundle_whose_data_is_on_s3_is_verified_and_run_again(s3, tmp_path):
    data = os.urandom(9 << 20)
    put = "import fsspec, sys; s = fsspec.filesystem('s3'); s.mkdir('sets', region_name='eu-west-1'); "
    put += "s.pipe('sets/rows.bin', sys.stdin.buffer.read())"
    subprocess.run([sys.executable, "-c", put], input=data, env=os.environ | s3, check=True)
    file = packed(tmp_path / "paper", "s3://sets/rows.bin", data)
    program = [sys.executable, "-m", "artifactpack"]

    def said(*words):
        done = subprocess.run(
            [*program, *words], env=os.environ | s3, capture_output=True, text=True, check=False, cwd=tmp_path
        )
        return done.returncode, done.stdout + done.stderr

    code, text = said("verify", str(file))
    assert code == 0, text
    assert "1 files are named by address and hash only" in text
    code, text = said("rerun", str(file), "--no-pdf", "--work", "without")
    assert "data is not in the bundle" in text
    code, text = said("rerun", str(file), "--no-pdf", "--work", "with", "--network")
    assert "identical" in text, text
    assert (cache_dir() / "data" / hashlib.sha256(data).hexdigest()).stat().st_size == len(data)


@pytest.fixture
def stand_in():
    """``gs://`` read by a driver of our own, which has ``files`` and fails ``broken`` times."""
    fsspec = pytest.importorskip("fsspec")
    from fsspec.registry import _registry

    class Bucket(fsspec.AbstractFileSystem):
        protocol, files, broken = "gs", {}, 0

        def cat_file(self, path, start=None, end=None, **_):
            if Bucket.broken:
                Bucket.broken -= 1
                raise RuntimeError("503 backend error")
            if path not in self.files:
                raise FileNotFoundError(path)
            return self.files[path][start:end]

    fsspec.register_implementation("gs", Bucket, clobber=True)
    yield Bucket
    _registry.pop("gs", None)


def test_gs_in_ranges_and_resumed(stand_in, monkeypatch):
    monkeypatch.setattr(thin, "RANGE", 1000)
    monkeypatch.setattr(thin, "PAUSE", 0.01)
    data = os.urandom(3500)
    sha = hashlib.sha256(data).hexdigest()
    stand_in.files["bucket/rows.bin"] = data
    stand_in.broken = 3
    with pytest.raises(InfrastructureError, match=r"RuntimeError: 503 backend error; what has arrived is kept"):
        thin.fetch("gs://bucket/rows.bin", sha, 3500, threads=1)
    stand_in.broken = 1
    assert thin.fetch("gs://bucket/rows.bin", sha, 3500).read_bytes() == data
    with pytest.raises(InputError, match="FileNotFoundError"):
        thin.fetch("gs://bucket/none.bin", "0" * 64, 3)
    with pytest.raises(RefusedError, match="is not 3600 bytes long"):
        thin.fetch("gs://bucket/rows.bin", "1" * 64, 3600)


def test_gs_without_its_driver_names_the_extra():
    pytest.importorskip("fsspec")
    try:
        import gcsfs  # noqa: F401
    except ImportError:
        with pytest.raises(InputError, match=r"artifactpack\[gs\]"):
            thin.fetch("gs://bucket/rows.bin", "0" * 64, 3)
    else:
        pytest.skip("the driver is there")


@pytest.mark.slow
def test_a_file_address_is_followed_for_whom_it_is_trusted(tmp_path):
    shared = tmp_path / "shared files"
    shared.mkdir()
    (shared / "rows.bin").write_bytes(b"rows")
    file = packed(tmp_path / "paper", f"file://{shared}/rows.bin", b"rows")
    wish = Wish(seeds=(0,), pdf=False)
    found = rerun(file, tmp_path / "own", wish)
    assert {c.id: c.outcome for c in found.claims} == {"C1": "identical"}
    (shared / "rows.bin").write_bytes(b"rats")
    with pytest.raises(InputError, match=r"rows\.bin is not the recorded data/rows\.bin"):
        rerun(file, tmp_path / "other", wish)


@pytest.mark.slow
def test_a_strangers_file_address_is_not_followed(tmp_path, monkeypatch):
    (tmp_path / "rows.bin").write_bytes(b"rows")
    file = packed(tmp_path / "paper", f"file://{tmp_path}/rows.bin", b"rows")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another user"))
    found = rerun(file, tmp_path / "w", Wish(seeds=(0,), pdf=False))
    assert {c.id: c.outcome for c in found.claims} == {"C1": "not-run"}
    assert "data is not in the bundle" in " ".join(found.failures)
