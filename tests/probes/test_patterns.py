"""Patterns over bytes take time in proportion to a line, however it is made."""

import time

import pytest

from artifactpack.probes import _numbers, _repeats, code, cost, hardware, parameters, splits

PUMPS = [
    (_numbers._KEYED, b"val8"),
    (_numbers._KEYED, b"acc"),
    (_numbers._NUMBERS, b"4"),
    (_numbers._NUMBERS, b"f1"),
    (_repeats._LOOP, b"seed"),
    (_repeats._SPREAD, b"\\u00b1(a"),
    (_repeats._SPREAD, b"+-$"),
    (_repeats._STD, b"result3"),
    (_repeats._STD, b"sem("),
    (code._MADE, b"_loss"),
    (cost._COMMENT, b"#runtime"),
    (hardware._SCRIPT, b"#PBSR"),
    (hardware._SCRIPT, b"sbatch "),
    (parameters._COUNTS, b"num_param3"),
    (splits._CHOSEN_BY_TEST, b"if "),
]
STARTS = {_repeats._LOOP: b"for ", code._MADE: b"test_"}


@pytest.mark.parametrize(("pattern", "pump"), PUMPS, ids=[f"{n}-{pump!r}" for n, (_, pump) in enumerate(PUMPS)])
def test_a_long_line_is_read_in_proportion(pattern, pump):
    line = STARTS.get(pattern, b"") + pump * (60_000 // len(pump))
    start = time.process_time()
    assert pattern.match(line) is None
    assert pattern.search(line) is None
    assert time.process_time() - start < 1
