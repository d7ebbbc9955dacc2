"""Landlock by system calls: what the process and all its children may read, write and connect to, for good.

Needs no root. It limits files and TCP; it cuts neither UDP nor memory, so it is level 1 and no more.
Numbers from the kernel's uapi/linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_RULE_PATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_PR_SET_NO_NEW_PRIVS = 38
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # number of rights known to each ABI
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_TCP = 0b11


def abi() -> int:
    """The kernel's Landlock ABI; 0 where there is none."""
    found = ctypes.CDLL(None, use_errno=True).syscall(_CREATE, None, 0, 1)
    return max(0, int(found))


def restrict(read: Iterable[str], write: Iterable[str], network: bool) -> None:
    """From now on only *read* may be read and run, only *write* written, and TCP used only with *network*.

    Raises OSError where the kernel refuses; then nothing is restricted and the caller must not go on.
    """
    version = abi()
    if not version:
        raise OSError("this kernel has no Landlock")
    libc = ctypes.CDLL(None, use_errno=True)
    handled = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    tcp = _TCP if version >= 4 and not network else 0
    scoped = 0b11 if version >= 6 else 0
    attributes = struct.pack("=QQQ", handled, tcp, scoped)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _call(libc, _CREATE, attributes, size, 0)
    for path in read:
        _allow(libc, ruleset, path, handled & (_EXECUTE | _READ_FILE | _READ_DIR))
    for path in write:
        _allow(libc, ruleset, path, handled)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs was refused")
    _call(libc, _RESTRICT, ruleset, 0)
    os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(path):  # noqa: PTH112 - runs between fork and exec
        rights &= _ON_FILES
    try:
        _call(libc, _ADD, ruleset, _RULE_PATH, struct.pack("=Qi", rights, handle), 0)
    finally:
        os.close(handle)


def _call(libc: ctypes.CDLL, *arguments: object) -> int:
    result = int(libc.syscall(*arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"Landlock: {os.strerror(number)}")
    return result
