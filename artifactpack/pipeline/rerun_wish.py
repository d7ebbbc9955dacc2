"""What the reviewer asked for, from options as they were typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from pathlib import Path

from artifactpack.errors import InputError
from artifactpack.models.records import record
from artifactpack.recorder.typed import parse_seeds, seconds


@record
class Wish:
    """What the reviewer asked for."""

    tier: str = ""
    claims: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    max_time: float | None = None
    data: dict[str, str] = field(default_factory=dict)
    data_root: str = ""
    network: bool = False
    trust: bool = False
    reviewer: str = ""
    pdf: bool = True
    trace: bool = False


def make_wish(
    tier: str,
    claims: Iterable[str],
    seeds: str,
    max_time: str,
    data: Iterable[str],
    network: bool,
    trust: bool,
    reviewer: str = "",
    pdf: bool = True,
    trace: bool = False,
    data_root: str = "",
) -> Wish:
    """The reviewer's options as they were typed; raises InputError naming the one that cannot be read."""
    if data_root and not Path(data_root).expanduser().is_dir():
        raise InputError(f"--data-root {data_root}: no such folder")
    given = {}
    for entry in data:
        name, equals, path = entry.partition("=")
        if not equals or not path:
            raise InputError(f"--data {entry}: write NAME=PATH")
        given[name] = path
    return Wish(
        tier=tier,
        claims=tuple(claims),
        seeds=parse_seeds(seeds) or (),
        max_time=seconds(max_time, "--max-time"),
        data=given,
        data_root=data_root,
        network=network,
        trust=trust,
        reviewer=reviewer,
        pdf=pdf,
        trace=trace,
    )
