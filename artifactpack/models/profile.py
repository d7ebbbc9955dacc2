"""A venue's rules for the archive as data (schemas/profiles/*.yaml, schema artifactpack.profile/1)."""

from __future__ import annotations

from typing import Literal

from artifactpack.models.records import file_record


@file_record
class Profile:
    """``limit`` in bytes (0: none known); ``unconfirmed`` says what we only have at second hand."""

    schema: str = "artifactpack.profile/1"
    id: str
    title: str
    limit: int = 0
    containers: tuple[str, ...] = ("zip",)
    anonymous: bool = False
    links: Literal["allowed", "anonymous", "forbidden"] = "allowed"
    notes: tuple[str, ...] = ()
    source: str = ""
    unconfirmed: str = ""
