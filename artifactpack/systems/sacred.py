"""Sacred: file-storage observer folders, and MongoDB exports (what Omniboard shows)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from artifactpack.models.run import Gpu, Hardware, Metric
from artifactpack.models.system import SystemReading, TrackedRun
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.points import kept
from artifactpack.systems.reading import Unreadable, attempt, read_json, read_text
from artifactpack.systems.values import flatten, metric, number, seed_of

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="Sacred",
    also="Omniboard",
    reads="`<n>/{config,run,metrics}.json` (file storage); `mongoexport` of `runs`, `metrics` (Omniboard's source)",
    proves="PSVMCeH",
    limits="`dirty` ignores untracked files; packages are only those imported at start",
)
Series = dict[str, tuple[tuple[float, float], ...]]


def detect(project: Project) -> bool:
    """Whether a folder holds both config.json and run.json, or an export lists Sacred runs."""
    return bool(_folders(project) or _exports(project))


def _folders(project: Project) -> list[str]:
    paths = set(files_of(project).paths)
    found = [path[: -len("run.json") - 1] for path in paths if path.endswith("/run.json")]
    return sorted(folder for folder in found if f"{folder}/config.json" in paths)


def _exports(project: Project) -> list[str]:
    return [path for path in files_of(project).paths if path.rsplit("/", 1)[-1] in ("runs.json", "metrics.json.runs")]


def read(project: Project) -> SystemReading:
    """One run a folder or exported document."""
    folders, exports = _folders(project), _exports(project)
    warnings: list[str] = []
    runs = [run for folder in folders if (run := attempt(folder, warnings, _from_folder, project, folder))]
    for path in exports:
        runs += attempt(path, warnings, _from_export, project, path) or []
    sources = tuple(folders + exports)
    return SystemReading(system=ABOUT.title, sources=sources, runs=tuple(runs), warnings=tuple(warnings))


def _load(project: Project, path: str) -> Any:
    try:
        return read_json(project.root / path)
    except Unreadable:
        return None


def _from_folder(project: Project, folder: str) -> TrackedRun | None:
    run = _load(project, f"{folder}/run.json")
    config = _load(project, f"{folder}/config.json")
    if not isinstance(run, dict) or "experiment" not in run:
        return None
    series = _series(_load(project, f"{folder}/metrics.json"))
    return _run(folder, f"{folder}/run.json", run, config if isinstance(config, dict) else {}, series)


def _series(data: Any) -> Series:
    found = {}
    for name, values in data.items() if isinstance(data, dict) else ():
        if isinstance(values, dict):
            pairs = zip(values.get("steps", ()), values.get("values", ()), strict=False)
            found[name] = tuple((float(s or 0), v) for s, value in pairs if (v := number(value)) is not None)
    return found


def _run(identity: str, source: str, run: dict[str, Any], config: dict[str, Any], series: Series) -> TrackedRun:
    experiment, host = run.get("experiment") or {}, run.get("host") or {}
    repositories = [r for r in experiment.get("repositories") or () if isinstance(r, dict)]
    parameters = flatten({k: v for k, v in config.items() if not k.startswith("__")})
    metrics = [m for name, points in series.items() if (m := metric(name, points, source))]
    metrics += _result(run.get("result"), {m.name for m in metrics}, source)
    dirty = any(r.get("dirty") for r in repositories)
    return TrackedRun(
        system=ABOUT.title,
        id=identity,
        name=str(experiment.get("name", "")),
        source=source,
        state=str(run.get("status", "")).lower(),
        parameters=parameters,
        seed=seed_of(parameters),
        metrics=tuple(metrics),
        series=kept(identity, series),
        commit=str(repositories[0].get("commit", "")) if repositories else "",
        python=str(host.get("python_version", "")),
        packages=_dependencies(experiment.get("dependencies") or ()),
        hardware=_hardware(host),
        started=str(run.get("start_time", "")) if isinstance(run.get("start_time"), str) else "",
        complete=run.get("status") == "COMPLETED",
        warnings=("the tree was dirty",) if dirty else (),
    )


def _result(result: Any, known: set[str], source: str) -> list[Metric]:
    values = flatten(result) if isinstance(result, dict) else {"result": result}
    found = []
    for name, value in values.items():
        value = number(value)
        made = metric(name, [(0.0, value)], source) if value is not None and name not in known else None
        found += [made] if made else []
    return found


def _dependencies(lines: Any) -> dict[str, str]:
    pairs = (str(line).partition("==") for line in lines)
    return {name: version for name, mark, version in pairs if mark}


def _hardware(host: dict[str, Any]) -> Hardware:
    gpus = (host.get("gpus") or {}).get("gpus") or ()
    system = host.get("os")
    return Hardware(
        cpu=str(host.get("cpu", "")),
        system=" ".join(map(str, system)) if isinstance(system, list) else str(system or ""),
        gpus=tuple(
            Gpu(name=str(g.get("model", "")), memory=int(number(g.get("total_memory")) or 0) << 20)
            for g in gpus
            if isinstance(g, dict)
        ),
    )


def _from_export(project: Project, path: str) -> list[TrackedRun]:
    by_run: dict[str, dict[str, Any]] = {}
    sibling = path.rpartition("/")[0]
    for document in _documents(project, f"{sibling}/metrics.json" if sibling else "metrics.json"):
        if "run_id" in document and "name" in document:
            by_run.setdefault(str(plain(document["run_id"])), {})[document["name"]] = document
    found = []
    for run in _documents(project, path):
        if "experiment" not in run:
            continue
        identity = str(plain(run.get("_id", "")))
        config = run.get("config") if isinstance(run.get("config"), dict) else {}
        found.append(_run(f"mongo-{identity}", path, run, config or {}, _series(by_run.get(identity, {}))))
    return found


def _documents(project: Project, path: str) -> list[dict[str, Any]]:
    """An array, or one document a line; extended JSON wrappers are unwrapped."""
    try:
        text = read_text(project.root / path)
    except Unreadable:
        return []
    try:
        data = json.loads(text)
        data = data if isinstance(data, list) else [data]
    except (ValueError, RecursionError):
        data = []
        for line in text.splitlines():
            try:
                data.append(json.loads(line))
            except (ValueError, RecursionError):
                break
    return [plain(document) for document in data if isinstance(document, dict)]


def plain(value: Any) -> Any:
    """Unwrap MongoDB's extended JSON: ``{"$numberInt": "1"}`` → 1, ``{"$oid": "…"}`` → the text."""
    if isinstance(value, list):
        return [plain(part) for part in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, inner),) = value.items()
        if key in ("$numberInt", "$numberLong", "$numberDouble"):
            return number(inner) if key == "$numberDouble" else int(str(inner))
        if key in ("$oid", "$date"):
            return plain(inner)
    return {key: plain(part) for key, part in value.items()}
