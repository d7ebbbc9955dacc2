"""What changed between two checks."""

import pytest

from artifactpack.models.fact import Defect, Finding, Source
from artifactpack.report.changes import changes, markdown
from tests.report.samples import check_result, item


def result(**verdicts):
    items = tuple(item(i, v.replace("_", "-"), f"Item {name}") for i, (name, v) in enumerate(verdicts.items()))
    return check_result(items, claims=(), findings={})


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        pytest.param("supported", "contradicted", True, id="contradicted"),
        pytest.param("supported", "no_evidence", True, id="lost-evidence"),
        pytest.param("no_evidence", "supported", False, id="gained-evidence"),
        pytest.param("contradicted", "no_evidence", False, id="less-bad"),
    ],
)
def test_a_change_is_worse_or_better(before, after, worse):
    (change,) = changes(result(a=before), result(a=after))
    assert change.worse is worse


def test_nothing_changed_says_so():
    same = check_result()
    assert changes(same, same) == ()
    assert "No verdict changed" in markdown((), same, same)


def test_what_got_worse_comes_first_and_the_rest_is_left_out():
    before, after = (
        result(a="no_evidence", b="supported", c="supported"),
        result(a="supported", b="contradicted", c="supported"),
    )
    assert [c.after.id for c in changes(before, after)] == ["1", "0"]
    told = markdown(changes(before, after), before, after)
    assert "1 → **" not in told and "2 of 3 → **2 of 3**" in told
    assert "Item c" not in told


def test_the_same_defect_in_another_file_is_new():
    def with_defect(*paths):
        defects = tuple(Defect(id="a.b", message="wrong", fact="a.b", sources=(Source(path=p, line=1),)) for p in paths)
        return check_result((), claims=(), findings={"a": Finding(defects=defects)})

    (change,) = changes(with_defect("a.py"), with_defect("a.py", "b.py"))
    assert change.worse and change.after.path == "b.py"
    (gone,) = changes(with_defect("a.py", "b.py"), with_defect("a.py"))
    assert gone.after is None and not gone.worse
