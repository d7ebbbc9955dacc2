"""A bundle is checked like the project it holds; its records are the author's."""

import shutil

import pytest

from artifactpack.errors import RefusedError
from artifactpack.pipeline.bundle import Options, bundle
from artifactpack.pipeline.check import check

pytestmark = pytest.mark.usefixtures("kept_cache")


@pytest.fixture
def packed(examples, tmp_path):
    root = tmp_path / "digits"
    shutil.copytree(examples / "digits", root, ignore=shutil.ignore_patterns("__pycache__", ".artifactpack"))
    bundle(root, tmp_path / "digits.zip", Options(pdf=False))
    return tmp_path / "digits.zip"


def test_a_bundle_gives_the_verdicts_of_its_project(packed, examples):
    inside, outside = check(packed), check(examples / "digits")
    verdicts = [
        {item.id: item.verdict for checklist in result.checklists for item in checklist.items}
        for result in (inside, outside)
    ]
    differing = {name for name in verdicts[0] if verdicts[0][name] != verdicts[1][name]}
    assert differing <= {"version-control"}
    assert inside.project.name == "One hidden layer is enough for small digits"


def test_a_damaged_bundle_is_refused(packed):
    data = bytearray(packed.read_bytes())
    data[len(data) // 2] ^= 1
    packed.write_bytes(bytes(data))
    with pytest.raises(RefusedError):
        check(packed)
