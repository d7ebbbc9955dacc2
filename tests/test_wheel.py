"""The wheel holds every schema, every template and the demo's project, and nothing that should not travel."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHIPPED = ("schemas", "templates", "examples/digits")


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    with zipfile.ZipFile(next(target.glob("*.whl"))) as wheel:
        return set(wheel.namelist())


@pytest.mark.slow
@pytest.mark.parametrize("folder", SHIPPED)
def test_every_data_file_is_in_the_wheel(names, folder):
    listed = subprocess.run(["git", "ls-files", "-z", folder], cwd=ROOT, check=True, capture_output=True).stdout
    files = [name.decode() for name in listed.split(b"\0") if name]
    assert files
    assert {f"artifactpack/_data/{name}" for name in files} <= names


@pytest.mark.slow
def test_nothing_but_the_package_is_in_the_wheel(names):
    assert {name.split("/")[0] for name in names} == {"artifactpack", "artifactpack-0.1.0.dist-info"}
    assert not [name for name in names if "__pycache__" in name or "/.artifactpack/" in name]
