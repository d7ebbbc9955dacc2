"""How many bytes an environment takes from elsewhere, as far as its lock tells."""

import platform

import pytest

from artifactpack.models.rerun import RerunPlan
from artifactpack.report.rerun_text import plan_lines
from artifactpack.rerun.download import Download, applies, download_of
from artifactpack.rerun.lock import Pin, parse_pylock

HERE = platform.machine()
ALL = "pear-2.0-py3-none-any.whl"


def pin(*files, marker=""):
    return Pin(name="pear", version="2.0", files=files, marker=marker)


def test_sizes_are_read_from_a_pylock():
    text = """
        [[packages]]
        name = "pear"
        version = "2.0"
        wheels = [{ url = "https://example.org/a/pear-2.0-py3-none-any.whl", size = 40 }, { name = "x.whl" }]
        [[packages]]
        name = "plum"
        version = "1"
        sdist = { path = "plum-1.tar.gz", size = 7 }
        [[packages]]
        name = "quince"
        version = "1"
        wheels = [{ name = "quince-1-py3-none-any.whl", size = -3 }, { name = "a.whl", size = "9" }]
    """
    files = [p.files for p in parse_pylock(text).pins]
    quince = (("quince-1-py3-none-any.whl", 0), ("a.whl", 0))
    assert files == [((ALL, 40), ("x.whl", 0)), (("plum-1.tar.gz", 7),), quince]


@pytest.mark.parametrize(
    ("pins", "found"),
    [
        pytest.param([], Download(), id="nothing"),
        pytest.param([pin((ALL, 40)), pin((ALL, 2))], Download(packages=2, size=42), id="all-known"),
        pytest.param([pin((ALL, 40)), pin((ALL, 0)), pin()], Download(packages=3, size=40, unknown=2), id="some"),
        pytest.param(
            [pin((f"pear-2.0-cp311-cp311-manylinux_2_17_{HERE}.whl", 9), ("pear-2.0-cp311-cp311-win_amd64.whl", 99))],
            Download(packages=1, size=9),
            id="another-system",
        ),
        pytest.param([pin(("pear-2.0.tar.gz", 5))], Download(packages=1, size=5), id="source"),
        pytest.param([pin((ALL, 40), marker="sys_platform == 'win32'")], Download(), id="not-for-this-system"),
    ],
)
def test_what_fits_this_system_counts(pins, found):
    assert download_of(pins, "3.11.7") == found


@pytest.mark.parametrize(
    ("marker", "python", "holds"),
    [
        ("", "", True),
        ("python_version < '3.9'", "3.11.7", False),
        ("python_version < '3.9'", "3.8.1", True),
        ("python_full_version == '3.11.7'", "3.11.7", True),
        ("extra == 'x'", "3.11.7", False),
        ("no marker at all", "3.11.7", True),
        ("'dev' in dependency_groups", "3.11.7", True),
    ],
)
def test_markers_are_asked_for_the_interpreter_of_the_runs(marker, python, holds):
    assert applies(marker, python) is holds


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (RerunPlan(), "download: none."),
        (RerunPlan(download=3, download_unknown=3), "download: 3, whose sizes the lock does not tell."),
        (RerunPlan(download=3, download_bytes=1_500_000), "download: 3, 1.5 MB at most."),
        (
            RerunPlan(download=3, download_bytes=1_500_000, download_unknown=1),
            "download: 3, 1.5 MB at most and 1 of unknown size.",
        ),
    ],
)
def test_the_plan_says_it(plan, words):
    assert any(line.endswith(words) for line in plan_lines(plan))
