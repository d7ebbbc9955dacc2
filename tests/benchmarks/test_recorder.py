"""The page of the recorder's costs: parts measured anew replace their rows and no others."""

from benchmarks import recorder


def test_rows_are_replaced_by_name(tmp_path):
    page = tmp_path / "recorder.md"
    for value in ("1.5", "1.6"):
        recorder.update(page, f"| a, CPU time | {value} | ≤ 2 | yes | how |")
        recorder.update(page, "| b | 3 | ≤ 2 | **no** | how |")
    text = page.read_text()
    assert text.startswith("# What recording costs")
    assert [line.split(" | ")[1] for line in text.splitlines()[-2:]] == ["1.6", "3"]


def test_the_median_of_the_pairs_decides_and_the_cheapest_stand_beside_it():
    costs = [(1.0, 1.01), (1.0, 1.5), (0.5, 0.505)]
    found = [(recorder.Cost(0, off, 0), recorder.Cost(0, on, 0)) for off, on in costs]
    assert recorder.cpu_row("x", found, 1.02, "").startswith(
        "| x, CPU time | 1.010 (cheapest 1.010, pairs 1.010–1.500) |"
    )
    assert "| yes |" in recorder.cpu_row("x", found, 1.02, "")
    assert "**no**" in recorder.cpu_row("x", found, 1.005, "")
