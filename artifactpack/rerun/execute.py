"""Run the plans of a re-run one after the other behind the walls, and note what was seen from outside."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path

from artifactpack.errors import InputError
from artifactpack.models.event import Event, Notify, silent
from artifactpack.models.records import record
from artifactpack.models.run import RunRecord
from artifactpack.patterns import late
from artifactpack.recorder import host, variables
from artifactpack.recorder.interpreter import Interpreter, first_on_path
from artifactpack.recorder.launch import Spot, launch
from artifactpack.recorder.plan import RunPlan
from artifactpack.rerun import bytecode
from artifactpack.rerun.sandbox import Kind, Room, Sandbox
from artifactpack.rerun.walls import PATH
from artifactpack.systems.recorded import series_in

STATE = ".artifactpack"
_CARRIED = late(
    r"PYTHONHASHSEED|PYTHONOPTIMIZE|CUBLAS_WORKSPACE_CONFIG|NVIDIA_TF32_OVERRIDE|ATEN_CPU_CAPABILITY|XLA_FLAGS"
    r"|(?:DNNL|ONEDNN|MKL|OMP(?!_TOOL)|OPENBLAS|KMP|GOMP)_[A-Z0-9_]+|TF_(?:DETERMINISTIC_OPS|CUDNN_DETERMINISTIC|ENABLE_ONEDNN_OPTS)"
)
_KEPT_FREE = 1 << 30


@record
class Limits:
    """Per run: ``memory`` and ``disk`` in bytes, ``time`` in seconds; 0 for none."""

    memory: int = 0
    disk: int = 0
    time: float = 0.0


@record
class Ran:
    """One run: its record and what the supervisor saw (limit passed, peaks, processes left, files removed)."""

    record: RunRecord
    seen: dict[str, object] = field(default_factory=dict)


@record
class Ground:
    """Where runs happen: the project's copy, the interpreter, the walls, and what the author's runs looked like.

    ``python`` and whatever else lies below ``prefix`` is started behind the walls only; ``base`` is the interpreter of
    that ``version`` which it was made of.
    ``links`` lead from the project to data that stays where it is, and ``shown`` is what of that a run may see.
    """

    work: Path
    project: Path
    python: Path
    prefix: Path
    kind: Kind
    network: bool = False
    author: tuple[RunRecord, ...] = ()
    scale: float = 1.0
    links: dict[Path, Path] = field(default_factory=dict)
    shown: tuple[Path, ...] = ()
    base: Path | None = None
    version: str = ""


def run_all(
    ground: Ground,
    plans: Sequence[RunPlan],
    deadline: float | None = None,
    notify: Notify = silent,
    enough: Callable[[Sequence[Ran]], bool] = lambda _: False,
) -> tuple[list[Ran], list[RunPlan]]:
    """Run *plans* in order until *deadline* (monotonic seconds); returns what ran, and what there was no time for.

    Before each new seed *enough* is asked whether what ran already says all that could be said; then only commands
    that have not run at all still do.

    A plan whose needed run failed is not run either. Ctrl-C ends it after the record of the run is written.
    """
    done: list[Ran] = []
    compiler: bytecode.Compiler | None = None
    failed: set[str] = set()
    late: list[RunPlan] = []
    over = False
    for number, plan in enumerate(plans):
        over = over or bool(done and plan.seed != plans[number - 1].seed and enough(done))
        if over and any(one.record.command == plan.command for one in done):
            continue
        if failed & set(plan.needs):
            failed.add(plan.id)
            continue
        if deadline is not None and done and time.monotonic() + _expected(ground, plan) > deadline:
            late.append(plan)
            continue
        notify(Event(stage="run", text=plan.label, done=number, total=len(plans)))
        ran = run_one(ground, plan, deadline, notify)
        done.append(ran)
        compiler = compiler or bytecode.Compiler(ground.prefix, ground.work, ground.base)
        if ran.record.state != "finished":
            failed.add(plan.id)
    if compiler:
        compiler.finish()
    return done, late


def _expected(ground: Ground, plan: RunPlan) -> float:
    walls = [r.cost.wall for r in ground.author if r.command == plan.command]
    return ground.scale * sum(walls) / len(walls) if walls else 0.0


def run_one(
    ground: Ground, plan: RunPlan, deadline: float | None = None, notify: Notify = silent, trace: str = ""
) -> Ran:
    """Run *plan*: stale outputs away, walls up, run, read what the supervisor saw.

    With *trace* (see `recorder.launch`) the events are kept in the run's folder.
    """
    _check_cwd(ground.project, plan)
    clear_stale(ground.project, plan)
    relink(ground.links)
    folder = ground.project / STATE / "runs" / plan.id
    limits = limits_for(ground, plan, deadline)
    guard = ground.work / "guard" / plan.id
    home = guard / "home"
    home.mkdir(parents=True, exist_ok=True)
    taken = carried([r for r in ground.author if r.command == plan.command], host.hardware().cores)
    ours = bytecode.variables(ground.prefix, ground.work) | ({"ARTIFACTPACK_TRACE": trace} if trace else {})
    ours["PATH"] = first_on_path(ground.python, PATH)

    def wrap(argv: list[str], spot: Spot) -> list[str]:
        room = Room(
            writable=(ground.project,),
            readable=(
                *(ground.prefix, *interpreter_home(ground.python), *_recorder(spot, ground.project)),
                *ground.shown,
            ),
            hidden=(ground.project / STATE,),
            late_readable=tuple(_needed(ground.project, plan)),
            late_writable=(folder / "out", folder / "events", *bytecode.folders(ground.prefix, ground.work)),
            home=home,
            network=ground.network,
            gpus=True,
            memory=limits.memory,
            disk=limits.disk,
            time=limits.time,
        )
        return Sandbox(ground.kind, room, guard).wrap(argv, spot.cwd, inside(spot, plan, taken | ours))

    # The plan's own variables are set behind the walls only: LD_PRELOAD among them would reach our own programs.
    made = launch(
        replace(plan, env={}),
        ground.project,
        folder,
        notify=notify,
        python=ground.python,
        who=Interpreter(version=ground.version),
        wrap=wrap,
        timeout=0,
        environ={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
        trace=trace,
        systems=series_in,
    )
    seen = Sandbox(ground.kind, Room(), guard).report()
    shutil.rmtree(home, ignore_errors=True)
    written = variables.written_down(taken | plan.env, plan.env)
    return Ran(record=replace(made, environment=made.environment | written), seen=seen)


def _check_cwd(project: Path, plan: RunPlan) -> None:
    """A command runs in the project: the walls show its folder, and no bundle chooses what else they show."""
    if not Path(os.path.realpath(project / plan.cwd)).is_relative_to(os.path.realpath(project)):
        raise InputError(f"commands.{plan.command}.cwd: {plan.cwd[:60]!r} leads out of the project")


def inside(spot: Spot, plan: RunPlan, carried: Mapping[str, str]) -> dict[str, str]:
    """The variables of the run: the recorder's, the author's that change results, the configuration's own."""
    theirs = {k: v for k, v in plan.env.items() if k != "PATH"}
    variables = {k: v for k, v in spot.environment.items() if k != "PATH"} | dict(carried) | theirs
    own = plan.env.get("PYTHONPATH")
    recorder = spot.environment.get("PYTHONPATH", "")
    variables["PYTHONPATH"] = f"{recorder}{os.pathsep}{own}" if own else recorder
    return variables


def carried(author: Iterable[RunRecord], cores: int) -> dict[str, str]:
    """Variables of the author's runs that change results (thread counts, instruction sets), the same here; where the
    author's had other cores and no such variable, their number of threads."""
    runs = tuple(author)
    if not runs:
        return {}
    latest = max(runs, key=lambda r: r.started)
    found = {k: v for k, v in latest.environment.items() if _CARRIED.fullmatch(k) and "\0" not in v}
    theirs = latest.hardware.cores
    if "OMP_NUM_THREADS" not in found and theirs and theirs != cores and theirs <= 4 * cores:
        found["OMP_NUM_THREADS"] = str(theirs)
    return found


def _recorder(spot: Spot, project: Path) -> Iterable[Path]:
    return (p for p in spot.readable if p != project and not str(p).startswith(f"{project}/"))


def _needed(project: Path, plan: RunPlan) -> Iterable[Path]:
    """What the runs that this one needs left for it: their outputs, not their records."""
    for run in plan.needs:
        for name in ("out", "outputs"):
            path = project / STATE / "runs" / run / name
            if path.is_dir():
                yield path


def interpreter_home(python: Path) -> tuple[Path, ...]:
    """The folder of the interpreter behind a virtual environment's link, if it is not the system's."""
    home = Path(os.path.realpath(python)).parent.parent
    return () if str(home) in ("/usr", "/") else (home,)


def clear_stale(project: Path, plan: RunPlan) -> list[str]:
    """Remove metrics files that lie in the project before the run: what is there afterwards must be its work."""
    removed = []
    for pattern in plan.metrics:
        if pattern.startswith((f"{plan.out}/", "/")) or ".." in Path(pattern).parts:
            continue
        for file in _matching(project, pattern):
            # A link that an earlier run left must not lead out of the project: what is there is not ours.
            inside = Path(os.path.realpath(file.parent)).is_relative_to(os.path.realpath(project))
            if inside and (file.is_file() or file.is_symlink()):
                file.unlink()
                removed.append(file.relative_to(project).as_posix())
    return removed


def _matching(project: Path, pattern: str) -> list[Path]:
    try:
        return sorted(project.glob(pattern))
    except (ValueError, NotImplementedError, IndexError, RecursionError):
        return []  # no pattern at all: no run can have left what it names


def relink(links: Mapping[Path, Path]) -> None:
    """Make *links* anew before a run: after the last one all that led out of the project was taken away."""
    for link, target in links.items():
        if link.is_dir() and not link.is_symlink():
            shutil.rmtree(link)
        link.unlink(missing_ok=True)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target, target_is_directory=target.is_dir())


def limits_for(ground: Ground, plan: RunPlan, deadline: float | None) -> Limits:
    """Generous multiples of what the author recorded, within what this machine has."""
    own = [r.cost for r in ground.author if r.command == plan.command]
    memory = max([4 << 30, *(3 * c.peak_memory for c in own)])
    memory = min(memory, int(0.9 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")))
    disk = max([8 << 30, *(4 * c.disk for c in own)])
    disk = max(min(disk, shutil.disk_usage(ground.work).free - _KEPT_FREE), 1 << 26)
    seconds = plan.timeout or max([600.0, *(20 * ground.scale * c.wall for c in own)])
    if deadline is not None:
        seconds = max(1.0, min(seconds, deadline - time.monotonic()))
    return Limits(memory=memory, disk=disk, time=seconds)
