"""Weights & Biases: the `.wandb` log itself, because an offline run leaves nothing else that is complete.

Each record of the log is a `Record` message of wandb's own protocol; `wandb_frames` finds them, `wandb_log` reads them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactpack.models.run import Gpu, Hardware, Metric
from artifactpack.models.system import DataVersion, SystemReading, TrackedRun
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.points import kept
from artifactpack.systems.reading import Unreadable, read_json, read_text
from artifactpack.systems.values import flatten, metric, number, seed_of
from artifactpack.systems.wandb_log import Log, merged
from artifactpack.systems.wandb_rows import internal

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="Weights & Biases",
    reads="`run-*.wandb` logs (offline and online), `wandb-metadata.json`, `requirements.txt`",
    proves="PSVMdCEH",
    limits="whether the tree was dirty is not recorded offline; `WANDB_MODE=disabled` leaves nothing",
    versions=r"0\.(?:1[0-9]|2\d|3[01])\..*",
)


def detect(project: Project) -> bool:
    """Whether a `.wandb` log lies in the folder."""
    return bool(files_of(project).ending(".wandb"))


def read(project: Project) -> SystemReading:
    """One run a log; logs of one run id (a resumed run) are separate runs of the same id."""
    logs = files_of(project).ending(".wandb")
    runs: list[TrackedRun] = []
    data: list[DataVersion] = []
    versions, warnings = set(), []
    for path in logs:
        try:
            log = Log(project.root / path)
        except (Unreadable, OSError) as error:
            warnings.append(f"{path}: {error}")
            continue
        runs.append(_run(log, project.root, path))
        data += [DataVersion(system=ABOUT.title, path=n, hash=h, algorithm="md5") for n, h in log.artifacts]
        versions |= {log.version.partition("+")[0]} - {""}
    return SystemReading(
        system=ABOUT.title, version=", ".join(sorted(versions)), sources=logs, runs=tuple(runs), data=tuple(data),
        warnings=tuple(warnings),
    )  # fmt: skip


def _run(log: Log, root: Path, path: str) -> TrackedRun:
    folder = Path(path).parent
    metadata = _metadata(root / folder / "files" / "wandb-metadata.json")
    series = {name: tuple(sorted(points)) for name, points in log.points.items()}
    metrics = [m for name, points in series.items() if (m := metric(name, points, path))]
    metrics += _of_summary(log, path)
    return TrackedRun(
        system=ABOUT.title,
        id=log.id or folder.name,
        name=log.name,
        source=path,
        state="finished" if log.ended and not log.exit else "failed" if log.ended else "unfinished",
        parameters=log.config,
        seed=seed_of(log.config),
        metrics=tuple(metrics),
        series=kept(log.id or folder.name, series),
        commit=log.commit or _dig(metadata, "git", "commit"),
        argv=log.argv or tuple(map(str, metadata.get("args", ()))),
        python=(log.python or str(metadata.get("python", ""))).removeprefix("CPython ").strip(),
        packages=_requirements(root / folder / "files" / "requirements.txt"),
        hardware=merged(log.hardware, _from_metadata(metadata)),
        complete=log.ended and not log.lost,
    )


def _of_summary(log: Log, path: str) -> list[Metric]:
    """Metrics that the summary alone holds."""
    found = []
    for name, value in flatten(log.summary).items():
        value = None if isinstance(value, bool) else number(value)
        if not internal(name) and name not in log.points and value is not None:
            found.append(metric(name, [(0.0, value)], path))
    return [one for one in found if one]


def _metadata(path: Path) -> dict[str, Any]:
    try:
        data = read_json(path)
    except Unreadable:
        return {}
    return data if isinstance(data, dict) else {}


def _dig(data: Any, *keys: str) -> str:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, str) else ""


def _from_metadata(data: dict[str, Any]) -> Hardware | None:
    if not data:
        return None
    gpus = data.get("gpu_nvidia") or data.get("gpudevices") or data.get("gpu_devices") or ()
    return Hardware(
        system=str(data.get("os", "")),
        cores=int(number(data.get("cpu_count")) or 0),
        gpus=tuple(
            Gpu(name=str(g.get("name", "")), memory=int(number(g.get("memory_total") or g.get("memoryTotal")) or 0))
            for g in gpus
            if isinstance(g, dict)
        ),
    )


def _requirements(path: Path) -> dict[str, str]:
    try:
        lines = read_text(path).splitlines()
    except Unreadable:
        return {}
    pairs = (line.partition("==") for line in lines)
    return {name.strip(): version.strip() for name, mark, version in pairs if mark}
