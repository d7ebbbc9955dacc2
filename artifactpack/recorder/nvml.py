"""NVIDIA's graphics cards as their driver sees them: which the run's processes used, how much memory, what energy.

Read through the driver's own library where it is installed; the run itself is not touched. The functions are those of
NVML (https://docs.nvidia.com/deploy/nvml-api/).
"""

from __future__ import annotations

import ctypes
from collections.abc import Collection
from dataclasses import replace

from artifactpack.models.run import Gpu

LIBRARY = "libnvidia-ml.so.1"
_MOST = 1024  # processes on one card
_UNKNOWN = 2**64 - 1


class _Process(ctypes.Structure):
    _fields_ = (
        ("pid", ctypes.c_uint),
        ("memory", ctypes.c_ulonglong),
        ("gpu_instance", ctypes.c_uint),
        ("compute_instance", ctypes.c_uint),
    )


class _Memory(ctypes.Structure):
    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


class Cards:
    """The cards of this machine; none where there is no driver. Errors of the library are answers left out."""

    def __init__(self, library: str = "") -> None:
        self._library: ctypes.CDLL | None = None
        self._handles: list[ctypes.c_void_p] = []
        self._peaks: dict[int, int] = {}
        try:
            self._library = ctypes.CDLL(library or LIBRARY)
            if self._library.nvmlInit_v2() == 0:
                self._handles = self._open()
        except (OSError, AttributeError):
            return
        self._before = [self._energy(handle) for handle in self._handles]

    def __bool__(self) -> bool:
        return bool(self._handles)

    def _open(self) -> list[ctypes.c_void_p]:
        count = ctypes.c_uint()
        self._ask("nvmlDeviceGetCount_v2", ctypes.byref(count))
        handles = [ctypes.c_void_p() for _ in range(count.value)]
        return [h for i, h in enumerate(handles) if self._ask("nvmlDeviceGetHandleByIndex_v2", i, ctypes.byref(h))]

    def _ask(self, function: str, *arguments: object) -> bool:
        try:
            return bool(getattr(self._library, function)(*arguments) == 0)
        except AttributeError:  # an older driver
            return False

    def look(self, pids: Collection[int]) -> None:
        """Take in how much memory the processes *pids* hold on each card now."""
        for index, handle in enumerate(self._handles):
            held = [p.memory for p in self._processes(handle) if p.pid in pids]
            if held:
                used = sum(memory for memory in held if memory != _UNKNOWN)
                self._peaks[index] = max(self._peaks.get(index, 0), used)

    def _processes(self, handle: ctypes.c_void_p) -> list[_Process]:
        count, found = ctypes.c_uint(_MOST), (_Process * _MOST)()
        told = self._ask("nvmlDeviceGetComputeRunningProcesses_v3", handle, ctypes.byref(count), found)
        return list(found[: count.value]) if told else []

    def used(self) -> tuple[Gpu, ...]:
        """The cards that were seen in use; ``peak`` is the most memory in bytes, the driver's own part included."""
        return tuple(replace(self._card(self._handles[i]), peak=peak) for i, peak in sorted(self._peaks.items()))

    def _card(self, handle: ctypes.c_void_p) -> Gpu:
        name, driver, memory = (ctypes.create_string_buffer(96), ctypes.create_string_buffer(96), _Memory())
        self._ask("nvmlDeviceGetName", handle, name, 96)
        self._ask("nvmlSystemGetDriverVersion", driver, 96)
        self._ask("nvmlDeviceGetMemoryInfo", handle, ctypes.byref(memory))
        return Gpu(name=_text(name), memory=int(memory.total), driver=_text(driver))

    def energy(self) -> float | None:
        """Joules that the cards in use took since the beginning, by whomever; None where no counter can be read."""
        total, seen = 0.0, False
        for index in self._peaks:
            start, now = self._before[index], self._energy(self._handles[index])
            if start is not None and now is not None:
                total, seen = total + (now - start) / 1e3, True
        return total if seen else None

    def _energy(self, handle: ctypes.c_void_p) -> int | None:
        value = ctypes.c_ulonglong()
        told = self._ask("nvmlDeviceGetTotalEnergyConsumption", handle, ctypes.byref(value))
        return int(value.value) if told else None


def _text(buffer: ctypes.Array[ctypes.c_char]) -> str:
    return buffer.value.decode("utf-8", "replace")
