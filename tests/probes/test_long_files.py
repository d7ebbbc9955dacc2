"""Files of nothing but blanks, or of one letter, are read in a moment: a stranger wrote them."""

import time

import pytest

from artifactpack.probes import PROBES
from tests.support.asking import ask, make

NAMES = ("README.md", "run.sh", "conf.yaml", "Dockerfile", "environment.yml", "setup.py", "main.tf", ".gitmodules")


@pytest.mark.slow
@pytest.mark.parametrize("text", ["\n ", " ", "a", "seed ", "- "], ids=repr)
def test_every_probe_is_done_in_a_moment(tmp_path, text):
    project = make(tmp_path, dict.fromkeys(NAMES, text * (60_000 // len(text))))
    start = time.process_time()
    for name in PROBES:
        ask(name, project)
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    "line", ["a" + " " * 50_000 + "x", "a==1 # " + " " * 50_000, "x" * 50_000 + "://y", "\\\n" * 25_000]
)
def test_a_long_requirement_is_read_in_a_moment(tmp_path, line):
    project = make(tmp_path, {"requirements.txt": f"{line}\nnumpy==2.0.0\n"})
    start = time.process_time()
    found = ask("dependencies", project)
    assert time.process_time() - start < 2
    assert found.facts["locked"].status == "absent"


def test_a_variable_behind_blank_lines_is_found_in_its_own_line(tmp_path):
    project = make(tmp_path, {"run.sh": "\n\n\nexport TF_DETERMINISTIC_OPS=1\n"})
    (place,) = ask("determinism", project).facts["requested"].observations[0].sources
    assert (place.path, place.line) == ("run.sh", 4)
