"""Run one command and watch its whole process tree from outside: memory, disk, time; nothing of it survives.

Started as its own process (see ``command``). It is told by a JSON file what to run and which limits hold, and writes
a JSON report where the run cannot reach it. Standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from artifactpack.recorder.processes import PAGE, PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG
from artifactpack.recorder.processes import descendants as below
from artifactpack.rerun.leftovers import Sweep, apart, folder_size, real_roots

_POLL = 0.02
_MOMENT = 0.2  # seconds
_OURS = ("bwrap", "unshare", "podman", "conmon", "crun", "runc", "")
_PACKAGE_PARENT = str(Path(__file__).resolve().parents[2])
_START = "import sys; sys.path[:0] = [sys.argv.pop(1)]; from artifactpack.rerun.supervise import main; main()"


def command(spec: Path) -> list[str]:
    """The argv that supervises what *spec* says; works wherever artifactpack itself is importable."""
    return [sys.executable, "-I", "-c", _START, _PACKAGE_PARENT, str(spec)]


def main() -> NoReturn:
    """Run ``argv`` of the specification, end as it ended (exit code or signal), leave nothing behind."""
    spec: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    watch = Watch(spec)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, watch.interrupted)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    code = watch.run()
    if code < 0:
        with contextlib.suppress(OSError):  # SIGKILL's cannot be set, and needs not be
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.stdout.flush()
    os._exit(code if code >= 0 else 128 - code)


def prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


class Watch:
    """One supervised run."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.limits: dict[str, float] = spec.get("limits", {})
        self.reason = ""
        self.peak = {"memory": 0, "disk": 0, "processes": 0}
        self.signal = 0
        self.writable: list[str] = spec.get("writable", [])
        self.before = self._used() if self.limits.get("disk") else 0
        self._disk_due, self._disk_pause = 0.0, 0.25
        self.root, self._root_due = 0, 0.1

    def run(self) -> int:
        started = time.monotonic()
        sweep = Sweep(real_roots(self.writable), self.limits.get("disk", 0), time.time())
        environment = self.spec.get("environment") or {"PATH": os.defpath + ":/usr/sbin:/sbin"}
        child = subprocess.Popen(
            self.spec["argv"], env=environment, preexec_fn=self._prepare, start_new_session=True, close_fds=True
        )
        code = None
        while code is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = child.wait(_POLL)
            if code is None and self._over(child.pid, time.monotonic() - started):
                kill_tree()
                code = child.wait()
        left = self._left(child.pid)
        kill_tree()
        self._clean_up()
        for folder in apart(self.writable):
            sweep.clean(folder)
        if sweep.too_much and not self.reason:
            self.reason, code = "disk", -signal.SIGXFSZ
        self._report(code, time.monotonic() - started, left, sweep.removed)
        return -self.signal if self.signal else code

    def _left(self, child: int) -> list[str]:
        """The names of what outlives the run; helpers that end by themselves get a moment for it."""
        until = time.monotonic() + (0 if self.reason or self.signal else _MOMENT)
        while True:
            found = [said for pid in descendants() if pid != child and (said := name(pid)) not in _OURS]
            if not found or time.monotonic() > until:
                return found
            time.sleep(_POLL)

    def _prepare(self) -> None:
        """In the child, before it becomes the command: limits that the kernel holds, and the rules of Landlock."""
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        disk = int(self.limits.get("disk", 0))
        if disk:
            resource.setrlimit(resource.RLIMIT_FSIZE, (disk, disk))
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
        rules = self.spec.get("landlock")
        if rules:
            from artifactpack.rerun.landlock import restrict

            restrict(rules["read"], rules["write"], rules["network"])

    def _over(self, pid: int, elapsed: float) -> bool:
        tree = [*(below() or descendants()), *self._contained(elapsed)]
        memory = memory_of(tree, self.limits.get("memory", 0))
        self.peak["memory"] = max(self.peak["memory"], memory)
        self.peak["processes"] = max(self.peak["processes"], len(tree))
        for what, value in (("time", elapsed), ("memory", memory), ("processes", len(tree))):
            if self.limits.get(what) and value > self.limits[what]:
                self.reason = what
        if not self.reason and self.limits.get("disk") and time.monotonic() > self._disk_due:
            self._measure_disk()
        return bool(self.reason or self.signal)

    def _contained(self, elapsed: float) -> list[int]:
        """The run's processes, where the service of a container engine started them: they are not below us."""
        command = self.spec.get("root")
        if not command or (not self.root and elapsed < self._root_due):
            return []
        if not self.root:
            self._root_due = elapsed + 0.5
            self.root = _first_process(command, self.spec.get("environment") or None)
        return [self.root, *below(self.root)] if self.root else []

    def _measure_disk(self) -> None:
        started = time.monotonic()
        used = self._used() - self.before
        self.peak["disk"] = max(self.peak["disk"], used)
        if used > self.limits["disk"]:
            self.reason = "disk"
        now = time.monotonic()
        self._disk_due = now + max(self._disk_pause, 10 * (now - started))

    def _used(self) -> int:
        return sum(folder_size(path) for path in apart(self.writable))

    def interrupted(self, number: int, frame: object) -> None:
        """A signal from above ends the whole tree at once."""
        self.signal = number
        kill_tree()

    def _clean_up(self) -> None:
        """A container whose engine was killed with it is known as running until it was asked for once."""
        command, environment = self.spec.get("cleanup") or [], self.spec.get("environment") or None
        for _ in range(3 if command else 0):
            if not subprocess.run(command, capture_output=True, timeout=20, check=False, env=environment).returncode:
                return

    def _report(self, code: int, seconds: float, left: list[str], removed: list[str]) -> None:
        report = {
            "exit": code,
            "reason": self.reason,
            "signal": self.signal,
            "seconds": seconds,
            "peak": self.peak,
            "left": left[:20],
            "removed": removed[:20],
        }
        Path(self.spec["report"]).write_text(json.dumps(report) + "\n", encoding="utf-8")


def _first_process(command: list[str], environment: dict[str, str] | None) -> int:
    """The process that *command* names, 0 where there is none yet or it is none of this machine's."""
    from artifactpack.rerun.containers import is_ours

    with contextlib.suppress(OSError, ValueError, subprocess.SubprocessError):
        told = subprocess.run(command, capture_output=True, timeout=5, check=False, env=environment).stdout
        pid = int(told or b"0")
        return pid if pid > 1 and is_ours(pid) else 0
    return 0


def descendants() -> list[int]:
    """Every living process below this one, children of dead parents included (they became ours).

    It looks at every process of the machine: nothing can hide between two looks, but it is too dear for a watch, which
    asks the kernel for each process's children (`below`; empty where the kernel does not tell).
    """
    parents: dict[int, int] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                fields = Path(f"/proc/{entry.name}/stat").read_text(encoding="utf-8", errors="replace")
                state, parent = fields.rpartition(")")[2].split()[:2]
                if state not in "ZX":
                    parents[int(entry.name)] = int(parent)
    found, level = [], {os.getpid()}
    while level:
        level = {pid for pid, parent in parents.items() if parent in level}
        found += sorted(level)
    return found


def memory_of(tree: list[int], limit: float = 0) -> int:
    """Bytes of memory of all processes of *tree* together; what they share counts once.

    Only where a process's share is needed to tell whether *limit* holds is the kernel asked for it: that is dear.
    """
    private = sum(private_memory(pid) for pid in tree)
    shared = [_kilobytes(pid, "status", "RssShmem") for pid in tree]
    if not limit or private + sum(shared) <= limit:
        return private + max(shared, default=0)
    portions = sum(_kilobytes(pid, "smaps_rollup", "Pss_Shmem") for pid in tree)
    return private + max(portions, *shared)


def private_memory(pid: int) -> int:
    """Bytes of memory that are this process's own (resident less shared)."""
    try:
        _, resident, shared = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[:3]
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * PAGE


def _kilobytes(pid: int, file: str, key: str) -> int:
    """The line *key* of a process's *file*, in bytes; 0 where it cannot be read."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(f"{key}:"):
                return int(line.split()[1]) * 1024
    return 0


def name(pid: int) -> str:
    """What a process calls itself; only for the report."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def kill_tree() -> None:
    """SIGKILL every descendant until none is left (at most about a second), and reap them."""
    for _ in range(100):
        tree = descendants()
        for pid in tree:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if not tree:
            return
        time.sleep(0.01)
