"""Run one plan, watched from inside and outside, and write what happened into its run folder."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from artifactpack.errors import InfrastructureError, InputError
from artifactpack.models.config import Config
from artifactpack.models.event import Event, Notify, silent
from artifactpack.models.records import dump, record
from artifactpack.models.run import CodeState, RunRecord
from artifactpack.project.changes import changes
from artifactpack.project.git import GitError
from artifactpack.recorder import host, variables
from artifactpack.recorder.interpreter import Interpreter, find_python, first_on_path
from artifactpack.recorder.metrics import is_plain
from artifactpack.recorder.nvml import Cards
from artifactpack.recorder.plan import RunPlan
from artifactpack.recorder.processes import descendants
from artifactpack.recorder.result import Outside, compose
from artifactpack.recorder.series import Tracked, untracked
from artifactpack.recorder.store import write_whole

INSIDE = Path(__file__).parent / "inside"
BOOT = INSIDE / "boot"
CHANGES = "changes.patch"
_HOME = str(Path(__file__).resolve().parents[2])
_SUPERVISE = "import sys; sys.path.append(sys.argv[1]); from artifactpack.recorder.supervise import main; main()"


@record
class Spot:
    """Where a command runs: what a sandbox must let it see and write (absolute paths)."""

    cwd: Path
    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


Wrap = Callable[[list[str], Spot], list[str]]


def launch(
    plan: RunPlan,
    project_root: Path,
    run_folder: Path,
    *,
    notify: Notify = silent,
    python: Path | None = None,
    who: Interpreter | None = None,
    wrap: Wrap | None = None,
    timeout: float | None = None,
    environ: dict[str, str] | None = None,
    code: CodeState | None = None,
    tracked: frozenset[str] | None = None,
    stop: threading.Event | None = None,
    trace: str = "",
    systems: Tracked = untracked,
) -> RunRecord:
    """Run *plan* in *project_root* and return its record, written last into *run_folder* (which is made anew).

    *who* is what is known of *python*, which is then not started to be asked. *wrap* turns the argv into a sandboxed
    one, given the :class:`Spot`; *environ* is what the run may inherit (this process's environment without secrets by
    default). The console log, series and events are in the folder. A run that fails is a record with its state, not an
    exception. Raises InputError where the command cannot be started,
    InfrastructureError where the disk is full, KeyboardInterrupt (after the record is written) when interrupted, by
    Ctrl-C or by setting *stop* from another thread.
    """
    root = Path(os.path.realpath(project_root))
    _cwd(plan, root)
    folder = Folder(run_folder, plan)
    code = folder.keep_changes(root, code or CodeState())
    interpreter = python or find_python(Config(), root)
    spot = _spot(plan, root, folder, environ, None if wrap else interpreter)
    argv = [str(interpreter) if word == "{python}" else word for word in plan.argv]
    argv = [word.replace("{python}", str(interpreter)) for word in argv]
    order = {
        "argv": wrap(argv, spot) if wrap else argv,
        "cwd": str(spot.cwd),
        "env": spot.environment | ({"ARTIFACTPACK_TRACE": trace} if trace else {}),
        "log": str(folder.log),
        "timeout": plan.timeout if timeout is None else timeout,
    }
    try:
        outside = _watch(plan, order, notify, stop or threading.Event())
    except InputError:
        folder.discard()
        raise
    folder.clean_log(variables.secrets_of(spot.environment))
    run = compose(plan, root, folder.path, outside, interpreter, code, tracked, spot.environment, who, systems)
    folder.finish(run, keep_events=bool(trace))
    if outside.interrupted:
        raise KeyboardInterrupt
    return run


class Folder:
    """A run's own folder: the record is renamed in last, so a folder without one is an unfinished run."""

    def __init__(self, path: Path, plan: RunPlan) -> None:
        self.path = path
        self.log, self.out, self.events = path / "log.txt", path / "out", path / "events"
        with _disk(path):
            if path.exists():
                shutil.rmtree(path)
            self.out.mkdir(parents=True)
            self.events.mkdir(mode=0o700)
            self.claim = json.dumps(_whoami() | {"plan": dump(plan)})
            (path / "running.json").write_text(self.claim, encoding="utf-8")

    def keep_changes(self, root: Path, code: CodeState) -> CodeState:
        """Write down how a dirty tree differs from its commit, before the run can change it."""
        if not code.dirty:
            return code
        try:
            patch = changes(root, code.commit)
        except GitError:
            return code
        if not patch:
            return code
        with _disk(self.path):
            (self.path / CHANGES).write_bytes(patch)
        return replace(code, changes=CHANGES)

    def discard(self) -> None:
        """Nothing ran: leave no trace of it."""
        shutil.rmtree(self.path, ignore_errors=True)

    def clean_log(self, hidden: tuple[bytes, ...]) -> None:
        """Take the values of secret variables out of the log, should the program have printed them."""
        if not hidden or not is_plain(self.log):
            return
        data = cleaned = self.log.read_bytes()
        for value in hidden:
            cleaned = cleaned.replace(value, b"[secret]")
        if cleaned != data:
            write_whole(self.log, cleaned)

    def _mine(self) -> bool:
        try:
            return (self.path / "running.json").read_text(encoding="utf-8") == self.claim
        except OSError:
            return False

    def finish(self, run: RunRecord, *, keep_events: bool = False) -> None:
        """Write the record, and only then is the run there.

        InfrastructureError where another try has the folder now: a cluster had given this one up for lost.
        """
        from artifactpack.recorder.store import commit

        if not self._mine():
            raise InfrastructureError(f"{self.path}: another try of this run has begun; this one is not recorded")
        with _disk(self.path):
            commit(self.path, run)
        with contextlib.suppress(OSError):
            (self.path / "running.json").unlink()
            if not keep_events:
                shutil.rmtree(self.events)


@contextlib.contextmanager
def _disk(path: Path) -> Iterator[None]:
    """A full or read-only disk is our side's failure; what was recorded before stays as it is."""
    try:
        yield
    except OSError as error:
        if isinstance(error, PermissionError):
            raise InputError(f"cannot write {path}: permission denied") from error
        raise InfrastructureError(f"cannot write {path}: {error.strerror}; earlier records are untouched") from error


def _whoami() -> dict[str, Any]:
    """Who runs this: process, its start in clock ticks since boot, host; to tell a dead launcher from a living one."""
    return {"pid": os.getpid(), "born": born(os.getpid()), "host": os.uname().nodename, "began": time.time()}


def born(pid: int) -> str:
    """The start time of a process in clock ticks since boot, "" where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19].decode()
    except OSError:
        return ""


def _cwd(plan: RunPlan, root: Path) -> Path:
    cwd = Path(os.path.realpath(root / plan.cwd))
    if not cwd.is_dir():
        raise InputError(f"commands.{plan.command}.cwd: no folder {plan.cwd!r} in the project")
    return cwd


def _spot(plan: RunPlan, root: Path, folder: Folder, environ: dict[str, str] | None, python: Path | None) -> Spot:
    given, _ = variables.handed_on(dict(os.environ) if environ is None else environ, plan.pass_)
    if python:  # behind walls they set it: outside of them a rebuilt environment comes before nothing of the system
        given["PATH"] = first_on_path(python, given.get("PATH", os.defpath))
    given |= plan.env
    there = given.get("PYTHONPATH")
    given |= {
        "PYTHONPATH": f"{BOOT}{os.pathsep}{there}" if there else str(BOOT),
        "ARTIFACTPACK_EVENTS": os.path.realpath(folder.events),
        "ARTIFACTPACK_ROOT": str(root),
        "ARTIFACTPACK_OUT": os.path.realpath(folder.out),
        "ARTIFACTPACK_RUN": secrets.token_hex(8),
    }
    return Spot(cwd=_cwd(plan, root), readable=(INSIDE, root), writable=(folder.path,), environment=given)


def _watch(plan: RunPlan, order: dict[str, Any], notify: Notify, stop: threading.Event) -> Outside:
    """Start the supervisor, pass on what it says, and Ctrl-C to it."""
    supervisor = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _SUPERVISE, _HOME],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    started = datetime.now(UTC).isoformat(timespec="seconds")
    began, energy, cards = time.time(), host.Energy(), Cards()
    _send(supervisor, json.dumps(order))

    def hear(event: Event) -> None:
        if cards:
            cards.look(descendants(supervisor.pid))
        notify(event)

    with supervisor:
        said, interrupted = _listen(plan, supervisor, hear, stop)
    joules = [used for used in (energy.used(), cards.energy()) if used is not None]
    if not said:
        sweep(order["env"]["ARTIFACTPACK_RUN"])
    return Outside(
        started=started,
        began=began,
        energy=sum(joules) if joules else None,
        interrupted=interrupted,
        said=said,
        gpus=cards.used(),
    )


def _listen(
    plan: RunPlan, supervisor: subprocess.Popen[bytes], notify: Notify, stop: threading.Event
) -> tuple[dict[str, Any], bool]:
    """The supervisor's last word ({} if it was killed), and whether we asked it to stop."""
    asked, last = False, dict[str, Any]()
    while True:
        try:
            for line in cast("IO[bytes]", supervisor.stdout):
                last = _heard(plan, json.loads(line), notify) or last
                if stop.is_set() and not asked:
                    asked = _interrupt(supervisor)
            return last, asked
        except KeyboardInterrupt:
            if asked:
                supervisor.send_signal(signal.SIGKILL)
            asked = _interrupt(supervisor)


def _heard(plan: RunPlan, message: dict[str, Any], notify: Notify) -> dict[str, Any]:
    if message["t"] == "tick":
        notify(Event(stage=plan.label, text=message["line"], done=message["elapsed"]))
    elif message["t"] == "unstartable":
        raise InputError(f"commands.{plan.command}.run: cannot start {plan.argv[0]}: {message['why']}")
    return message if message["t"] == "exit" else {}


def _interrupt(supervisor: subprocess.Popen[bytes]) -> bool:
    _send(supervisor, "interrupt")
    return True


def _send(supervisor: subprocess.Popen[bytes], line: str) -> None:
    with contextlib.suppress(OSError):
        pipe = cast("IO[bytes]", supervisor.stdin)
        pipe.write(line.encode() + b"\n")
        pipe.flush()


def sweep(token: str) -> None:
    """Kill what a dead supervisor left behind: processes that carry this run's mark in their environment."""
    mark = f"ARTIFACTPACK_RUN={token}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    os.kill(int(entry.name), signal.SIGKILL)
