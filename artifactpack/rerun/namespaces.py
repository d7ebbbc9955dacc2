"""Level 3 without bubblewrap: util-linux's unshare for the namespaces, the mounts made here by system calls.

Runs as root of a new user namespace only until the walls stand; then every capability is gone for good.
"""

from __future__ import annotations

import ctypes
import json
import os
import stat
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

from artifactpack.rerun import walls

_MS_NOSUID, _MS_NODEV, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 4096, 16384, 1 << 18
_MNT_DETACH, _AT_FDCWD, _AT_RECURSIVE = 2, -100, 0x8000
_ATTR_RDONLY, _ATTR_NOSUID = 1, 2
_SYS_PIVOT_ROOT, _SYS_MOUNT_SETATTR = {"x86_64": (155, 442), "aarch64": (41, 442)}.get(os.uname().machine, (0, 442))
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _LAST_CAP = 24, 38, 64
_PARENT = str(Path(__file__).resolve().parents[2])
_START = "import sys; sys.path[:0] = [sys.argv.pop(1)]; from artifactpack.rerun.namespaces import main; main()"
_libc = ctypes.CDLL(None, use_errno=True)


def argv(command: list[str], inside: walls.Walls) -> list[str]:
    """*command* in namespaces of its own."""
    plan = {
        "links": walls.links(),
        "read": [str(p) for p in walls.read_only(inside)],
        "write": [str(p) for p in inside.writable],
        "devices": [*walls.DEVICES, *walls.devices(inside)],
        "size": walls.tmpfs_size(inside),
        "cwd": str(inside.cwd),
        "hidden": [str(p) for p in inside.hidden],
        "late-read": [str(p) for p in inside.late_readable],
        "late-write": [str(p) for p in inside.late_writable],
        "environment": walls.environment(inside, private=True),
    }
    unshare = ["unshare", "--user", "--map-root-user", "--mount", "--ipc", "--uts", "--pid", "--fork"]
    unshare += ["--kill-child=SIGKILL"] + ([] if inside.network else ["--net"])
    return [*unshare, sys.executable, "-I", "-c", _START, _PARENT, json.dumps(plan), *command]


def main() -> NoReturn:
    """Build the walls, go behind them, give up every right, become the command; exit 125 where that fails."""
    try:
        _build(json.loads(sys.argv[1]))
    except OSError as error:
        sys.stderr.write(f"artifactpack walls: {error}\n")
        sys.exit(125)
    sys.exit(_as_init(sys.argv[2:], json.loads(sys.argv[1])["environment"]))


def _as_init(command: list[str], environment: dict[str, str]) -> int:
    """Run *command* as a child and bury orphans: process 1 of a namespace cannot be killed by itself, so the command
    must not be it. Returns its exit code, 128 + n after signal n; what it left ends with us."""
    child = os.fork()
    if child == 0:
        try:
            os.execvpe(command[0], command, environment)  # noqa: S606
        except OSError as error:
            sys.stderr.write(f"{command[0]}: {error}\n")
            os._exit(127)
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _build(plan: dict[str, Any]) -> None:
    root = _mount_point()
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", _MS_NOSUID | _MS_NODEV, f"size={plan['size']},mode=755")
    for target, link in plan["links"]:
        os.symlink(target, root + link)  # noqa: PTH211
    for folder in ("/tmp", walls.HOME, "/run", "/var/tmp", "/dev/shm", "/proc"):  # noqa: S108
        os.makedirs(root + folder, exist_ok=True)  # noqa: PTH103
    for path in plan["read"]:
        _bind(path, root, read_only=True)
    for path in (*plan["write"], *plan["devices"]):
        _bind(path, root, read_only=False)
    for path in plan["hidden"]:
        _mount("tmpfs", root + path, "tmpfs", _MS_NOSUID | _MS_NODEV, f"size={plan['size']},mode=755")
    for path in plan["late-read"]:
        _bind(path, root, read_only=True)
    for path in plan["late-write"]:
        _bind(path, root, read_only=False)
    _mount("proc", root + "/proc", "proc", _MS_NOSUID | _MS_NODEV)
    _enter(root)
    os.chdir(plan["cwd"])
    _give_up()


def _mount_point() -> str:
    """A folder to mount on, the same every time: mounts are private, so runs do not meet there and none piles up."""
    root = os.path.join(tempfile.gettempdir(), f"artifactpack-root-{os.getuid()}")  # noqa: PTH118
    try:
        os.mkdir(root, 0o700)  # noqa: PTH102
    except FileExistsError:
        status = os.lstat(root)
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
            return tempfile.mkdtemp(prefix="artifactpack-root-")
    return root


def _mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    encoded = (source.encode(), target.encode(), kind.encode() if kind else None, flags, data.encode() or None)
    if _libc.mount(*encoded):
        number = ctypes.get_errno()
        raise OSError(number, f"mount {target}: {os.strerror(number)}")


def _bind(path: str, root: str, read_only: bool) -> None:
    target = root + path
    if os.path.isdir(path):  # noqa: PTH112
        os.makedirs(target, exist_ok=True)  # noqa: PTH103
    elif not os.path.exists(target):  # noqa: PTH110
        os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120
        Path(target).touch()
    _mount(path, target, None, _MS_BIND | _MS_REC)
    _set_attributes(target, (_ATTR_RDONLY if read_only else 0) | _ATTR_NOSUID, _AT_RECURSIVE)


def _set_attributes(target: str, attributes: int, flags: int) -> None:
    packed = struct.pack("=QQQQ", attributes, 0, 0, 0)
    if _libc.syscall(_SYS_MOUNT_SETATTR, _AT_FDCWD, target.encode(), flags, packed, 32):
        number = ctypes.get_errno()
        raise OSError(number, f"{target} cannot be made read-only: {os.strerror(number)}")


def _enter(root: str) -> None:
    os.chdir(root)
    if _libc.syscall(_SYS_PIVOT_ROOT, b".", b"."):
        number = ctypes.get_errno()
        raise OSError(number, f"pivot_root: {os.strerror(number)}")
    if _libc.umount2(b".", _MNT_DETACH):
        number = ctypes.get_errno()
        raise OSError(number, f"the old root stays: {os.strerror(number)}")
    os.chdir("/")
    _set_attributes("/", _ATTR_RDONLY | _ATTR_NOSUID, 0)  # what no mount covers would be memory without a limit


def _give_up() -> None:
    """No capability now, none by a set-user-id program, none by being user 0 of the namespace."""
    for capability in range(_LAST_CAP):
        _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError("no_new_privs was refused")
    header, nothing = struct.pack("=Ii", 0x20080522, 0), struct.pack("=6I", 0, 0, 0, 0, 0, 0)
    if _libc.capset(header, nothing):
        raise OSError("capabilities could not be given up")
