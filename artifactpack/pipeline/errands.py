"""`check` and `rerun` of many bundles on a cluster, one command each, watched and retried like a run.

What is answered is not asked again, what is on the cluster is taken up, and a bundle that fails has a row that says so.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from artifactpack.errors import ArtifactPackError
from artifactpack.executors.flight import Flights
from artifactpack.executors.table import make
from artifactpack.models.config import Resources, Slurm
from artifactpack.models.event import Notify
from artifactpack.models.records import Invalid, load, record, to_json
from artifactpack.models.rerun_many import RerunRow
from artifactpack.models.run import CodeState, RunRecord
from artifactpack.pipeline.check_many import Checked
from artifactpack.pipeline.errand import ANSWER, Errand
from artifactpack.pipeline.rerun_wish import Wish
from artifactpack.pipeline.schedule import Schedule
from artifactpack.recorder.plan import RunPlan
from artifactpack.recorder.store import RunStore
from artifactpack.recorder.worker import Job


@record
class Cluster:
    """Where errands go: the engine, how many at once, and options of sbatch for all of them."""

    executor: str
    jobs: int | None = None
    options: tuple[str, ...] = ()


def check_there(
    paths: Iterable[Path],
    work: Path,
    cluster: Cluster,
    notify: Notify,
    *,
    checklists: tuple[str, ...] = (),
    static: bool = False,
) -> list[Checked]:
    """`check` each of *paths* on *cluster*, keeping what it needs in *work*; in the given order."""
    given = list(paths)
    lists = tuple(os.path.realpath(name) if Path(name).is_file() else name for name in checklists)
    there = [os.path.realpath(path) for path in given if path.exists()]
    errands = [Errand(path=path, checklists=lists, static=static) for path in there]
    answers = _answers(errands, work, cluster, notify, lambda _: Resources())
    return [_checked(path, answers) for path in given]


def _checked(path: Path, answers: Mapping[str, tuple[object, RunRecord | None]]) -> Checked:
    if not path.exists():
        return Checked(path=str(path), error=f"{path}: no such file or folder", exit_code=2)
    told, run = answers[os.path.realpath(path)]
    try:
        found = load(Checked, told)
        return Checked(path=str(path), result=found.result, error=found.error, exit_code=found.exit_code)
    except Invalid:
        return Checked(path=str(path), error=_why(run), exit_code=4)


def rerun_there(
    bundles: Iterable[Path], work: Path, wish: Wish, cluster: Cluster, notify: Notify
) -> tuple[RerunRow, ...]:
    """`rerun` each of *bundles* on *cluster*, each in its own folder below *work*, as its commands ask for cards,
    cores and memory."""
    base = Path(os.path.realpath(work))
    data = {name: os.path.realpath(Path(place).expanduser()) for name, place in wish.data.items()}
    root = os.path.realpath(Path(wish.data_root).expanduser()) if wish.data_root else ""
    wish = replace(wish, data=data, data_root=root)
    errands = [Errand(path=os.path.realpath(path), work=str(base / path.stem), wish=wish) for path in bundles]
    answers = _answers(errands, base / "cluster", cluster, notify, _resources)
    return tuple(_row(errand, *answers[errand.path]) for errand in errands)


def _row(errand: Errand, told: object, run: RunRecord | None) -> RerunRow:
    try:
        return load(RerunRow, told)
    except Invalid:
        return RerunRow(bundle=Path(errand.path).name, exit_code=4, error=_why(run))


def _why(run: RunRecord | None) -> str:
    if run is None:
        return "it was not run"
    last = run.tail.strip().splitlines()[-1:]
    return ": ".join([run.error or run.state, *last])


def _answers(
    errands: list[Errand], root: Path, cluster: Cluster, notify: Notify, resources: Callable[[Path], Resources]
) -> dict[str, tuple[object, RunRecord | None]]:
    """The answer to each errand by its path (None where there is none), and the record of the command that gave it."""
    store = RunStore(root)
    with store.locked():
        flying = {job.plan.id for batch in Flights(root).batches() for job in batch.jobs().values()}
        asked = {errand.id: errand for errand in errands}
        open_ = [n for n, errand in asked.items() if n in flying or _stale(errand, store.folder(n))]
        plans = tuple(_plan(n, asked[n], root, cluster, resources) for n in open_)
        schedule = Schedule(make(cluster.executor, root, cluster.jobs), _jobs(store), notify, lambda: None)
        schedule.run(plans)
    ran = {run.id: run for run in schedule.new}
    return {errand.path: (_answer(store.folder(n)), ran.get(n)) for n, errand in asked.items()}


def _stale(errand: Errand, folder: Path) -> bool:
    """Whether *errand* must be done (again): a folder's content has no time of change that would tell."""
    return Path(errand.path).is_dir() or _answer(folder) is None


def _answer(folder: Path) -> object:
    try:
        return json.loads((folder / "out" / ANSWER).read_bytes())
    except (OSError, ValueError):
        return None


def _plan(name: str, errand: Errand, root: Path, cluster: Cluster, resources: Callable[[Path], Resources]) -> RunPlan:
    file = Path(os.path.realpath(root)) / f"{name}.json"
    file.write_text(to_json(errand), encoding="utf-8")
    return RunPlan(
        id=name,
        command=Path(errand.path).name,
        argv=("{python}", "-P", "-m", "artifactpack.pipeline.errand", str(file)),
        resources=resources(Path(errand.path)),
        slurm=Slurm(extra=cluster.options),
    )


def _jobs(store: RunStore) -> Callable[[RunPlan], Job]:
    root = os.path.realpath(store.root)

    def job(plan: RunPlan) -> Job:
        folder = os.path.realpath(store.folder(plan.id))
        return Job(plan=plan, root=root, folder=folder, python=sys.executable, code=CodeState())

    return job


def _resources(bundle: Path) -> Resources:
    """The most that any command of *bundle* asks for; of what a stranger's file says of the scheduler, nothing else."""
    from artifactpack.archive.reader import open_bundle
    from artifactpack.executors.slurm_text import mebibytes
    from artifactpack.pipeline.bundled import bundled_config
    from artifactpack.project.config import resolve_command

    try:
        with open_bundle(bundle) as there:
            config = bundled_config(there)
        asked = [resolve_command(config, name).resources for name in config.commands]
        memory = max((mebibytes(r.memory, "memory") for r in asked if r.memory), default=0)
    except (ArtifactPackError, OSError):
        return Resources()  # it will say so itself, in its answer
    gpus, cpus = (max((getattr(r, key) for r in asked), default=least) for key, least in (("gpus", 0), ("cpus", 1)))
    return Resources(gpus=gpus, cpus=cpus, memory=f"{memory}M" if memory else "")
