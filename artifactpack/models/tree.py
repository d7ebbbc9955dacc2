"""Data that stays where it is: a folder known by one hash (`artifactpack/trees.json`, schema artifactpack.trees/1)."""

from __future__ import annotations

from artifactpack.models.records import record


@record
class Tree:
    """The folder of a declared data set: its path in the project, its Merkle node, files and bytes in all."""

    name: str
    path: str
    node: str
    files: int
    size: int
    url: str = ""


@record
class TreesFile:
    schema: str = "artifactpack.trees/1"
    trees: tuple[Tree, ...] = ()
