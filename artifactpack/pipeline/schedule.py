"""Which run starts when: each after the runs it needs, as many at once as the executor takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from artifactpack.executors.base import Ended, Executor
from artifactpack.executors.collect import set_aside
from artifactpack.models.event import Event, Notify
from artifactpack.models.run import RunRecord
from artifactpack.recorder.plan import RunPlan
from artifactpack.recorder.worker import Job


class Schedule:
    """Runs plans on an executor; ``new`` holds their records, ``skipped`` says what could not start and why."""

    def __init__(
        self, executor: Executor, job: Callable[[RunPlan], Job], notify: Notify, room: Callable[[], None]
    ) -> None:
        self.executor, self.job, self.notify, self.room = executor, job, notify, room
        self.new: list[RunRecord] = []
        self.skipped: list[str] = []
        self._bad: set[str] = set()
        self._open: set[str] = set()
        self._running: dict[str, RunPlan] = {}
        self._tries: dict[str, int] = {}
        self._waiting: list[RunPlan] = []

    def run(self, plans: tuple[RunPlan, ...], *, detach: bool = False) -> None:
        """Run all *plans*, or *detach* from those that can start; whatever stops it (Ctrl-C, a full disk) first
        leaves what runs as its executor does: interrupted here, going on where they can be attached again."""
        self._waiting = list(plans)
        self._open = {plan.id for plan in plans}
        try:
            while self._waiting or self._running:
                self._waiting = [plan for plan in self._waiting if not self._start(plan)]
                if detach:
                    self.executor.detach()
                    break
                for ended in self.executor.watch(self.notify):
                    self._take(ended)
        except BaseException:
            self.executor.leave()
            raise
        self.executor.close()

    @property
    def waiting(self) -> int:
        """How many plans were not started."""
        return len(self._waiting)

    def _start(self, plan: RunPlan) -> bool:
        """Start *plan* if it can be, or give it up if what it needs failed; whether it is off the list."""
        lost = next((need for need in plan.needs if need in self._bad), None)
        if lost is not None:
            self.skipped.append(f"{plan.label}: what it needs failed ({lost})")
            self._give_up(plan.id)
            return True
        if any(need in self._open for need in plan.needs):
            return False
        job = self.job(plan)
        if not self.executor.ready(job):
            return False
        self.room()
        self._running[plan.id] = plan
        self.notify(Event(stage=plan.label, text="starting", done=0.0))
        self.executor.submit(job)
        return True

    def _give_up(self, run_id: str) -> None:
        self._bad.add(run_id)
        self._open.discard(run_id)

    def _take(self, ended: Ended) -> None:
        plan = self._running.pop(ended.id)
        if ended.error is not None:
            raise ended.error
        if ended.interrupted or ended.run is None:
            raise KeyboardInterrupt
        if ended.again and self._retry(plan, ended.run):
            return
        self.new.append(ended.run)
        if ended.run.state == "finished":
            self._open.discard(ended.id)
        else:
            self._give_up(ended.id)
        self.notify(Event(stage=plan.label, text=_result(ended.run), state=ended.run.state))

    def _retry(self, plan: RunPlan, run: RunRecord) -> bool:
        """Start *plan* anew after a crash or a lost node; the failed try keeps its record under another id."""
        tries = self._tries[plan.id] = self._tries.get(plan.id, 0) + 1
        if tries > self.executor.retries:
            return False
        set_aside(Path(self.job(plan).folder), run)
        self._waiting.append(replace(plan, attempt=plan.attempt + 1))
        self.notify(Event(stage=plan.label, text=f"{run.error}; try {tries + 1}", state="retried"))
        return True


def _result(run: RunRecord) -> str:
    """What a finished row says: elapsed time and the first metrics, or what went wrong."""
    if run.state != "finished":
        return run.error
    shown = ", ".join(f"{m.name} {m.last:.4g}" for m in run.metrics[:3])
    return f"{run.cost.wall:.1f} s{'; ' if shown else ''}{shown}"
