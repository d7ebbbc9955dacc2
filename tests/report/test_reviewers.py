"""Several reviewers side by side as a page: every one keeps its verdict, the pooled numbers have none."""

from __future__ import annotations

from html import unescape
from html.parser import HTMLParser

from artifactpack.core.statistics import spread
from artifactpack.models.outcome import ClaimOutcome
from artifactpack.models.rerun_many import Pooled, Reviewer, SideBySide
from artifactpack.report import reviewers

VALUES = {"author": (0.90, 0.91, 0.92), "ann": (0.91, 0.92), "bob": (0.71, 0.72)}


def outcome(name, verdict):
    return ClaimOutcome(
        id="C1",
        outcome=verdict,
        scale=100.0,
        author_values=VALUES["author"],
        rerun_values=VALUES[name],
        rerun=spread(VALUES[name]),
        rerun_seeds=(7, 8),
        adjusted_p=0.04,
        sentence=f"What {name} saw <script>",
    )


def page(**changes):
    both = (*VALUES["ann"], *VALUES["bob"])
    pooled = Pooled(
        claim="C1",
        text="accuracy",
        scale=100.0,
        author=spread(VALUES["author"]),
        rerun=spread(both),
        interval=(-0.2, 0.0),
        reviewers=2,
    )
    found = SideBySide(
        bundle="paper.zip",
        digest="d" * 64,
        reviewers=(
            Reviewer(name="ann", tier="train", seeds=(7, 8), claims=(outcome("ann", "reproduced"),)),
            Reviewer(name="bob <script>", tier="train", seeds=(7, 8), claims=(outcome("bob", "not-reproduced"),)),
            Reviewer(name="eve", tier="smoke"),
            Reviewer(name="dan", tier="smoke", claims=(ClaimOutcome(id="C1", outcome="not-run"),)),
        ),
        pooled=(pooled,),
        notes=("Each is a test of its own.",),
    )
    return reviewers.render(found)


class Rows(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.rows, self.tags, self.links = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.links += [value for name, value in attributes if name in ("src", "href")]
        if tag == "tr":
            self.rows.append("")

    def handle_data(self, data):
        if self.rows:
            self.rows[-1] += data


def test_each_reviewer_keeps_the_verdict_and_the_pool_has_none():
    rows = Rows(page()).rows
    (ann,) = [r for r in rows if r.startswith("ann") and "reproduced" in r]
    (bob,) = [r for r in rows if r.startswith("bob") and "not reproduced" in r]
    (pool,) = [r for r in rows if r.startswith("all re-runs")]
    assert "91.5" in ann and "71.5" in bob and "n = 4" in pool
    assert "an estimate, no verdict" in pool and not any(w in pool for w in ("reproduced", "✓", "✗"))
    assert any(r.startswith("eve") and "not looked at" in r for r in rows)


def test_the_summary_counts_reviewers_not_runs():
    assert "4 re-runs: C1 reproduced by 1 of 2 that ran it." in page()


def test_words_of_a_result_file_are_text_and_nothing_is_loaded():
    text = page()
    assert "saw &lt;script&gt;" in text and text.count("<script>") == 1
    assert "default-src 'none'" in unescape(text)
    assert all(link.startswith("#") for link in Rows(text).links)
    assert "svg" in Rows(text).tags
