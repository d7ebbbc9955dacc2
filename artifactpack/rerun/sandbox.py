"""Sandbox levels: which one this machine can really give (each is tried, not guessed), and how a command enters it.

L3 bubblewrap or user namespaces; L2 a container engine; L1 Landlock with limits; L0 nothing. All of them run under the
supervisor, which holds memory, disk and time limits over the whole process tree.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import field
from functools import cache
from pathlib import Path

from artifactpack.errors import RefusedError
from artifactpack.models.outcome import SandboxInfo
from artifactpack.models.records import record
from artifactpack.rerun import containers, landlock, namespaces, supervise, walls

STRANGER_NEEDS = 2
_PROBE_SECONDS = 20
_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")


@record
class Room:
    """What a run may see and use. Paths are absolute; everything not named is hidden or read-only.

    ``memory`` and ``disk`` are bytes, ``time`` seconds; 0 means no limit.
    """

    writable: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()
    home: Path = Path("/nonexistent")
    network: bool = False
    gpus: bool = False
    memory: int = 0
    disk: int = 0
    time: float = 0.0
    processes: int = 4096
    hidden: tuple[Path, ...] = ()
    late_readable: tuple[Path, ...] = ()
    late_writable: tuple[Path, ...] = ()


@record
class Kind:
    """One way to be walled in: ``argv`` turns a command into the walled one."""

    level: int
    name: str
    probe: Callable[[], str]
    argv: Callable[[list[str], walls.Walls], list[str]] = field(default=lambda argv, _: argv)


def _no_probe() -> str:
    return ""


KINDS: tuple[Kind, ...] = (
    Kind(level=3, name="bubblewrap", probe=lambda: _try_walls(walls.bubblewrap, "bwrap"), argv=walls.bubblewrap),
    Kind(level=3, name="user namespaces", probe=lambda: _try_walls(namespaces.argv, "unshare"), argv=namespaces.argv),
    Kind(level=2, name="podman", probe=lambda: containers.probe("podman"), argv=containers.podman),
    Kind(level=2, name="docker", probe=lambda: containers.probe("docker"), argv=containers.docker),
    Kind(level=1, name="Landlock", probe=lambda: "" if landlock.abi() else "this kernel has no Landlock"),
    Kind(level=0, name="none", probe=_no_probe),
)


def _try_walls(make: Callable[[list[str], walls.Walls], list[str]], program: str) -> str:
    """Run something inside; "" if the walls stood, else why not."""
    if not shutil.which(program):
        return f"{program} is not installed"
    command = make([*_TRUE], walls.Walls(readable=(Path(sys.base_prefix),)))
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False, cwd="/")
    except (OSError, subprocess.SubprocessError) as error:
        return f"{program}: {error}"
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return f"{program}: {lines[-1][:160] if lines else f'exit {done.returncode}'}"
    return ""


_TRUE = ("/bin/sh", "-c", "test ! -e /etc/shadow && ! ls /sys/class/net/* 2>/dev/null | grep -qv lo")


@cache
def probe() -> tuple[tuple[Kind, str], ...]:
    """The kinds, best first, each with the reason why it cannot be had here; the last can, with ""."""
    found: list[tuple[Kind, str]] = []
    for kind in KINDS:
        found.append((kind, kind.probe()))
        if not found[-1][1]:
            break
    return tuple(found)


def choose(own: bool, consent: bool, network: bool = False) -> tuple[Kind, SandboxInfo]:
    """The best kind there is. A stranger's bundle below level 2 is refused unless *consent*; never a silent step down.

    Raises RefusedError with the remedy for this system.
    """
    found = probe()
    kind = next(kind for kind, reason in found if not reason)
    reasons = tuple(f"{k.name}: {reason}" for k, reason in found if reason and k.level > kind.level)
    why = "; ".join(reasons)
    if kind.level < STRANGER_NEEDS and not own and not consent:
        raise RefusedError(f"{_refusal(kind)}. {remedy(found)}")
    info = SandboxInfo(level=kind.level, name=kind.name, why=why, network=network, consent=consent and not own, own=own)
    return kind, info


def _refusal(kind: Kind) -> str:
    return (
        f"this bundle was not recorded by you, and the best sandbox here is level {kind.level} ({kind.name}); "
        f"running it needs level {STRANGER_NEEDS} or --i-trust-this-bundle"
    )


def remedy(found: tuple[tuple[Kind, str], ...]) -> str:
    """What to type on this system to get level 3."""
    try:
        restricted = _APPARMOR.read_text(encoding="ascii").strip() == "1"
    except OSError:
        restricted = False
    if restricted:
        return (
            "AppArmor keeps user namespaces from programs here: "
            "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
        )
    if any(reason.endswith("bwrap is not installed") for _, reason in found):
        installer = next((i for i in ("apt-get", "dnf", "pacman", "apk", "zypper") if shutil.which(i)), "")
        install = {"pacman": "pacman -S", "apk": "apk add"}.get(installer, f"{installer} install")
        return f"Install bubblewrap: sudo {install} bubblewrap" if installer else "Install bubblewrap"
    return "Allow user namespaces (sysctl user.max_user_namespaces), or install podman or docker"


class Sandbox:
    """One run's walls and watcher; ``wrap`` is what the launcher calls."""

    def __init__(self, kind: Kind, room: Room, folder: Path) -> None:
        self.kind, self.room, self.folder = kind, room, folder

    def wrap(self, argv: list[str], cwd: Path, variables: dict[str, str] | None = None) -> list[str]:
        """The argv that runs *argv* in *cwd* behind the walls, with exactly *variables* and our own set there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        room, inside = self.room, self._walls(cwd, variables or {})
        order = {
            "argv": self.kind.argv(list(argv), inside),
            "report": str(self.folder / "supervisor.json"),
            "writable": [str(p) for p in (*room.writable, *room.late_writable)],
            "limits": {"memory": room.memory, "disk": room.disk, "time": room.time, "processes": room.processes},
            "environment": self._environment(inside),
            "cleanup": containers.cleanup(self.kind.name, inside),
            "root": containers.root(self.kind.name, inside),
        }
        if self.kind.level == 1:
            order["landlock"] = walls.landlock_rules(inside)
        path = self.folder / "supervisor-order.json"
        path.write_text(json.dumps(order), encoding="utf-8")
        return supervise.command(path)

    def _environment(self, inside: walls.Walls) -> dict[str, str]:
        """What the program that builds the walls is given; below level 2 there is none, and it is the run's own."""
        if self.kind.level < STRANGER_NEEDS:
            return walls.environment(inside, private=False)
        return containers.variables(self.kind.name)

    def _walls(self, cwd: Path, variables: dict[str, str]) -> walls.Walls:
        room = self.room
        return walls.Walls(
            writable=room.writable,
            readable=room.readable,
            hidden=room.hidden,
            late_readable=room.late_readable,
            late_writable=room.late_writable,
            cwd=cwd.absolute(),
            home=room.home,
            network=room.network,
            gpus=room.gpus,
            memory=room.memory,
            disk=room.disk,
            name=f"artifactpack-{os.getpid()}-{self.folder.name}",
            variables=variables,
        )

    def report(self) -> dict[str, object]:
        """What the supervisor saw of the last run: limit passed, peaks, processes left behind."""
        try:
            found = json.loads((self.folder / "supervisor.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
