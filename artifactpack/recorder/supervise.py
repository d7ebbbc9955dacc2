"""Run one command and watch it from outside: time, memory, log, and every process it leaves behind.

Started by ``launch`` as ``python -I -S``, standard library and two modules of ours only, so that it costs no more than
an interpreter. One JSON object comes in on the first line of stdin; while stdin stays open the launcher is alive, a
line ``interrupt`` on it passes Ctrl-C on, and its end means that the launcher died: then everything is killed. JSON
lines go out on stdout.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import selectors
import signal
import subprocess
import time
from typing import Any

from artifactpack.recorder import processes
from artifactpack.recorder.console import CHUNK, Log
from artifactpack.recorder.processes import descendants, kill_all

LINGER = 5.0


def tell(**fields: Any) -> None:
    """Send one line to the launcher; if it is gone, so is the reason to."""
    with contextlib.suppress(OSError):
        os.write(1, (json.dumps(fields) + "\n").encode())


class Watch:
    """One command from its start to the end of its last process."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.log = Log(spec["log"])
        self.began = time.monotonic()
        self.peak = 0
        self.status: int | None = None
        self.reason = ""
        self.asked = 0.0
        self.left: list[int] = []
        self.ended = 0.0
        self.names: dict[int, str] = {}

    def start(self) -> None:
        processes.adopt_orphans()
        self.child = subprocess.Popen(
            self.spec["argv"],
            cwd=self.spec["cwd"],
            env=self.spec["env"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=processes.die_with_parent,
        )

    def run(self) -> None:
        """Until the command and all it started are gone."""
        pipe: Any = self.child.stdout
        os.set_blocking(pipe.fileno(), False)
        selector = selectors.DefaultSelector()
        selector.register(pipe, selectors.EVENT_READ, "log")
        selector.register(0, selectors.EVENT_READ, "launcher")
        _register_exit(selector, self.child.pid)
        tick, period = 0.0, 0.1
        while True:
            for key, _ in selector.select(0.05 if self.status is not None or self.reason else period):
                if key.data == "log":
                    self._read(selector, pipe)
                elif key.data == "launcher":
                    self._order(selector)
                else:
                    selector.unregister(key.fd)
            self._reap()
            now = time.monotonic()
            if now - tick >= period:
                tick, period = now, min(1.0, period * 1.3)
                self._tick()
            if self._over():
                break
        self._drain(pipe)
        self.log.close()

    def _read(self, selector: selectors.BaseSelector, pipe: Any) -> None:
        try:
            data = os.read(pipe.fileno(), CHUNK)
        except BlockingIOError:
            return
        if data:
            self.log.write(data)
        else:
            selector.unregister(pipe)

    def _drain(self, pipe: Any) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(pipe.fileno(), CHUNK):
                self.log.write(data)

    def _order(self, selector: selectors.BaseSelector) -> None:
        try:
            data = os.read(0, 4096)
        except OSError:
            data = b""
        if not data:
            selector.unregister(0)
            self._end("launcher gone", signal.SIGKILL)
        elif b"interrupt" in data:
            self._end("interrupted", signal.SIGINT)

    def _end(self, reason: str, number: int) -> None:
        self.reason = self.reason or reason
        self.asked = time.monotonic()
        kill_all([self.child.pid] if number == signal.SIGINT else descendants(), number)

    def _tick(self) -> None:
        pids = descendants()
        used = processes.memory(pids)
        self.peak = max(self.peak, used)
        elapsed = time.monotonic() - self.began
        tell(t="tick", elapsed=elapsed, memory=used, processes=len(pids), line=self.log.line())
        limit = self.spec.get("timeout")
        if limit and elapsed > limit and not self.reason:
            self._end("timeout", signal.SIGTERM)
        if self.reason and time.monotonic() - self.asked > self.spec.get("grace", 10.0):
            kill_all(descendants(), signal.SIGKILL)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.child.pid:
                self.status = self.child.returncode = status
                self.ended = time.monotonic()

    def _over(self) -> bool:
        """Whether nothing is left; what outlives the command gets some seconds, then is told to stop, then killed."""
        if self.status is None:
            return False
        pids = descendants()
        if not pids:
            return True
        late = time.monotonic() - self.ended
        if self.reason or late > LINGER:
            if not self.left:
                self.left = pids
                self.names = {pid: processes.name(pid) for pid in pids}
                kill_all(pids, signal.SIGTERM)
            if self.reason or late > LINGER + 2:
                kill_all(pids, signal.SIGKILL)
        return False

    def result(self) -> dict[str, Any]:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        status = self.status or 0
        return {
            "t": "exit",
            "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
            "signal": signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "",
            "reason": self.reason,
            "wall": self.ended - self.began,
            "cpu": used.ru_utime + used.ru_stime,
            "memory": max(self.peak, used.ru_maxrss * 1024),
            "left": sorted(set(self.names.values())),
            "log": self.log.total,
            "log_lost": self.log.lost,
            "log_truncated": bool(self.log.segments),
        }


def _register_exit(selector: selectors.BaseSelector, pid: int) -> None:
    """Wake up at once when the command ends, also while a process it left behind holds its output open."""
    with contextlib.suppress(OSError, AttributeError):
        selector.register(os.pidfd_open(pid), selectors.EVENT_READ, "ended")


def main() -> None:
    """Read the order, watch, report."""
    line = b""
    while b"\n" not in line:
        data = os.read(0, CHUNK)
        if not data:
            return
        line += data
    order, _, more = line.partition(b"\n")
    if b"interrupt" in more:
        return  # before anything began
    watch = Watch(json.loads(order))
    try:
        watch.start()
    except OSError as error:
        tell(t="unstartable", errno=error.errno, why=error.strerror, file=str(error.filename or ""))
        return
    tell(t="start", pid=watch.child.pid)
    watch.run()
    tell(**watch.result())
