"""What a walled-in command sees: system folders read-only, an empty home, its own folders; and bubblewrap's argv."""

from __future__ import annotations

import glob
import os
from dataclasses import field
from pathlib import Path

from artifactpack.models.records import record

PATH = "/usr/local/bin:/usr/bin:/bin"
USER, HOME, UID = "reviewer", "/home/reviewer", 1000
SYSTEM = ("/usr", "/opt/rocm", "/nix/store", "/gnu/store")
LINKS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
ETC = (
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/ssl/certs",
    "/etc/OpenCL",
)
ETC_NETWORK = ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf")
SYS = ("/sys/devices/system/cpu", "/sys/devices/system/node")
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


@record
class Walls:
    """The paths and switches of one run; see sandbox.Room.

    ``hidden`` folders lie inside a writable one and look empty, but for the *late* ones shown again within them.
    """

    writable: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()
    cwd: Path = Path("/")
    home: Path = Path("/nonexistent")
    network: bool = False
    gpus: bool = False
    memory: int = 0
    disk: int = 0
    name: str = "artifactpack"
    hidden: tuple[Path, ...] = ()
    late_readable: tuple[Path, ...] = ()
    late_writable: tuple[Path, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)


def environment(inside: Walls, private: bool) -> dict[str, str]:
    """The variables of the run; *private* where home and /tmp are the sandbox's own.

    They are set inside only: a bundle's LD_PRELOAD must not reach the programs that build the walls.
    """
    home = HOME if private else str(inside.home)
    return inside.variables | {
        "HOME": home,
        "USER": USER,
        "LOGNAME": USER,
        "TMPDIR": "/tmp" if private else str(inside.home),  # noqa: S108 - the sandbox's own
        "PATH": inside.variables.get("PATH", PATH),
        "PYTHONNOUSERSITE": "1",
        "XDG_CACHE_HOME": f"{home}/.cache",
    }


def read_only(inside: Walls) -> list[Path]:
    """Existing folders and files to show read-only, parents first, links of the system left out."""
    wanted = [*SYSTEM, *ETC, *SYS, *(ETC_NETWORK if inside.network else ())]
    paths = [Path(p) for p in wanted] + [Path(p) for p in LINKS if not Path(p).is_symlink()]
    paths += list(inside.readable) + ([Path(p) for p in _gpu_system()] if inside.gpus else [])
    return [p for p in dict.fromkeys(paths) if p.exists()]


def devices(inside: Walls) -> list[str]:
    """GPU device files, where asked for."""
    patterns = ("/dev/nvidia*", "/dev/dri", "/dev/kfd", "/dev/dxg")
    return [path for pattern in patterns for path in sorted(glob.glob(pattern))] if inside.gpus else []  # noqa: PTH207


def _gpu_system() -> list[str]:
    return ["/sys/bus/pci", "/sys/class/drm", "/sys/devices/pci0000:00", "/sys/module/nvidia"]


def links() -> list[tuple[str, str]]:
    """/bin → usr/bin and its like, as they are on this system."""
    return [(os.readlink(p), p) for p in LINKS if Path(p).is_symlink()]  # noqa: PTH115


def bubblewrap(argv: list[str], inside: Walls) -> list[str]:
    """*argv* in bubblewrap: own namespaces, no capabilities, nothing writable but its own folders and two tmpfs."""
    command = ["bwrap", "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"]
    command += [] if inside.network else ["--unshare-net"]
    command += ["--uid", str(UID), "--gid", str(UID), "--hostname", "artifactpack", "--cap-drop", "ALL"]
    command += ["--die-with-parent", "--new-session", "--proc", "/proc", "--dev", "/dev"]
    for target, link in links():
        command += ["--symlink", target, link]
    size = str(tmpfs_size(inside))
    for folder in ("/tmp", HOME, "/dev/shm", "/run", "/var/tmp"):  # noqa: S108 - the sandbox's own
        command += ["--size", size, "--tmpfs", folder]
    for path in read_only(inside):
        command += ["--ro-bind", str(path), str(path)]
    for device in devices(inside):
        command += ["--dev-bind", device, device]
    for path in inside.writable:
        command += ["--bind", str(path), str(path)]
    for path in inside.hidden:
        command += ["--size", size, "--tmpfs", str(path)]
    for path in inside.late_readable:
        command += ["--ro-bind", str(path), str(path)]
    for path in inside.late_writable:
        command += ["--bind", str(path), str(path)]
    command += ["--clearenv"]
    for name, value in environment(inside, private=True).items():
        command += ["--setenv", name, value]
    command += ["--remount-ro", "/"]  # what no mount covers would be memory without a limit
    return [*command, "--chdir", str(inside.cwd), "--", *argv]


def tmpfs_size(inside: Walls) -> int:
    """Bytes that /tmp, home and /dev/shm may each hold: they are memory, so half of its limit."""
    return inside.memory // 2 if inside.memory else 1 << 30


def landlock_rules(inside: Walls) -> dict[str, object]:
    """What Landlock lets through: no empty home and no private /tmp here, so both are folders of the run."""
    read = [*read_only(inside), *(Path(p) for p in LINKS), Path("/proc"), inside.cwd]
    write = [
        *inside.writable,
        *inside.late_writable,
        inside.home,
        *(Path(p) for p in (*DEVICES, "/dev/shm", *devices(inside))),  # noqa: S108
    ]
    return {
        "read": [str(p) for p in read],
        "write": [str(p) for p in write],
        "network": inside.network,
    }
