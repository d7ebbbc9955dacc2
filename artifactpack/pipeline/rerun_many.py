"""Re-run a folder of bundles, resumable; and lay several reviewers' re-runs of one bundle side by side."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from artifactpack.core.statistics import difference_interval, mean_of, spread
from artifactpack.errors import ArtifactPackError, InputError
from artifactpack.models.event import Event, Notify, silent
from artifactpack.models.outcome import ClaimOutcome, RerunResult
from artifactpack.models.rerun_many import Pooled, RerunRow, Reviewer, SideBySide
from artifactpack.pipeline.files import read_record
from artifactpack.pipeline.rerun import rerun
from artifactpack.pipeline.rerun_judge import exit_code
from artifactpack.pipeline.rerun_report import put
from artifactpack.pipeline.rerun_wish import Wish

OURS = (4, 70)  # exit statuses that say nothing of the bundle: this machine, or a bug


def is_folder_of_bundles(path: Path) -> bool:
    """Whether *path* is a folder that is not itself an unpacked bundle."""
    return path.is_dir() and not (path / "artifactpack" / "manifest.json").is_file()


def bundles_in(folder: Path) -> list[Path]:
    """The bundles of *folder* by name; raises InputError where there is none."""
    bundles = sorted(folder.glob("*.zip"))
    if not bundles:
        raise InputError(f"{folder}: no bundle (*.zip) in it")
    return bundles


def rerun_folder(
    folder: Path, work: Path, wish: Wish, *, jobs: int = 1, notify: Notify = silent
) -> tuple[RerunRow, ...]:
    """Re-run every ``*.zip`` in *folder*, each in its own folder below *work*; one bad bundle never stops the rest.

    A bundle whose row is already there for the same file and the same wish is not run again, unless what ended it was
    our side. Raises InputError where there is no bundle.
    """
    bundles = bundles_in(folder)
    work.mkdir(parents=True, exist_ok=True)
    done = 0

    def one(path: Path) -> RerunRow:
        nonlocal done
        row = rerun_one(path, work / path.stem, wish)
        done += 1
        notify(Event(stage="bundles", text=f"{path.name}: exit {row.exit_code}", done=done, total=len(bundles)))
        return row

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        return tuple(pool.map(one, bundles))


def rerun_one(path: Path, work: Path, wish: Wish) -> RerunRow:
    """The row of one bundle, re-run in *work* unless an earlier row for the same file and wish is there."""
    work.mkdir(parents=True, exist_ok=True)
    key, note = _key(path, wish), work / "row.json"
    earlier = _earlier(note, key)
    if earlier is not None:
        return replace(earlier, earlier=True)
    began = time.monotonic()
    row = replace(_row(path, work / "rerun", wish), seconds=time.monotonic() - began, folder=work.name)
    from artifactpack.models.records import to_json

    put(note, to_json(row))
    put(work / "row.key", key)
    return row


def _row(path: Path, work: Path, wish: Wish) -> RerunRow:
    try:
        result = rerun(path, work, wish)
    except ArtifactPackError as error:
        return RerunRow(bundle=path.name, exit_code=error.exit_code, error=str(error))
    except OSError as error:
        return RerunRow(bundle=path.name, exit_code=4, error=f"this machine gave out: {error}")
    except Exception as error:  # noqa: BLE001 - one bad bundle must not stop the rest
        return RerunRow(
            bundle=path.name, exit_code=70, error=f"a bug in artifactpack ({type(error).__name__}: {error})"
        )
    return RerunRow(
        bundle=path.name,
        exit_code=exit_code(result),
        digest=result.digest,
        tier=result.tier,
        outcomes={c.id: c.outcome for c in result.claims},
        failures=result.failures,
    )


def _key(path: Path, wish: Wish) -> str:
    """What an earlier row is good for: this file (size and time of change) and this wish."""
    there = path.stat()
    return f"{there.st_size} {there.st_mtime_ns} {replace(wish, reviewer='')!r}\n"


def _earlier(note: Path, key: str) -> RerunRow | None:
    try:
        if (note.parent / "row.key").read_text(encoding="utf-8") != key:
            return None
        row = read_record(RerunRow, note)
        return None if row.exit_code in OURS else row
    except (OSError, InputError):
        return None


def worst(rows: Iterable[RerunRow]) -> int:
    """The worst exit status of *rows*."""
    return max((row.exit_code for row in rows), default=0)


def side_by_side(paths: Sequence[Path]) -> SideBySide:
    """Several reviewers' ``rerun.json`` of one bundle; raises InputError where they are of different bundles.

    Each keeps its own verdicts. The pooled numbers are an estimate over all different seeds: adding runs and testing
    again would raise false alarms, so no verdict is made of them.
    """
    results = [read_record(RerunResult, path / "rerun.json" if path.is_dir() else path) for path in paths]
    if not results:
        raise InputError("give the rerun.json files of one or more re-runs")
    digests = {result.digest for result in results}
    if len(digests) > 1:
        raise InputError(f"these are re-runs of {len(digests)} different bundles: {', '.join(d[:12] for d in digests)}")
    reviewers = tuple(_reviewer(result, path) for result, path in zip(results, paths, strict=True))
    claims = dict.fromkeys(c.id for result in results for c in result.claims)
    return SideBySide(
        bundle=results[0].bundle,
        digest=results[0].digest,
        reviewers=reviewers,
        pooled=tuple(_pooled(claim, results) for claim in claims),
        notes=("Each re-run is a test of its own; the pooled numbers are an estimate and no verdict.",),
    )


def _reviewer(result: RerunResult, path: Path) -> Reviewer:
    return Reviewer(
        name=result.reviewer or (path.name if path.is_dir() else path.parent.name) or path.stem,
        tier=result.tier,
        seeds=result.seeds,
        hardware=", ".join(filter(None, [result.hardware.cpu, *(g.name for g in result.hardware.gpus)])),
        sandbox=f"level {result.sandbox.level} ({result.sandbox.name})",
        claims=result.claims,
    )


def _pooled(claim: str, results: Sequence[RerunResult]) -> Pooled:
    """Every seed counts once: two reviewers of the same seed on like machines are not two observations."""
    outcomes = [c for result in results for c in result.claims if c.id == claim]
    seen: dict[int, list[float]] = {}
    for outcome in outcomes:
        for seed, value in zip(outcome.rerun_seeds, outcome.rerun_values, strict=False):
            seen.setdefault(seed, []).append(value)
    values = [mean_of(v) for v in seen.values()]
    author = next((c for c in outcomes if c.author_values), outcomes[0])
    return Pooled(
        claim=claim,
        text=outcomes[0].text,
        scale=author.scale,
        author=author.author,
        rerun=spread(values) if values else None,
        interval=_interval(author, values),
        reviewers=sum(bool(c.rerun_values) for c in outcomes),
    )


def _interval(author: ClaimOutcome, values: Sequence[float]) -> tuple[float, float] | None:
    if not all(math.isfinite(v) for v in (*author.author_values, *values)):
        return None
    return difference_interval(author.author_values, values)
