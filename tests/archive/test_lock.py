"""The frozen environment's lock can be installed by those who have pip alone."""

import pytest

from artifactpack.archive.lock import PYTORCH, with_index
from artifactpack.rerun.lock import parse_requirements

PINS = "numpy==2.1.0\ntorch==2.13.0{}\n"


@pytest.mark.parametrize("label", ["cpu", "cu126", "rocm6.2.4", "xpu"])
def test_builds_that_lie_in_pytorchs_own_index_come_with_its_address(label):
    text = with_index(PINS.format(f"+{label}"))
    assert text.splitlines()[0] == f"--extra-index-url {PYTORCH}{label}"
    lock = parse_requirements(text)
    assert [pin.version for pin in lock.pins] == ["2.1.0", f"2.13.0+{label}"]
    assert not lock.refused


@pytest.mark.parametrize(
    "text", [PINS.format(""), PINS.format("+mine"), f"--index-url {PYTORCH}cpu\n" + PINS.format("+cpu")]
)
def test_nothing_is_added_that_is_not_needed(text):
    assert with_index(text) == text
