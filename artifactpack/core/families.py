"""The permutation tests of a re-run: claims that share seeds are tested together, and the families split alpha."""

from __future__ import annotations

from collections.abc import Sequence

from artifactpack.core.permutation import max_t, resolution
from artifactpack.core.sides import Sides, columns
from artifactpack.models.records import record


@record
class FamilyTest:
    """One claim's place in its family's permutation test."""

    p: float
    adjusted: float
    smallest: float
    splits: int
    resolution: float | None
    alpha: float


def test_by_family(open_: Sequence[Sides], alpha: float) -> dict[str, FamilyTest]:
    """One permutation test for each set of claims that share seeds; the families split *alpha* evenly."""
    families: dict[tuple[tuple[int, ...], tuple[int, ...]], list[Sides]] = {}
    for sides in open_:
        families.setdefault((sides.author.seeds, sides.rerun.seeds), []).append(sides)
    tests: dict[str, FamilyTest] = {}
    for family in families.values():
        tests |= _test(family, alpha / len(families))
    return tests


def _test(family: Sequence[Sides], alpha: float) -> dict[str, FamilyTest]:
    pairs = [columns(sides) for sides in family]
    author, rerun = [a for a, _ in pairs], [b for _, b in pairs]
    found = max_t(author, rerun)
    return {
        sides.id: FamilyTest(
            p=found.p,
            adjusted=found.adjusted[j],
            smallest=found.smallest,
            splits=found.splits,
            resolution=resolution(author, rerun, j, alpha),
            alpha=alpha,
        )
        for j, sides in enumerate(family)
    }
