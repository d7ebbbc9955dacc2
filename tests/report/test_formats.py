"""Every output format: all from one model, each as its readers expect it."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from artifactpack.models.fact import Defect, Finding, Source
from artifactpack.models.verdict import Because, CheckResult
from artifactpack.report.check_csv import COLUMNS
from artifactpack.report.formats import FORMATS
from artifactpack.report.many import render_many
from artifactpack.report.rows import problems, rows
from tests.report.samples import check_result, item
from tests.support.npm import npm_file

HOSTILE = 'x"]]>%0A::error::\n| <script>alert(1)</script> `code` ![i](http://example.org/i.png) \x00\x1b[31m'
SCHEMAS = Path(__file__).parent / "schemas"


def hostile_result() -> CheckResult:
    source = Source(path="a,b:c\n%d.py", line=3)
    items = (
        item(
            1,
            "contradicted",
            HOSTILE,
            reason=HOSTILE,
            fix=HOSTILE,
            why=HOSTILE,
            because=(Because(fact="a.b", value=HOSTILE, sources=(source,)),),
        ),
        item(2, "no-evidence", "=1+1"),
    )
    return check_result(items, not_verified=(HOSTILE,), ignored={HOSTILE: HOSTILE})


RESULTS = [pytest.param(check_result(), id="plain"), pytest.param(hostile_result(), id="hostile")]


@pytest.mark.parametrize("result", RESULTS)
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_renders_and_is_deterministic(name, result):
    first = FORMATS[name](result)
    assert first == FORMATS[name](result)
    assert first.endswith("\n")


def test_rows_hold_every_item_defect_and_claim():
    result = check_result()
    kinds = [row.kind for row in rows(result)]
    assert (kinds.count("item"), kinds.count("defect"), kinds.count("claim")) == (10, 1, 2)
    assert [row.level for row in problems(result)] == ["error", "warning", "note", "note"]


@pytest.mark.parametrize("result", RESULTS)
def test_sarif_satisfies_its_schema(result):
    schema = json.loads(npm_file("@microsoft/jest-sarif", "sarif-2.1.0*.json").read_text())
    jsonschema.validators.validator_for(schema)(schema).validate(json.loads(FORMATS["sarif"](result)))


def test_sarif_schema_would_refuse_a_broken_log():
    schema = json.loads(npm_file("@microsoft/jest-sarif", "sarif-2.1.0*.json").read_text())
    log = json.loads(FORMATS["sarif"](check_result()))
    log["runs"][0]["results"][0]["level"] = "terrible"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validators.validator_for(schema)(schema).validate(log)


def test_sarif_points_at_the_line_and_its_rule():
    run = json.loads(FORMATS["sarif"](check_result()))["runs"][0]
    first = run["results"][0]
    assert first["level"] == "error"
    place = first["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("train.py", 30)
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"] == "essentials/3"


def test_fingerprints_survive_a_moved_line():
    def fingerprint(line):
        because = (Because(fact="a.b", value=False, sources=(Source(path="a.py", line=line),)),)
        return problems(check_result((item(1, "contradicted", "T", because=because),)))[0].fingerprint

    assert fingerprint(3) == fingerprint(40)


@pytest.mark.parametrize("result", RESULTS)
def test_gitlab_fingerprints_differ(result):
    issues = json.loads(FORMATS["gitlab"](result))
    jsonschema.validate(issues, json.loads((SCHEMAS / "code-quality.json").read_text()))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) > 2


@pytest.mark.parametrize("result", RESULTS)
def test_junit_counts_and_states(result):
    root = ET.fromstring(FORMATS["junit"](result))
    cases = list(root.iter("testcase"))
    assert int(root.get("tests")) == len(cases) == len(rows(result))
    assert int(root.get("failures")) == len(list(root.iter("failure")))
    for suite in root:
        assert int(suite.get("tests")) == len(suite.findall("testcase"))


def test_junit_tells_two_defects_of_one_kind_apart():
    bare = Defect(id="seeds.bare_generator", message="", fact="seeds.all_libraries")
    defects = tuple(replace(bare, message=f"generator {n} is given no seed") for n in range(2))
    root = ET.fromstring(FORMATS["junit"](check_result(findings={"seeds": Finding(defects=defects)})))
    names = [case.get("name") for case in root.iter("testcase") if case.get("classname") == "defect"]
    assert names == [f"seeds.bare_generator generator {n} is given no seed" for n in range(2)]


def test_sarif_names_the_rule_of_a_defect_in_words():
    rules = json.loads(FORMATS["sarif"](check_result()))["runs"][0]["tool"]["driver"]["rules"]
    assert "seeds: never called" in [rule["shortDescription"]["text"] for rule in rules]


def test_gitlab_tells_the_fix_in_a_sentence_of_its_own():
    told = [issue["description"] for issue in json.loads(FORMATS["gitlab"](check_result()))]
    assert "set_seed is defined but nothing calls it. Fix: Call set_seed(args.seed) at the" in told[1]


def test_junit_fails_what_lacks_evidence_and_skips_what_no_machine_judges():
    root = ET.fromstring(FORMATS["junit"](check_result()))
    state = {c.get("name").split()[0]: [child.tag for child in c] for c in root.find("testsuite")}
    assert state["3"] == state["5"] == ["failure"]
    assert state["8"] == state["9"] == state["10"] == ["skipped"]
    assert state["1"] == []


@pytest.mark.parametrize("result", RESULTS)
def test_github_is_one_command_a_line(result):
    lines = FORMATS["github"](result).splitlines()
    assert len(lines) == len(problems(result))
    assert all(re.match(r"::(error|warning|notice) ", line) for line in lines)
    assert FORMATS["github"](check_result()).startswith("::error file=train.py,line=30,title=artifactpack essentials/3")


def test_csv_reads_back_and_runs_no_formula():
    table = list(csv.DictReader(io.StringIO(FORMATS["csv"](hostile_result()))))
    assert tuple(table[0]) == COLUMNS
    assert len(table) == len(rows(hostile_result()))
    assert table[1]["title"] == "'=1+1"


def test_csv_of_several_projects_runs_no_formula_either():
    class One:
        path, result, error = "=cmd", None, "@sum: no such folder"

    row = next(csv.DictReader(io.StringIO(render_many([One()], "csv"))))
    assert (row["path"], row["error"]) == ("'=cmd", "'@sum: no such folder")


def test_json_is_the_contract():
    from artifactpack.models.records import load

    told = FORMATS["json"](check_result())
    assert json.loads(told)["schema"] == "artifactpack.check/1"
    assert load(CheckResult, json.loads(told)) == check_result()
    assert FORMATS["json"](check_result(), line=True).count("\n") == 1


def test_markdown_shows_hostile_text_literally():
    import nh3
    from markdown import markdown

    body = markdown(FORMATS["markdown"](hostile_result()), extensions=["tables"])
    clean = nh3.clean(body)
    assert "<script" not in body
    assert "<img" not in clean
    assert "alert(1)" in clean


def test_several_projects():
    class One:
        def __init__(self, path, result, error=""):
            self.path, self.result, self.error = path, result, error

    checked = [One("a", check_result()), One("b", None, "b: no such folder")]
    lines = render_many(checked, "json").splitlines()
    assert [json.loads(line)["schema"] for line in lines] == ["artifactpack.check/1", "artifactpack.error/1"]
    assert len(list(csv.DictReader(io.StringIO(render_many(checked, "csv"))))) == 2
    assert "b: no such folder" in render_many(checked, "text")
    assert render_many(checked, "markdown").count("\n") == 4
