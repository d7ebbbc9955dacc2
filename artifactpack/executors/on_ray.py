"""Runs on a Ray cluster: one task a run, its command started by the worker; results by shared folder or as bytes."""

from __future__ import annotations

import io
import os
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from artifactpack.errors import InfrastructureError, InputError, MissingExtraError
from artifactpack.executors.base import Ended
from artifactpack.executors.collect import collect, look_again
from artifactpack.executors.ray_away import Away, without_record
from artifactpack.executors.slurm_text import mebibytes
from artifactpack.models.event import Event, Notify
from artifactpack.models.records import to_json
from artifactpack.recorder.worker import Job


def perform(text: str, python: str, root: str, folder: str, token: str) -> tuple[str, str, bytes]:
    """On the node: run the job *text*; returns the node, what the worker printed, and the run folder as tar bytes.

    The bytes are empty where the node sees *token*, a file that the submitter just wrote: then the folder is shared.
    Self-contained, because Ray ships it by value to nodes whose own environment need not have this package. Where
    Ray's worker runs in *python* itself, the job is run in it, which spares each run the start of a process.
    """
    import io
    import subprocess
    import sys
    import tarfile
    import tempfile
    from pathlib import Path

    node = os.uname().nodename
    if not Path(root).is_dir():
        return (
            node,
            f"artifactpack: no folder {root} on {node}; Ray's nodes must have the project at the same path",
            b"",
        )
    if sys.executable == python:
        from artifactpack.executors.worker import work

        said = work(text)
    else:
        with tempfile.TemporaryDirectory() as place:
            job = Path(place) / "job.json"
            job.write_text(text, encoding="utf-8")
            argv = [python, *("-P", "-m", "artifactpack.executors.worker"), str(job)]
            done = subprocess.run(argv, stderr=subprocess.PIPE, check=False)
        said = done.stderr.decode("utf-8", "replace")
    if Path(token).exists():
        return node, said, b""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        if Path(folder).is_dir():
            archive.add(folder, arcname=".")
    return node, said, packed.getvalue()


def unpack(data: bytes, folder: Path) -> None:
    """Put a run folder that came as *data* in its place, its record last; only plain files and folders are taken."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        inside = [m for m in archive.getmembers() if m.isreg() or m.isdir()]
        for member in sorted(inside, key=lambda m: m.name == "./record.json"):
            archive.extract(member, folder, filter="data")


class OnRay:
    """At most *jobs* tasks at once (None: as many as the cluster takes); retries are ours, not Ray's."""

    name = "ray"
    retries = 2

    def __init__(self, root: Path, jobs: int | None = None, address: str = "auto") -> None:
        self.limit = jobs
        self.token = Path(os.path.realpath(root)) / ".artifactpack" / f"ray-{os.getpid()}.token"
        self._ray = _connect(address)
        for module in (__name__, Away.__module__):
            self._ray.cloudpickle.register_pickle_by_value(sys.modules[module])
        self._task = self._ray.remote(perform)
        self._running: dict[Any, Job] = {}
        self._waiting: list[Job] = []
        self._away = Away(self._ray, root)
        self.token.touch()

    def ready(self, job: Job) -> bool:
        """Whether *job* may be submitted now; InputError where no node could ever run it (Ray would wait for ever)."""
        wanted = _resources(job)
        nodes = [node for node in self._ray.nodes() if node["Alive"]]
        if not any(all(node["Resources"].get(k, 0) >= v for k, v in wanted.items()) for node in nodes):
            asked = ", ".join(f"{value:g} {name}" for name, value in wanted.items())
            raise InputError(f"commands.{job.plan.command}: no node of the Ray cluster has {asked}; see its resources")
        out = len(self._running) + len(self._waiting) + len(self._away)
        return job.plan.id in self._away or self.limit is None or out < self.limit

    def submit(self, job: Job) -> None:
        """Note *job* for Ray, unless it has it already."""
        if job.plan.id not in self._away:
            self._waiting.append(job)

    def _flush(self) -> None:
        for job in self._waiting:
            task = self._task.options(**_options(job), max_retries=0)
            reference = task.remote(to_json(job), sys.executable, job.root, job.folder, str(self.token))
            self._running[reference] = job
        self._waiting.clear()

    def watch(self, notify: Notify) -> Iterator[Ended]:
        """Wait until a run ends; nothing when none is out."""
        self._flush()
        while self._running or len(self._away):
            over = self._wait()
            if over:
                yield self._over(over[0], self._running.pop(over[0]), notify)
                return
            ended = list(self._away.ended())
            if ended:
                yield from ended
                return

    def _wait(self) -> list[Any]:
        """The next task that is over, or [] when it is time to look after what is away."""
        if not self._running:
            time.sleep(1.0)
            return []
        over, _ = self._ray.wait(list(self._running), num_returns=1, timeout=1.0 if len(self._away) else 5.0)
        return list(over)

    def _over(self, reference: Any, job: Job, notify: Notify) -> Ended:
        """Files decide; what Ray says counts only where there is no record."""
        said, error = "", "ended without a record"
        try:
            node, said, data = self._ray.get(reference)
            notify(Event(stage=job.plan.label, text=f"on {node}"))
            if data:
                unpack(data, Path(job.folder))
        except self._ray.exceptions.RayError as fault:
            error = f"lost on the cluster ({type(fault).__name__})"
        except (OSError, tarfile.TarError) as fault:
            error = f"its folder did not arrive whole: {fault}"
        look_again(Path(job.folder).parent)
        run = collect(job)
        if run is not None:
            return Ended(id=run.id, run=run, again=run.state == "crashed")
        return without_record(job, said, error)

    def detach(self) -> None:
        """Hand over what waits, to go on without us."""
        self._away.send(self._waiting, perform, _options)
        self._waiting.clear()

    def leave(self) -> None:
        """Stop what ends with us; what was detached goes on."""
        self._stop()

    def cancel(self) -> None:
        """Stop everything."""
        self._away.cancel()
        self._stop()

    def _stop(self) -> None:
        """Stop all tasks; their runs are found unfinished and recorded as crashed by the next call."""
        self._waiting.clear()
        for reference in self._running:
            self._ray.cancel(reference, force=True)
        self._running.clear()
        self.close()

    def close(self) -> None:
        """Leave the cluster."""
        self.token.unlink(missing_ok=True)
        self._ray.shutdown()


def _resources(job: Job) -> dict[str, float]:
    """What *job* needs, in Ray's names; memory in bytes."""
    asked = job.plan.resources
    found: dict[str, float] = {"CPU": asked.cpus}
    if asked.gpus:
        found["GPU"] = asked.gpus
    if asked.memory:
        found["memory"] = mebibytes(asked.memory, f"commands.{job.plan.command}.resources.memory") << 20
    return found


def _options(job: Job) -> dict[str, Any]:
    """The same as options of a task or an actor."""
    wanted = _resources(job)
    more = {"memory": int(wanted["memory"])} if "memory" in wanted else {}
    return {"num_cpus": wanted["CPU"], "num_gpus": wanted.get("GPU", 0), **more}


def _connect(address: str) -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("--executor ray", "ray") from error
    try:
        ray.init(address=os.environ.get("RAY_ADDRESS") or address, log_to_driver=False, logging_level=40)
    except (ConnectionError, OSError, RuntimeError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InfrastructureError(
            f"no Ray cluster: {first}; start one with `ray start --head`, or set RAY_ADDRESS"
        ) from error
    return ray
