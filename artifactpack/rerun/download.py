"""What an environment takes from elsewhere before it is installed: packages and, where the lock tells, bytes."""

from __future__ import annotations

from collections.abc import Iterable

from artifactpack.models.records import record
from artifactpack.rerun.installer import fits
from artifactpack.rerun.lock import Pin


@record
class Download:
    """``size`` is the bytes of those whose size the lock tells; of ``unknown`` packages it does not."""

    packages: int = 0
    size: int = 0
    unknown: int = 0


def download_of(pins: Iterable[Pin], python: str) -> Download:
    """What *pins* bring to this system and Python *python* (``3.11.7``); what a cache holds already is not known."""
    sizes = [_size(pin, python) for pin in pins if applies(pin.marker, python)]
    known = [size for size in sizes if size]
    return Download(packages=len(sizes), size=sum(known), unknown=len(sizes) - len(known))


def _size(pin: Pin, python: str) -> int:
    """The bytes of the largest file that may be chosen; 0 where the lock tells none of them or not all."""
    fitting = [size for name, size in pin.files if not name.endswith(".whl") or fits(name, python)]
    return max(fitting) if fitting and all(fitting) else 0


def applies(marker: str, python: str) -> bool:
    """Whether *marker* holds on this system with *python*; what cannot be read is taken to."""
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    if not marker:
        return True
    version = {"python_full_version": python, "python_version": ".".join(python.split(".")[:2])} if python else {}
    try:
        return Marker(marker).evaluate({**version, "extra": ""})
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName, KeyError):
        return True
