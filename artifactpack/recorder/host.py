"""The machine a run ran on, seen from outside: processor, memory, system, graphics driver, energy counters."""

from __future__ import annotations

import contextlib
import os
import platform
import re
from pathlib import Path

from artifactpack.models.run import Hardware

_RAPL = Path("/sys/class/powercap")
_FLAGS = ("sse4_2", "avx", "avx2", "avx512f", "avx512_bf16", "amx_tile", "fma", "asimd", "sve")


def hardware() -> Hardware:
    """Processor, cores usable, memory in bytes, system; graphics cards are told by the run itself."""
    info = _text("/proc/cpuinfo")
    model = re.search(r"^model name\s*:\s*(.+)$", info, re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", info, re.MULTILINE)
    present = set(flags[1].split()) if flags else set()
    return Hardware(
        cpu=model[1].strip() if model else platform.processor(),
        cores=len(os.sched_getaffinity(0)),
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        system=_system(),
        kernel=platform.release(),
        machine=platform.machine(),
        cpu_flags=tuple(f for f in _FLAGS if f in present),
    )


def _system() -> str:
    name = re.search(r'^PRETTY_NAME="?([^"\n]+)', _text("/etc/os-release"), re.MULTILINE)
    return name[1] if name else platform.system()


def driver() -> str:
    """Version of the NVIDIA kernel driver, or ""."""
    found = re.search(r"(\d{3,}\.\d+(?:\.\d+)?)", _text("/proc/driver/nvidia/version"))
    return found[1] if found else ""


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


class Energy:
    """Joules used by the processor packages between two looks; None where no counter can be read."""

    def __init__(self, base: Path = _RAPL) -> None:
        self.zones = sorted(base.glob("intel-rapl:?")) if base.is_dir() else []
        self.before = [_number(zone / "energy_uj") for zone in self.zones]

    def used(self) -> float | None:
        total, seen = 0.0, False
        for zone, start in zip(self.zones, self.before, strict=True):
            now = _number(zone / "energy_uj")
            if start is None or now is None:
                continue
            if now < start:  # the counter wraps around
                now += _number(zone / "max_energy_range_uj") or 0
            total, seen = total + (now - start) / 1e6, True
        return total if seen else None


def _number(path: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        return int(path.read_text(encoding="ascii"))
    return None
