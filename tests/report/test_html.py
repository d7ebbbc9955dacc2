"""The page: self-contained, deterministic, safe with hostile text, small with large inputs."""

import base64
import hashlib
import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from artifactpack.models.report import Curve, CurveSet, Snippet
from artifactpack.report import html, prose
from tests.report.samples import check_result, item, report_data, rerun_result, run

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'{{7*7}}<svg onload=alert(1)>"


class Tags(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def of(self, tag):
        return [a for t, a in self.found if t == tag]


@pytest.fixture(scope="module")
def page():
    return html.render(report_data(rerun=rerun_result()))


def test_same_data_gives_the_same_bytes(page):
    assert page == html.render(report_data(rerun=rerun_result()))


def test_nothing_is_loaded_and_nothing_is_inline_but_what_the_policy_names(page):
    tags = Tags(page)
    policy = next(m["content"] for m in tags.of("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    for kind, text in (
        ("style", re.findall(r"<style>(.*?)</style>", page, re.S)),
        ("script", re.findall(r"<script>(.*?)</script>", page, re.S)),
    ):
        digest = base64.b64encode(hashlib.sha256(text[0].encode()).digest()).decode()
        assert len(text) == 1
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert not tags.of("link") and not tags.of("img") and not tags.of("iframe")
    assert not [a for _, a in tags.found if "style" in a or any(k.startswith("on") for k in a) or "src" in a]
    assert "http://" not in re.sub(r'xmlns="[^"]*"', "", page).replace("http://example", "")


def test_no_clock_and_no_machine_path(page):
    assert "/tmp" not in page
    assert "2026-11" not in page


def test_ids_are_unique_and_every_inner_link_leads_somewhere(page):
    tags = Tags(page)
    ids = [a["id"] for _, a in tags.found if "id" in a]
    assert len(ids) == len(set(ids))
    inner = [a["href"][1:] for a in tags.of("a") if a.get("href", "").startswith("#")]
    assert set(inner) <= set(ids)


def test_headings_never_skip_a_level(page):
    levels = [int(tag[1]) for tag, _ in Tags(page).found if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))


def test_every_verdict_claim_defect_and_unverified_thing_is_there(page):
    for text in (
        "contradicted",
        "set_seed is defined but nothing calls it",
        "paper.pdf",
        "97.2 ± 0.3 %",
        "inconclusive",
    ):
        assert text in page
    assert "1 of 2 claims reproduced; 1 inconclusive." in page


def test_the_deciding_line_is_shown(page):
    assert re.search(r'class="line here"><span class="number">30</span>\s+# TODO deterministic', page)


def test_hostile_text_stays_text():
    items = (item(1, "contradicted", EVIL, question=EVIL, why=EVIL, reason=EVIL, fix=EVIL),)
    data = report_data(
        name=EVIL,
        title=EVIL,
        readme=EVIL,
        authors=(EVIL,),
        check=check_result(items, not_verified=(EVIL,), ignored={EVIL: EVIL}),
        runs=(replace(run(0), id=EVIL, error=EVIL),),
        snippets=(Snippet(path=EVIL, line=1, first=1, lines=(EVIL,)),),
        commands={EVIL: EVIL},
    )
    tags = Tags(html.render(data))
    assert len(tags.of("script")) == 1
    assert not tags.of("img")
    assert not [a for _, a in tags.found if any(k.startswith("on") for k in a)]
    assert "49" not in "".join(a.get("content", "") for a in tags.of("meta"))


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        pytest.param("<script>alert(1)</script>", "script", id="script"),
        pytest.param("![x](http://example.org/x.png)", "img", id="image"),
        pytest.param("[x](javascript:alert(1))", "javascript:", id="javascript-link"),
        pytest.param('<a href="data:text/html,x">x</a>', "data:", id="data-link"),
        pytest.param("<style>body{display:none}</style>", "display", id="style"),
        pytest.param('<p style="position:fixed" onclick=x id=main class=top>x</p>', "=", id="attributes"),
        pytest.param('<iframe src="http://example.org"></iframe>', "iframe", id="frame"),
        pytest.param("<svg><use href='http://example.org#x'/></svg>", "svg", id="svg"),
        pytest.param("<form action=http://example.org><input></form>", "form", id="form"),
    ],
)
def test_a_readme_loads_nothing_and_runs_nothing(text, gone):
    assert gone not in prose.to_html(text)


def test_a_readme_keeps_its_words_and_its_outline_fits_under_the_page():
    body = prose.to_html(
        "# Title\n\n## Part\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[site](https://example.org) [file](docs/a.md)"
    )
    assert "<h3>Title</h3>" in body and "<h4>Part</h4>" in body
    assert "<td>1</td>" in body
    assert 'href="https://example.org"' in body and "docs/a.md" not in body and "file" in body


@pytest.mark.slow
def test_a_readme_that_breaks_the_parser_is_shown_as_it_is():
    deep = "> " * 20_000 + "x"
    assert "x" in prose.to_html(deep)


def test_a_name_that_is_not_utf8_can_be_written():
    assert "tr?in" in html.render(replace(report_data(), title="tr\udce9in")).encode().decode()


def test_parts_that_are_missing_are_left_out():
    page = html.render(
        report_data(check=None, claims=(), claim_values=(), runs=(), curves=(), weights=(), data=(), readme="")
    )
    assert 'id="checklist"' not in page
    assert 'id="readme"' not in page


def test_links_lead_into_the_bundle_only_when_the_page_lies_in_it():
    assert 'href="data/project/train.py"' in html.render(report_data(bundled=True))
    assert 'href="data/project' not in html.render(report_data())


@pytest.mark.slow
def test_large_inputs_stay_under_three_megabytes():
    items = tuple(
        item(i, ("supported", "contradicted", "no-evidence")[i % 3], f"Item {i} " * 6, fix="Do it. " * 20)
        for i in range(300)
    )
    points = tuple((float(i), 1 / (i + 1)) for i in range(10_000))
    curves = tuple(
        CurveSet(
            command="train", metric=f"m{k}", curves=tuple(Curve(run=f"r{s}", seed=s, points=points) for s in range(50))
        )
        for k in range(4)
    )
    page = html.render(report_data(check=check_result(items), curves=curves, runs=tuple(run(s) for s in range(50))))
    assert len(page.encode()) < 3_000_000
    assert page.count('<li id="item-') == 300


def test_reproducing_the_runs_does_not_make_the_paper_right():
    result = rerun_result()
    wrong = replace(result.claims[0], record_verdict="contradicted", record_reason="the runs give 90.3 %, not 97.2 %")
    page = html.render(report_data(check=None, claims=(), rerun=replace(result, claims=(wrong, result.claims[1]))))
    assert "what the paper states of 1 of them is contradicted by the author&#39;s own record" in page
    assert "the runs give 90.3 %, not 97.2 %" in page
    assert '<div class="verdict bad"' in page


def test_a_failed_rerun_shows_its_last_lines_and_what_badge_is_left():
    tails = {"train-s3": "\n".join(f"line {n}" for n in range(9)) + "\n\x1b[31m<b>ValueError</b>\n"}
    result = replace(rerun_result(), tails=tails, badge="The evidence supports no badge: not every run completed.")
    page = html.render(report_data(check=None, claims=(), rerun=result))
    assert "Last lines of train-s3" in page and "line 8\n [31m&lt;b&gt;ValueError" in page
    assert "line 1\n" not in page and "\x1b" not in page
    assert "supports no badge" in page


@pytest.mark.parametrize(
    ("seeds", "told"),
    [((11, 12), "11, 12 (of 11, 12, 13 planned)"), ((11, 12, 13), "11, 12, 13"), ((), "11, 12, 13")],
)
def test_a_rerun_that_ended_early_tells_the_seeds_that_ran(seeds, told):
    result = rerun_result()
    judged = replace(result, claims=(replace(result.claims[0], rerun_seeds=seeds),))
    assert f"<dt>Seeds</dt><dd>{told}</dd>" in html.render(report_data(check=None, rerun=judged))


def test_a_resolution_is_in_the_unit_of_its_claim():
    result = rerun_result()
    percent = replace(result.claims[0], scale=100.0)
    page = html.render(report_data(check=None, claims=(), rerun=replace(result, claims=(percent,))))
    assert "<dd>0.92 points</dd>" in page


def test_the_project_is_named_beside_its_title_only_where_they_differ(page):
    named = replace(check_result(), project=replace(check_result().project, name=report_data().title))
    assert "<dt>Project</dt>" in page
    assert "<dt>Project</dt>" not in html.render(report_data(check=named))


def test_one_of_a_kind_is_counted_as_one():
    one = report_data(runs=(run(0),), weights=(replace(report_data().weights[0], tensors=1),))
    page = html.render(one)
    for text in ("The one run", "1 recorded run", "1 setting in force", "2 packages that", "1 tensor<"):
        assert text in page
    assert not re.search(r"\b1 (settings|packages|runs|tensors)\b", page)


def test_a_table_of_the_readme_scrolls_by_itself(page):
    assert page.count('aria-label="Table"><table>\n<thead>\n<tr>\n<th>method') == 1
    assert page.count("</table></div>") == page.count("<table")


def test_parameters_of_the_runs_are_shown():
    runs = tuple(replace(run(seed), parameters={"lr": lr, "wide": EVIL}) for seed, lr in ((0, 0.1), (1, 0.2)))
    text = html.render(report_data(runs=runs))
    assert re.search(r"train</th><td><code>lr</code></td><td>0.1 / 0.2</td>", text)
    assert EVIL not in text
