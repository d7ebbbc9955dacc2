"""Transformers Trainer: `trainer_state.json`, `all_results.json`, `training_args.bin` by the strict pickle reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from artifactpack.models.records import Json
from artifactpack.models.system import SystemReading, TrackedRun
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.outputs import rows_to_series
from artifactpack.systems.points import kept
from artifactpack.systems.reading import Unreadable, read_json
from artifactpack.systems.values import flatten, metric, number, seed_of

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="Transformers Trainer",
    reads="`trainer_state.json` (history), `all_results.json`, `config.json`, plain values of `training_args.bin`",
    proves="PSVMe",
    limits="objects inside `training_args.bin` are never built; of several checkpoints the last one counts",
)


def detect(project: Project) -> bool:
    """Whether a trainer's state is there."""
    return bool(files_of(project).named("trainer_state.json"))


def read(project: Project) -> SystemReading:
    """One run an output folder; its checkpoints are that run earlier on."""
    folders: dict[str, str] = {}
    for path in files_of(project).named("trainer_state.json"):
        folder = path.rpartition("/")[0]
        root = folder.rpartition("/")[0] if folder.rsplit("/", 1)[-1].startswith("checkpoint-") else folder
        known = folders.get(root)
        if known is None or _steps(path) > _steps(known):
            folders[root] = path
    runs = [_run(project, root, path) for root, path in sorted(folders.items())]
    return SystemReading(system=ABOUT.title, sources=tuple(folders.values()), runs=tuple(runs))


def _steps(path: str) -> float:
    name = path.rpartition("/")[0].rsplit("/", 1)[-1]
    return float(number(name.removeprefix("checkpoint-")) or 0) if name.startswith("checkpoint-") else float("inf")


def _run(project: Project, root: str, path: str) -> TrackedRun:
    complete = True
    try:
        state = read_json(project.root / path)
    except Unreadable:
        state, complete = {}, False
    history = (
        [row for row in state.get("log_history") or () if isinstance(row, dict)] if isinstance(state, dict) else []
    )
    series = rows_to_series(history)
    arguments = _arguments(project, path.rpartition("/")[0])
    prefix = f"{root}/" if root else ""
    results = _results(project, f"{prefix}all_results.json")
    metrics = [m for name, points in series.items() if (m := metric(name, points, path))]
    known = {m.name for m in metrics}
    metrics += [m for name, v in results.items() if name not in known and (m := metric(name, [(0.0, v)], path))]
    return TrackedRun(
        system=ABOUT.title, id=root or ".", name=root.rsplit("/", 1)[-1], source=path, parameters=arguments,
        seed=seed_of(arguments), metrics=tuple(metrics), series=kept(root or ".", series), complete=complete,
    )  # fmt: skip


def _results(project: Project, path: str) -> dict[str, float]:
    try:
        data = read_json(project.root / path)
    except Unreadable:
        return {}
    flat = flatten(data) if isinstance(data, dict) else {}
    return {k: n for k, v in flat.items() if not isinstance(v, bool) and (n := number(v)) is not None}


def _arguments(project: Project, folder: str) -> dict[str, Json]:
    """The plain attributes of the pickled ``TrainingArguments``; {} where the file is missing or not understood."""
    from artifactpack.scan.plain import plain_attributes

    path = project.root / folder / "training_args.bin"
    if not path.is_file() or path.is_symlink():
        return {}
    found: dict[str, Any] = plain_attributes(path)
    return flatten({k: v for k, v in found.items() if isinstance(v, str | int | float | bool)})
