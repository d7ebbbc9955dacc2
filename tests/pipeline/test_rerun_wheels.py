"""A package without a wheel: its author's bundle ships it built, and a stranger needs no index and builds nothing."""

from __future__ import annotations

import json
import shutil
import zipfile

import pytest

from artifactpack.archive import lock
from artifactpack.errors import InputError
from artifactpack.models.run import PackageUse
from artifactpack.pipeline.bundle import Options, bundle
from artifactpack.pipeline.rerun import rerun
from artifactpack.pipeline.rerun_wish import Wish
from tests.rerun.toy import TRAIN, rewrite
from tests.rerun.toy_fixtures import recorded, toy  # noqa: F401 - fixtures
from tests.rerun.wheels import make_source, make_wheel

pytestmark = pytest.mark.slow
PEAR = PackageUse(name="pear", version="2.0")


PYLOCK = """lock-version = "1.0"
created-by = "a locker"
[[packages]]
name = "pear"
version = "2.0"
sdist = {{ url = "https://example.org/pear-2.0.tar.gz", size = {size}, hashes = {{ sha256 = "{digest}" }} }}
"""


@pytest.fixture
def source(tmp_path):
    """The only file of the package and its SHA-256."""
    return make_source(tmp_path / "index", "pear", "2.0")


@pytest.fixture
def needs_pear(toy, source, monkeypatch):  # noqa: F811
    """The toy paper on top of a package whose source alone lies in the index; pip and uv look nowhere else."""
    return on_pear(toy, *source, monkeypatch)


def on_pear(toy, source, digest, monkeypatch):  # noqa: F811
    rewrite(toy, "train.py", TRAIN.replace("# SABOTAGE", "import pear; assert pear.VERSION == '2.0'"))
    for file in (toy / ".artifactpack" / "runs").glob("*/record.json"):
        file.write_text(json.dumps(json.loads(file.read_text()) | {"packages": [{"name": "pear", "version": "2.0"}]}))
    kept = toy / lock.STATE / lock.kept_name([PEAR])
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(f"pear==2.0 \\\n    --hash=sha256:{digest}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(source.parent))
    return toy


def test_a_wheel_built_by_the_author_serves_a_stranger_without_any_index(needs_pear, tmp_path):
    packed = tmp_path / "with.zip"
    bundle(needs_pear, packed, Options(pdf=False, wheels=True))
    shutil.rmtree(tmp_path / "index")
    with zipfile.ZipFile(packed) as archive:
        assert "data/environment/wheels/pear-2.0-py3-none-any.whl" in archive.namelist()
        assert archive.read("data/environment/requirements.lock").decode().count("--hash") == 2
    found = rerun(packed, tmp_path / "w", Wish(pdf=False))
    assert (found.environment.missing, found.sandbox.own) == ((), False)
    assert [c.outcome for c in found.claims] == ["identical"]


def test_a_project_that_only_has_a_pylock_ships_its_wheels_too(needs_pear, source, tmp_path):
    shutil.rmtree(needs_pear / lock.STATE)
    text = PYLOCK.format(size=source[0].stat().st_size, digest=source[1])
    (needs_pear / "pylock.toml").write_text(text)
    packed = tmp_path / "with.zip"
    bundle(needs_pear, packed, Options(pdf=False, wheels=True))
    shutil.rmtree(tmp_path / "index")
    with zipfile.ZipFile(packed) as archive:
        names = {n.removeprefix(lock.ENVIRONMENT) for n in archive.namelist() if n.startswith(lock.ENVIRONMENT)}
        assert names >= {"wheels/pear-2.0-py3-none-any.whl", "requirements.lock"} and "pylock.toml" not in names
        recipe = archive.read(f"{lock.ENVIRONMENT}Containerfile").decode()
        assert "--no-index" in recipe and "pylock" not in recipe
        assert "requirements.lock" in archive.read("README.md").decode()
    found = rerun(packed, tmp_path / "w", Wish(pdf=False))
    assert (found.environment.missing, [c.outcome for c in found.claims]) == ((), ["identical"])


def test_a_lock_with_what_no_index_has_is_refused_by_name(needs_pear, tmp_path):
    shutil.rmtree(needs_pear / lock.STATE)
    (needs_pear / "pylock.toml").write_text('[[packages]]\nname = "plum"\ndirectory = { path = "." }\n')
    with pytest.raises(InputError, match=r"plum .* no wheel of it to pack"):
        bundle(needs_pear, tmp_path / "with.zip", Options(pdf=False, wheels=True))


def test_the_wheel_has_the_same_bytes_each_time(needs_pear, tmp_path):
    made = [bundle(needs_pear, tmp_path / n, Options(pdf=False, wheels=True)).digest for n in ("a.zip", "b.zip")]
    assert made[0] == made[1]


def test_without_it_the_package_is_named_with_the_remedy(needs_pear, tmp_path):
    bundle(needs_pear, tmp_path / "bare.zip", Options(pdf=False))
    found = rerun(tmp_path / "bare.zip", tmp_path / "w", Wish(pdf=False))
    (claim,) = found.claims
    assert found.environment.missing[0].startswith("pear==2.0 (there is only its source")
    assert (claim.outcome, claim.cause) == ("not-run", "environment")
    assert "bundle --wheels" in claim.settles and "--i-trust-this-bundle" in found.failures[-1]


def test_a_package_that_runs_at_every_start_of_python_runs_behind_the_walls_only(toy, tmp_path, monkeypatch):  # noqa: F811
    mark = tmp_path / "owned"  # behind the walls this folder is not there
    start = f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n"
    wheel, digest = make_wheel(tmp_path / "index", "pear", "2.0", {"pear.pth": start})
    packed = tmp_path / "with.zip"
    bundle(on_pear(toy, wheel, digest, monkeypatch), packed, Options(pdf=False, wheels=True))
    found = rerun(packed, tmp_path / "w", Wish(pdf=False))
    assert found.environment.missing == () and found.sandbox.level >= 2
    assert not mark.exists()
