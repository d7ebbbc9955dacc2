"""What a bundle holds (`artifactpack/manifest.json`, schema artifactpack.manifest/1)."""

from __future__ import annotations

from typing import Literal

from artifactpack.models.records import record

Role = Literal["code", "config", "weights", "data", "record", "environment", "report", "meta"]


@record
class Member:
    """One member; ``url`` is set for thin members, whose bytes are not in the bundle."""

    path: str
    size: int
    sha256: str
    role: Role
    url: str = ""


@record
class Manifest:
    """The content list; ``digest`` is the SHA-256 of its canonical form (path, size, sha256; no renderings)."""

    schema: str = "artifactpack.manifest/1"
    format: int = 1
    tool_version: str = ""
    name: str = ""
    digest: str = ""
    members: tuple[Member, ...] = ()
