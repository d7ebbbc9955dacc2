"""Citations: of this work, not of others."""

import pytest

from tests.support.asking import ask, make

BIB = "```\n@article{x,\n  title = {Sparse flows for graphs},\n}\n```\n"


@pytest.mark.parametrize(
    ("files", "present"),
    [
        pytest.param({"README.md": "## Citation\n" + BIB}, True, id="section"),
        pytest.param({"README.md": "# Sparse flows for graphs\n" + BIB}, True, id="own-title"),
        pytest.param({"README.md": "If you find this code useful, please cite our paper."}, True, id="request"),
        pytest.param({"CITATION.cff": "title: x\n"}, True, id="file"),
        pytest.param({"README.md": "[[bibtex]](https://h/x.bib)"}, True, id="link-to-bib"),
        pytest.param({"README.md": "# Other\n## Run\nFor details see our paper.\n" + BIB}, True, id="our-paper"),
        pytest.param({"README.md": "# X\n## Citing X\nIf you use it, give us a shout-out."}, True, id="heading"),
        pytest.param({"README.md": "# Other\nWe use the data set of:\n" + BIB}, False, id="entry-of-others"),
        pytest.param({"README.md": "Please cite the original dataset."}, False, id="request-for-others"),
        pytest.param({"README.md": "# X\nExciting work."}, False, id="nothing"),
    ],
)
def test_present(tmp_path, files, present):
    assert ask("citation", make(tmp_path, files)).facts["present"].value is present
