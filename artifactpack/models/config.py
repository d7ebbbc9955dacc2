"""`artifactpack.toml`, key for key (architecture contract 4). Keys are hyphenated in the file."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from artifactpack.models.records import file_record

Scalar = str | int | float | bool


@file_record
class Author:
    name: str
    affiliation: str = ""
    affiliation_url: str = ""
    orcid: str = ""
    email: str = ""


@file_record
class Paper:
    title: str = ""
    authors: tuple[Author, ...] = ()
    license: str = ""
    checklist_tex: str = ""
    url: str = ""


@file_record
class Environment:
    python: str = ""
    lock: str = ""
    pass_: tuple[str, ...] = ()


@file_record
class Resources:
    gpus: int = 0
    cpus: int = 1
    memory: str = ""


@file_record
class Slurm:
    """What a command asks of Slurm; ``pack``: that many runs share one task of an array, one after another."""

    partition: str = ""
    account: str = ""
    time: str = ""
    extra: tuple[str, ...] = ()
    pack: int = 1


@file_record
class Command:
    """One command: ``run`` is an argv list with ``{placeholders}``; ``like`` inherits every key not given here."""

    run: tuple[str, ...] | str = ()
    args: tuple[str, ...] = ()
    cwd: str = "."
    like: str = ""
    needs: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0,)
    repeat: int = 1
    matrix: dict[str, tuple[Scalar, ...]] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    metrics: tuple[str, ...] = ()
    patterns: dict[str, str] = field(default_factory=dict)
    weights: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    ship: Literal["all", "best", "none"] | tuple[int, ...] = "best"
    tier: Literal["smoke", "evaluate", "train"] = "train"
    timeout: str = ""
    resources: Resources = field(default_factory=Resources)
    slurm: Slurm = field(default_factory=Slurm)


@file_record
class Claim:
    """A number (``metric`` + ``value``) or a comparison (``holds``) in the paper."""

    id: str
    text: str = ""
    where: str = ""
    metric: str = ""
    select: dict[str, Scalar] = field(default_factory=dict)
    over: str = "mean"
    value: str | int | float = ""
    spread: str = ""
    better: Literal["higher", "lower"] = "higher"
    holds: str = ""


@file_record
class DataSet:
    path: str = ""
    url: str = ""
    license: str = ""
    sha256: str = ""
    version: str = ""
    citation: str = ""
    bundle: bool = True
    croissant: str = ""


@file_record
class AnswerEntry:
    answer: str
    why: str = ""


@file_record
class Check:
    ignore: dict[str, str] = field(default_factory=dict)


@file_record
class BundleOptions:
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    profile: str = ""


@file_record
class Anonymous:
    terms: tuple[str, ...] = ()


@file_record
class Config:
    """The whole file; every key is optional."""

    config_version: Literal[1] = 1
    checklists: tuple[str, ...] = ()
    paper: Paper = field(default_factory=Paper)
    environment: Environment = field(default_factory=Environment)
    commands: dict[str, Command] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    data: dict[str, DataSet] = field(default_factory=dict)
    answers: dict[str, dict[str, AnswerEntry]] = field(default_factory=dict)
    check: Check = field(default_factory=Check)
    bundle: BundleOptions = field(default_factory=BundleOptions)
    anonymous: Anonymous = field(default_factory=Anonymous)
