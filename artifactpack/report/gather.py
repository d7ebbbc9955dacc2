"""From run records and the configuration to the rows a report shows; reads only through the functions it is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from statistics import fmean
from typing import Any

from artifactpack.core.claim_text import ParsedClaim, Relation, parse_claim
from artifactpack.core.claims import scale_of, values_for
from artifactpack.core.statistics import spread
from artifactpack.errors import ConfigError
from artifactpack.models.config import Config, Scalar
from artifactpack.models.fact import Source
from artifactpack.models.manifest import Manifest
from artifactpack.models.report import ClaimValues, Curve, CurveSet, DataRow, Snippet, WeightRow
from artifactpack.models.run import FileUse, RunRecord
from artifactpack.models.verdict import CheckResult
from artifactpack.project.config import resolve_command
from artifactpack.report.scale import LARGEST

AROUND = 2  # lines shown before and after the one that decided
SNIPPETS = 400
WIDTH = 200  # characters of a source line
ROWS = 200
_CODE = {
    *(".py", ".pyi", ".pyc", ".ipynb", ".sh", ".so"),
    *(".toml", ".yaml", ".yml", ".cfg", ".ini", ".lock", ".md", ".rst"),
}


def curves(runs: tuple[RunRecord, ...], series: Callable[[str], Any]) -> tuple[CurveSet, ...]:
    """Every metric that some finished run logged at more than one step, by command and cell."""
    found: dict[tuple[str, str, str], list[Curve]] = {}
    cells: dict[tuple[str, str, str], dict[str, Scalar]] = {}
    for run in runs:
        if run.state != "finished":
            continue
        for metric, points in _series(series, run.id).items():
            if len(points) > 1:
                key = (run.command, repr(sorted(run.cell.items())), metric)
                cells[key] = run.cell
                found.setdefault(key, []).append(Curve(run=run.id, seed=run.seed, points=points))
    return tuple(CurveSet(command=key[0], metric=key[2], cell=cells[key], curves=tuple(c)) for key, c in found.items())


def _series(series: Callable[[str], Any], run: str) -> dict[str, tuple[tuple[float, float], ...]]:
    """The series of *run*, whatever its file holds: pairs of numbers are kept, in order of step."""
    try:
        raw = series(run)
    except (OSError, ValueError, KeyError, RecursionError):
        return {}
    if not isinstance(raw, dict):
        return {}
    return {str(name): tuple(sorted(filter(None, map(_point, points)))) for name, points in raw.items()}


def _point(pair: Any) -> tuple[float, float] | None:
    try:
        step, value = float(pair[0]), float(pair[1])
    except (TypeError, ValueError, IndexError, KeyError, OverflowError):
        return None
    return (step, value) if max(abs(step), abs(value)) < LARGEST else None


def claim_values(config: Config, runs: tuple[RunRecord, ...], series: Callable[[str], Any]) -> tuple[ClaimValues, ...]:
    """The recorded values behind every claim that names a metric; a comparison has a row for each side."""
    found: list[ClaimValues] = []
    for claim in config.claims:
        try:
            found += _sides(parse_claim(claim), runs, series)
        except (ConfigError, OSError, ValueError, KeyError, TypeError, OverflowError):
            continue  # `check` says what is wrong with it
    return tuple(found)


def _sides(parsed: ParsedClaim, runs: tuple[RunRecord, ...], series: Callable[[str], Any]) -> list[ClaimValues]:
    rows = []
    for i, ref in enumerate(parsed.refs):
        values = [v for v in values_for(ref, parsed.claim, runs, series).values if abs(v) < LARGEST]
        factor = scale_of(parsed.value, fmean(values), values) if parsed.value and values else 1.0
        scaled = tuple(v * factor for v in values)
        margin = _bar(parsed.relation, i)
        rows.append(
            ClaimValues(
                claim=parsed.claim.id,
                label=str(ref),
                values=scaled,
                spread=spread(scaled) if scaled else None,
                stated=parsed.value.value if parsed.value else margin.margin if margin else None,
                percent=factor != 1.0,
            )
        )
    return [row for row in rows if row.values]


def _bar(relation: Relation | None, side: int) -> Relation | None:
    """*relation* where it compares with a plain number, which then is the mark to clear."""
    return relation if relation and relation.right is None and side == 0 else None


def weights(runs: tuple[RunRecord, ...], manifest: Manifest | None) -> tuple[WeightRow, ...]:
    """Each weight file that a run wrote, once; sizes from what the run was seen to write or from the bundle."""
    sizes = {m.sha256: m.size for m in manifest.members} if manifest else {}
    rows: dict[tuple[str, str], WeightRow] = {}
    for run in _by_command(runs):
        written = {w.path: w for w in run.written}
        for w in run.weights:
            seen = written.get(w.path, FileUse(path=w.path))
            rows[w.path, w.sha256] = WeightRow(
                path=w.path.split(f"/{run.id}/", 1)[-1],
                run=run.id,
                size=seen.size or sizes.get(w.sha256, 0),
                sha256=w.sha256 or seen.sha256,
                format=w.format,
                parameters=w.parameters,
                tensors=w.tensor_count,
                names=w.tensors,
                dtypes=w.dtypes,
                safety=w.safety,
            )
    return tuple(rows.values())[:ROWS]


def _by_command(runs: tuple[RunRecord, ...]) -> list[RunRecord]:
    """*runs* as they were declared, by command, cell and seed: which of several at once began first says nothing."""
    place: dict[str, int] = {}
    for run in runs:
        for name in (run.command, str(run.cell)):
            place.setdefault(name, len(place))
    return sorted(runs, key=lambda r: (place[r.command], place[str(r.cell)], r.seed or 0, r.repeat))


def data(config: Config, runs: tuple[RunRecord, ...], manifest: Manifest | None) -> tuple[DataRow, ...]:
    """Declared data sets, then other files that runs read and that are neither code nor configuration."""
    read: dict[str, FileUse] = {}
    readers: dict[str, set[str]] = {}
    written = {w.path for run in runs for w in run.written} | {w.path for run in runs for w in run.weights}
    for run in runs:
        for use in run.read:
            read[use.path] = use
            readers.setdefault(use.path, set()).add(run.id)
    packed = {m.path.removeprefix("data/project/") for m in manifest.members if not m.url} if manifest else set()
    rows = []
    for name, declared in config.data.items():
        inside = [p for p in readers if _inside(p, declared.path.rstrip("/"))]
        one = read[inside[0]] if len(inside) == 1 else FileUse(path="")
        rows.append(
            DataRow(
                name=name,
                path=declared.path,
                size=sum(read[p].size for p in inside),
                sha256=declared.sha256 or one.sha256,
                license=declared.license,
                url=declared.url,
                bundled=declared.path in packed if manifest else None,
                read_by=len(set().union(*(readers.pop(p) for p in inside))) if declared.path else None,
            )
        )
    others = [p for p in readers if p not in written and PurePosixPath(p).suffix.lower() not in _CODE]
    for path in sorted(others, key=lambda p: (-read[p].size, p))[:ROWS]:
        use = read[path]
        rows.append(DataRow(name=path, path=path, size=use.size, sha256=use.sha256, read_by=len(readers[path])))
    return tuple(rows)


def _inside(path: str, folder: str) -> bool:
    return bool(folder) and (path == folder or path.startswith(f"{folder}/"))


def snippets(check: CheckResult, read: Callable[[str], str]) -> tuple[Snippet, ...]:
    """The source lines around every place that decided an item or that a defect points at."""
    places = dict.fromkeys((s.path or "", s.line or 0) for s in _sources(check) if s.path and s.line)
    found, texts = [], dict[str, list[str]]()
    for path, line in list(places)[:SNIPPETS]:
        lines = texts.setdefault(path, read(path).split("\n"))
        first = max(1, line - AROUND)
        around = tuple(text.rstrip("\r")[:WIDTH] for text in lines[first - 1 : line + AROUND])
        if 1 <= line <= len(lines) and any(around):
            found.append(Snippet(path=path, line=line, first=first, lines=around))
    return tuple(found)


def _sources(check: CheckResult) -> list[Source]:
    decided = [s for c in check.checklists for i in c.items for b in i.because for s in b.sources[:3]]
    return decided + [s for f in check.findings.values() for d in f.defects for s in d.sources[:1]]


def commands(config: Config) -> dict[str, str]:
    """Each declared command as one would type it, before placeholders are filled in."""
    return {name: _typed(config, name) for name in config.commands}


def _typed(config: Config, name: str) -> str:
    import shlex

    try:
        run = resolve_command(config, name).run
    except ConfigError:
        return "–"  # `check` says what is wrong with it
    return " ".join(a if a.startswith("{") and a.endswith("}") else shlex.quote(a) for a in run)
