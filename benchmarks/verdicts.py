"""How often a re-run is wrongly called "not reproduced", and how often a real drop is seen: simulated.

    python -m benchmarks.verdicts                      # 1,000 draws a cell, under a minute
    python -m benchmarks.verdicts --draws 10000        # what docs/statistics.md shows
    python -m benchmarks.verdicts --draws 10000 --write docs/statistics.md

A draw is one bundle: n recorded and m re-run seeds, k independent claims (the worst case). A false alarm is any claim
rejected though nothing differs. Exits 1 where a cell breaks its promise by more than three Monte-Carlo errors.
"""

import argparse
import itertools
import math
import pathlib
import re
import sys
import time

import numpy as np

from artifactpack.core.permutation import max_t
from artifactpack.core.statistics import t_quantile

DISTRIBUTIONS = {
    "normal": lambda g, shape: g.standard_normal(shape),
    "log-normal (0.7)": lambda g, shape: np.exp(0.7 * g.standard_normal(shape)),
    "Student t, 3 df": lambda g, shape: g.standard_t(3, shape),
    "bimodal (1 in 5 fails)": lambda g, shape: g.standard_normal(shape) - 10 * (g.random(shape) < 0.2),
}
SIZES = ((3, 4), (3, 5), (5, 3), (5, 5), (10, 3), (10, 5))
CLAIMS = (1, 5, 10, 20)
DROPS = (2, 3, 4, 6)
ALPHA, TIE, CHUNK = 0.05, 1e-9, 250
PROMISE = (5, 3, 5, 4, 0.80)  # n, m, claims, drop in sd, power


def adjusted_p(values, n):
    """Step-down adjusted p of every claim; *values* is (draws, runs, claims), the first *n* runs are the author's."""
    draws, runs, claims = values.shape
    centred = values - values.mean(axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    z = np.divide(centred, length, out=np.zeros_like(centred), where=length > 0)
    splits = np.array(list(itertools.combinations(range(runs), runs - n)))
    member = np.zeros((len(splits), runs))
    np.put_along_axis(member, splits, 1.0, axis=1)
    result = np.empty((draws, claims))
    for start in range(0, draws, CHUNK):
        part = z[start : start + CHUNK]
        observed = np.abs(part[:, n:, :].sum(axis=1))
        order = np.argsort(-observed, axis=1, kind="stable")
        sums = np.abs(np.matmul(member, part))
        ranked = np.take_along_axis(sums, order[:, None, :], axis=2)
        largest = np.maximum.accumulate(ranked[:, :, ::-1], axis=2)[:, :, ::-1]
        bars = np.take_along_axis(observed, order, axis=1)[:, None, :] - TIE
        by_rank = np.maximum.accumulate((largest >= bars).mean(axis=1), axis=1)
        np.put_along_axis(result[start : start + CHUNK], order, by_rank, axis=1)
    return result


def false_alarms(name, n, m, claims, draws, seed=0):
    """The share of honest bundles with at least one claim rejected."""
    generator = np.random.default_rng([seed, n, m, claims, list(DISTRIBUTIONS).index(name)])
    values = DISTRIBUTIONS[name](generator, (draws, n + m, claims))
    return float((adjusted_p(values, n).min(axis=1) <= ALPHA).mean())


def power(n, m, claims, drop, draws, seed=1):
    """The share of bundles whose first claim, really *drop* sd worse, is rejected (normal values)."""
    generator = np.random.default_rng([seed, n, m, claims, drop])
    values = generator.standard_normal((draws, n + m, claims))
    values[:, n:, 0] -= drop
    return float((adjusted_p(values, n)[:, 0] <= ALPHA).mean())


def interval_alarms(name, n, claims, draws, seed=2):
    """The same for what is not done: a t prediction interval around one re-run seed, Holm over claims."""
    generator = np.random.default_rng([seed, n, claims, list(DISTRIBUTIONS).index(name)])
    values = DISTRIBUTIONS[name](generator, (draws, n + 1, claims))
    author, rerun = values[:, :n], values[:, n]
    t = np.abs(rerun - author.mean(axis=1)) / (author.std(axis=1, ddof=1) * math.sqrt(1 + 1 / n))
    return float((t.max(axis=1) > t_quantile(1 - ALPHA / claims / 2, n - 1)).mean())


def agrees_with_the_product(samples=40):
    """The vectorised test here and the product's own give the same p on the same numbers."""
    generator = np.random.default_rng(7)
    for n, m in SIZES:
        values = generator.standard_normal((samples // len(SIZES) + 1, n + m, 3))
        for draw, found in zip(values, adjusted_p(values, n), strict=True):
            ours = max_t(draw[:n].T.tolist(), draw[n:].T.tolist()).adjusted
            if not np.allclose(ours, found):
                return False
    return True


def tables(draws):
    """Both tables as Markdown, and the sentences about broken promises."""
    broken, lines = [], []
    lines.append(
        f"False alarms per honest bundle, % ({draws:,} draws a cell, Monte-Carlo error ± {100 * error(draws):.1f}):"
    )
    lines.append("")
    lines.append("| n, m | claims | " + " | ".join(DISTRIBUTIONS) + " | smallest p |")
    lines.append("|---|---|" + "---|" * (len(DISTRIBUTIONS) + 1))
    for (n, m), k in itertools.product(SIZES, CLAIMS):
        found = {name: false_alarms(name, n, m, k, draws) for name in DISTRIBUTIONS}
        broken += [
            f"{name}, n={n}, m={m}, {k} claims: {100 * alarms:.2f} % false alarms"
            for name, alarms in found.items()
            if alarms > ALPHA + 3 * error(draws)
        ]
        smallest = (2 if n == m else 1) / math.comb(n + m, m)
        cells = " | ".join(f"{100 * alarms:.1f}" for alarms in found.values())
        lines.append(f"| {n}, {m} | {k} | {cells} | {smallest:.3f} |")
    lines += [
        "",
        f"Power, %: the first claim really worse by so many standard deviations (normal, {draws:,} draws):",
        "",
    ]
    lines.append("| n, m | claims | " + " | ".join(f"{d} sd" for d in DROPS) + " |")
    lines.append("|---|---|" + "---|" * len(DROPS))
    for (n, m), k in itertools.product(SIZES, CLAIMS[:2]):
        found = {drop: power(n, m, k, drop, draws) for drop in DROPS}
        if (n, m, k) == PROMISE[:3] and found[PROMISE[3]] < PROMISE[4] - 3 * error(draws, PROMISE[4]):
            broken.append(
                f"power {100 * found[PROMISE[3]]:.1f} % at {PROMISE[3]} sd, promised {100 * PROMISE[4]:.0f} %"
            )
        lines.append(f"| {n}, {m} | {k} | " + " | ".join(f"{100 * p:.0f}" for p in found.values()) + " |")
    lines += [
        "",
        "For comparison, what is not done: one re-run seed against a t prediction interval, Holm over claims, %:",
        "",
    ]
    lines.append("| n | claims | " + " | ".join(DISTRIBUTIONS) + " |")
    lines.append("|---|---|" + "---|" * len(DISTRIBUTIONS))
    for n, k in itertools.product((5, 10), (1, 5, 20)):
        cells = " | ".join(f"{100 * interval_alarms(name, n, k, draws):.0f}" for name in DISTRIBUTIONS)
        lines.append(f"| {n} | {k} | {cells} |")
    return "\n".join(lines) + "\n", broken


def error(draws, p=ALPHA):
    """One standard error of a share near *p*."""
    return math.sqrt(p * (1 - p) / draws)


def write(path, text):
    """Put *text* between the markers of the page."""
    page = path.read_text(encoding="utf-8")
    start, end = "<!-- begin simulated -->\n", "<!-- end simulated -->"
    path.write_text(
        re.sub(f"{start}.*?{end}", lambda _: f"{start}\n{text}\n{end}", page, flags=re.DOTALL), encoding="utf-8"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--write", type=pathlib.Path, help="the page whose tables are replaced")
    args = parser.parse_args()
    began = time.monotonic()
    if not agrees_with_the_product():
        sys.exit("the simulation's test is not the product's")
    text, broken = tables(args.draws)
    print(text)
    print(f"{time.monotonic() - began:.0f} s")
    if args.write:
        write(args.write, text)
    if broken:
        sys.exit("\n".join(broken))


if __name__ == "__main__":
    main()
