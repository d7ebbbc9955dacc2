# ruff: noqa: E501 - programs in strings
"""What the report costs: the page, its plots against matplotlib, its PDF against WeasyPrint alone.

    python benchmarks/report.py                              # without matplotlib
    python benchmarks/report.py --matplotlib OTHER/python    # an interpreter that has matplotlib

Ratios of CPU time, medians of interleaved rounds in fresh processes, on the hand-made runs of the tests.
Exits 1 where a promise is broken.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

START = "import sys; sys.path.insert(0, {root!r}); folder = {folder!r}\n"
LOAD = """
import json
from artifactpack.models.records import restore
from artifactpack.models.report import ReportData
with open(folder + "/data.json") as file:
    data = restore(ReportData, json.load(file))
"""
RENDER = LOAD + "from artifactpack.report import html\npage = html.render(data)\n"
PDF = """
from artifactpack.report import pdf
pdf.render(open(folder + "/page.html", encoding="utf-8").read())
"""
WEASYPRINT = """
import weasyprint
weasyprint.HTML(string=open(folder + "/paper.html", encoding="utf-8").read()).write_pdf(pdf_tags=True, pdf_variant="pdf/ua-1")
"""
PLOTS = """
import math
from artifactpack.report import plot_bands, plot_rows, plot_runs
series = [[(i, math.exp(-i / 300) + s / 90) for i in range(1000)] for s in range(5)]
plot_bands.bands("a", series)
plot_runs.scatter("b", [(str(s), series[s]) for s in range(4)])
plot_rows.intervals("c", [plot_rows.Group(label=str(i), values=(0.1, 0.2, 0.3), mean=0.2, low=0.1, high=0.3) for i in range(10)])
plot_rows.bars("d", [(str(i), i, str(i)) for i in range(10)])
"""
MATPLOTLIB = """
import io, math
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt
series = [[(i, math.exp(-i / 300) + s / 90) for i in range(1000)] for s in range(5)]
def save(): plt.savefig(io.StringIO(), format="svg"); plt.close()
plt.figure(); [plt.plot(*zip(*s)) for s in series]; plt.fill_between(range(1000), [p[1] for p in series[0]], [p[1] for p in series[4]], alpha=0.2); save()
plt.figure(); [plt.scatter(*zip(*s)) for s in series[:4]]; save()
plt.figure(); plt.errorbar([0.2] * 10, range(10), xerr=0.1, fmt="o"); save()
plt.figure(); plt.barh(range(10), range(10)); save()
"""


def spent(python: str, program: str) -> tuple[float, int]:
    """Seconds of CPU and peak bytes of a fresh process that runs *program*."""
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.execv(python, [python, "-c", program])
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"failed:\n{program}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def prepare(folder: Path) -> None:
    """Write the data, their page, and the page as WeasyPrint alone gets it."""
    from artifactpack.data import data_dir
    from artifactpack.models.records import to_json
    from artifactpack.report import html
    from tests.report.samples import report_data

    data = report_data()
    page = html.render(data)
    style = (data_dir("templates") / "report" / "pdf.css").read_text(encoding="utf-8")
    (folder / "data.json").write_text(to_json(data), encoding="utf-8")
    (folder / "page.html").write_text(page, encoding="utf-8")
    paper = page.replace("</head>", f"<style>@page {{ size: A4 }}\n{style}</style></head>", 1)
    (folder / "paper.html").write_text(paper, encoding="utf-8")


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--matplotlib", default="", help="an interpreter that has matplotlib")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        start = START.format(root=str(ROOT), folder=folder)
        cases = {"pass": (sys.executable, "pass"), "load": (sys.executable, start + LOAD)}
        cases |= {"page": (sys.executable, start + RENDER), "plots": (sys.executable, start + PLOTS)}
        cases |= {"pdf": (sys.executable, start + PDF), "weasyprint": (sys.executable, start + WEASYPRINT)}
        if given.matplotlib:
            cases["matplotlib"] = (given.matplotlib, MATPLOTLIB)
        taken: dict[str, list[tuple[float, int]]] = {name: [] for name in cases}
        for number in range(given.rounds + 1):
            for name, (python, program) in cases.items():
                measured = spent(python, program)
                if number:
                    taken[name].append(measured)
    return show(taken)


def show(taken: dict[str, list[tuple[float, int]]]) -> int:
    seconds = {name: statistics.median(s for s, _ in values) for name, values in taken.items()}
    peak = max(size for _, size in taken["pdf"]) / 2**20
    rows = [
        (
            "page: jinja2, Markdown, plots, over `python -c pass`",
            (seconds["page"] - seconds["load"]) / seconds["pass"],
            5,
        ),
        ("page, whole process, over `python -c pass`", seconds["page"] / seconds["pass"], None),
        ("PDF over WeasyPrint alone on the same page", seconds["pdf"] / seconds["weasyprint"], 1.3),
        ("peak memory of the PDF, MiB", peak, 150),
    ]
    if "matplotlib" in seconds:
        rows.insert(
            2, ("four plots over matplotlib's time, whole process", seconds["plots"] / seconds["matplotlib"], 0.1)
        )
    print(f"`python -c pass`: {seconds['pass'] * 1000:.0f} ms of CPU\n")
    print("| what | ratio | promise |\n|---|---|---|")
    for name, value, promise in rows:
        told = "" if promise is None else f"≤ {promise:g}{' **broken**' if value > promise else ''}"
        print(f"| {name} | {value:.2f} | {told} |")
    return int(any(promise is not None and value > promise for _, value, promise in rows))


if __name__ == "__main__":
    sys.exit(main())
