"""A table of results to paste into the paper: mean ± spread over seeds, with n and the name of the spread."""

from __future__ import annotations

import math
from dataclasses import dataclass

from artifactpack.core.latex_text import escape
from artifactpack.errors import InputError
from artifactpack.models.reference import MetricSummary, ReferenceRun, Spread

SPREADS = {
    "sd": "sample standard deviation",
    "se": "standard error of the mean",
    "ci95": "half-width of the 95 % t interval of the mean",
}


@dataclass(frozen=True)
class Table:
    """``rows`` are (name, one cell a column); ``caption`` says what the ± is and over how many seeds."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    caption: str


def result_table(reference: ReferenceRun, metrics: tuple[str, ...] = (), spread: str = "sd", scale: float = 1) -> Table:
    """Build the table; *metrics* selects columns (``accuracy`` or ``train:accuracy``), *scale* 100 gives percent.

    Raises InputError for an unknown spread, an unknown metric, or where nothing is recorded.
    """
    if spread not in SPREADS:
        raise InputError(f"--spread {spread}: give one of {', '.join(SPREADS)}")
    chosen = [
        s for s in reference.summaries if not metrics or s.metric in metrics or f"{s.command}:{s.metric}" in metrics
    ]
    if not reference.summaries:
        raise InputError("no recorded results; run `artifactpack record` first")
    if not chosen:
        known = ", ".join(sorted({f"{s.command}:{s.metric}" for s in reference.summaries})[:20])
        raise InputError(f"no recorded metric is called {', '.join(metrics)}; there are {known}")
    columns = tuple(dict.fromkeys(s.metric for s in chosen))
    names = dict.fromkeys(_row_name(s) for s in chosen)
    cells = {(_row_name(s), s.metric): _cell(s.between_seeds, spread, scale) for s in chosen}
    rows = tuple((name, tuple(cells.get((name, column), "–") for column in columns)) for name in names)
    return Table(columns, rows, _caption(chosen, spread, scale))


def _row_name(summary: MetricSummary) -> str:
    cell = ", ".join(f"{k}={v}" for k, v in summary.cell.items())
    return f"{summary.command} ({cell})" if cell else summary.command


def _caption(chosen: list[MetricSummary], spread: str, scale: float) -> str:
    counts = sorted({s.between_seeds.n for s in chosen})
    n = f"n = {counts[0]}" if len(counts) == 1 else f"n = {counts[0]} to {counts[-1]}"
    low = " Fewer than three seeds say little about the spread." if counts[0] < 3 else ""
    percent = " Values in percent." if scale == 100 else ""
    return f"Mean ± {SPREADS[spread]} over seeds ({n}).{percent}{low}"


def half_width(spread: Spread, kind: str) -> float | None:
    """The ± of *kind* (a key of SPREADS), or None where n is too small."""
    if kind == "ci95":
        return None if spread.ci_low is None or spread.mean is None else spread.mean - spread.ci_low
    return spread.sd if kind == "sd" else spread.se


def _cell(spread: Spread, kind: str, scale: float) -> str:
    if spread.mean is None:
        return "–"
    mean, width = spread.mean * scale, half_width(spread, kind)
    if width is None or not math.isfinite(width):
        return f"{mean:.4g} (n = {spread.n})"
    width *= scale
    digits = decimals(width)
    return f"{mean:.{digits}f} ± {width:.{digits}f}"


def decimals(width: float) -> int:
    """Decimals that show two digits of the spread: more would be noise."""
    if width <= 0:
        return 3
    return min(8, max(0, 1 - math.floor(math.log10(width))))


def to_markdown(table: Table) -> str:
    """The table as GitHub Markdown with its caption below."""
    head = ["", *table.columns]
    lines = [_md_row(head), "|" + "---|" * len(head)]
    lines += [_md_row([name, *cells]) for name, cells in table.rows]
    return "\n".join([*lines, "", table.caption]) + "\n"


def _md_row(cells: list[str]) -> str:
    return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"


def to_latex(table: Table) -> str:
    """The table as LaTeX (booktabs), with its caption."""
    rows = [" & ".join([escape(name), *map(escape, cells)]) + r" \\" for name, cells in table.rows]
    head = " & ".join(["", *map(escape, table.columns)]) + r" \\"
    body = "\n    ".join([r"\toprule", head, r"\midrule", *rows, r"\bottomrule"])
    layout = "l" + "c" * len(table.columns)
    return (
        "\\begin{table}\n  \\centering\n"
        f"  \\caption{{{escape(table.caption)}}}\n"
        f"  \\begin{{tabular}}{{{layout}}}\n    {body}\n  \\end{{tabular}}\n\\end{{table}}\n"
    )
