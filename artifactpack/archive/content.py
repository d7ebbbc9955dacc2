"""The content list: what every manifest is rendered from, its order, and the bundle digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from artifactpack.models.manifest import Member, Role

FORMAT = 1
PAYLOAD = "data/"
MANIFEST = "artifactpack/manifest.json"
DEFLATED = "artifactpack/deflated-sha256.txt"
CRATE = "ro-crate-metadata.json"
REPORTS = ("report.html", "report.pdf")
# Rendered from the content list by fixed rules: a reader makes them again and compares, so no manifest lists them.
DERIVED = (
    MANIFEST,
    DEFLATED,
    "bag-info.txt",
    "bagit.txt",
    "fetch.txt",
    "manifest-sha256.txt",
    "tagmanifest-sha256.txt",
)
ROOT = frozenset(("README.md", "sbom.cdx.json", "CITATION.cff", "codemeta.json", CRATE, *REPORTS, *DERIVED))
# Fonts, and which members are thin, differ between machines and bundles: these say nothing new and stay outside.
OUTSIDE_DIGEST = frozenset((*DERIVED, *REPORTS, CRATE))


@dataclass(frozen=True, slots=True)
class Entry:
    """One member to be: bytes in memory (``data``) or a file (``file``); thin when it has a ``url``.

    ``expected`` is the SHA-256 it must have ("" for any); thin members need it and ``size`` (bytes) beforehand.
    """

    path: str
    role: Role
    data: bytes | None = None
    file: Path | None = None
    executable: bool = False
    expected: str = ""
    url: str = ""
    size: int = 0


def placed(path: str) -> bool:
    """Whether a bundle has a place for *path*: the payload, our own folder, and a few names at the root."""
    return path in ROOT or path.startswith((PAYLOAD, "artifactpack/"))


def order(path: str) -> tuple[bool, bytes]:
    """Sort key of members: the payload first, so that all hashes are known when the tag files are written."""
    return (not path.startswith(PAYLOAD), path.encode())


def digest(members: Iterable[Member]) -> str:
    """SHA-256 of the canonical content list; equal for stored, deflated, thin, unpacked, with or without reports."""
    lines = [
        f"{m.sha256}  {m.size}  {m.path}\n"
        for m in sorted(members, key=lambda m: m.path.encode())
        if m.path not in OUTSIDE_DIGEST
    ]
    return hashlib.sha256("".join(["artifactpack-content/1\n", *lines]).encode()).hexdigest()
