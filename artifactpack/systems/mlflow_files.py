"""MLflow's file store: `mlruns/<experiment>/<run>/{meta.yaml,params,metrics,tags}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from artifactpack.models.system import DataVersion, TrackedRun
from artifactpack.patterns import late
from artifactpack.systems.files import files_of
from artifactpack.systems.points import kept
from artifactpack.systems.reading import Unreadable, read_text, read_yaml
from artifactpack.systems.values import coerce, metric, number, seed_of

if TYPE_CHECKING:
    from artifactpack.project import Project

_RUN = late(r"(?:^|/)[^/]+/[0-9a-f]{32}/meta\.yaml$")
_STATES = {3: "finished", 4: "failed", 5: "failed", 1: "unfinished", 2: "unfinished"}


def is_run(path: str) -> bool:
    """Whether *path* is a run's `meta.yaml`; deleted runs (`.trash`) and data sets do not count."""
    return bool(_RUN.search(path)) and "/datasets/" not in path and "/inputs/" not in path and ".trash/" not in path


def file_store_runs(project: Project) -> tuple[list[TrackedRun], list[DataVersion]]:
    """Runs and data sets of every file store below the project."""
    folders = [path.removesuffix("/meta.yaml") for path in files_of(project).paths if is_run(path)]
    runs = [run for folder in folders if (run := _run(project, folder))]
    metas = [p for p in files_of(project).paths if "/datasets/" in p and p.endswith("/meta.yaml")]
    return runs, [data for path in metas if (data := _dataset(project, path))]


def _yaml(project: Project, path: str) -> dict[str, Any]:
    try:
        data = read_yaml(project.root / path)
    except Unreadable:
        return {}
    return data if isinstance(data, dict) else {}


def _run(project: Project, folder: str) -> TrackedRun | None:
    meta = _yaml(project, f"{folder}/meta.yaml")
    if meta.get("lifecycle_stage") == "deleted" or "run_id" not in meta:
        return None
    parameters = {key: coerce(value) for key, value in _texts(project, f"{folder}/params").items()}
    tags = _texts(project, f"{folder}/tags")
    raw = {name: _points(text) for name, text in _texts(project, f"{folder}/metrics").items()}
    series = {name: points for name, (points, _) in raw.items() if points}
    status = meta.get("status")
    start, end = number(meta.get("start_time")), number(meta.get("end_time"))
    state = _STATES.get(status, "") if isinstance(status, int) else str(status or "").lower()
    return TrackedRun(
        system="MLflow",
        id=str(meta["run_id"]),
        name=str(meta.get("run_name") or ""),
        source=folder,
        state=state,
        parameters=parameters,
        seed=seed_of(parameters),
        metrics=tuple(m for name, points in series.items() if (m := metric(name, points, folder))),
        series=kept(str(meta["run_id"]), series),
        commit=tags.get("mlflow.source.git.commit", "").strip(),
        argv=(tags["mlflow.source.name"].strip(),) if "mlflow.source.name" in tags else (),
        wall=(end - start) / 1000 if start and end else None,
        complete=state == "finished" and all(whole for _, whole in raw.values()),
    )


def _texts(project: Project, folder: str) -> dict[str, str]:
    """Key → raw text; keys that hold a slash are nested folders."""
    found = {}
    for path in files_of(project).under(folder):
        try:
            found[path[len(folder) + 1 :]] = read_text(project.root / path)
        except Unreadable:
            continue
    return found


def _points(text: str) -> tuple[tuple[tuple[float, float], ...], bool]:
    """Lines ``timestamp value step``; one point a (step, timestamp); False where a line is torn."""
    newest: dict[float, tuple[float, float]] = {}
    whole = True
    for line in text.splitlines():
        parts = line.split()
        numbers = [number(part) for part in parts[:3]]
        if len(numbers) < 3 or None in numbers:
            whole = False
            continue
        time, value, step = (float(n or 0) for n in numbers)
        if step not in newest or newest[step][0] <= time:
            newest[step] = (time, value)
    return tuple((step, value) for step, (_, value) in sorted(newest.items())), whole


def _dataset(project: Project, path: str) -> DataVersion | None:
    meta = _yaml(project, path)
    if "digest" not in meta:
        return None
    return DataVersion(
        system="MLflow", path=str(meta.get("name", "")), hash=str(meta["digest"]), algorithm="mlflow-digest"
    )
