"""What every system module says about itself; `docs/systems.md` is made of it."""

from __future__ import annotations

from artifactpack.models.records import record

PROVES = {
    "P": "hyperparameters",
    "S": "seed",
    "V": "variance over seeds",
    "M": "metrics",
    "D": "data version",
    "C": "code commit",
    "E": "environment",
    "H": "hardware",
}


@record
class About:
    """``reads`` and ``limits`` are sentences; ``tried`` are the versions whose real files the tests read; ``proves``
    are letters of :data:`PROVES`, lower case where the evidence is weak; ``also`` names what else it covers;
    ``versions`` is the pattern of writers' versions that were tried or share their format, "" where none is written."""

    title: str
    also: str = ""
    reads: str
    tried: tuple[str, ...] = ()
    proves: str = ""
    limits: str = ""
    versions: str = ""
