"""A commit that a run claims is only a claim: whether the repository has it is asked once, for all runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from artifactpack.models.system import SystemReading, TrackedRun
from artifactpack.patterns import late
from artifactpack.project import git

if TYPE_CHECKING:
    from artifactpack.project import Project

_HASH = late(r"[0-9a-f]{40}|[0-9a-f]{64}")
AT_ONCE = 400


def checked(project: Project, readings: tuple[SystemReading, ...]) -> tuple[SystemReading, ...]:
    """Fill in ``commit_known`` of every run, and warn about commits that are not in the repository."""
    claimed = {run.commit for reading in readings for run in reading.runs if run.commit and run.commit_known is None}
    there = _there(project, sorted(filter(_HASH.fullmatch, claimed))) if claimed and project.git.present else None
    return readings if there is None else tuple(_reading(reading, there, project.git.shallow) for reading in readings)


def _there(project: Project, commits: list[str]) -> frozenset[str] | None:
    """Those of *commits* that the repository holds; None where git will not tell."""
    found: set[str] = set()
    for start in range(0, len(commits), AT_ONCE):
        names = (f"{commit}^{{commit}}" for commit in commits[start : start + AT_ONCE])
        try:
            out = git.git(project.root, "rev-list", "--no-walk=unsorted", "--ignore-missing", *names, "--")
        except git.GitError:
            return None
        found |= set(out.decode("ascii", "replace").split())
    return frozenset(found)


def _reading(reading: SystemReading, there: frozenset[str], shallow: bool) -> SystemReading:
    runs = tuple(_run(run, there, shallow) for run in reading.runs)
    missing = sorted({run.commit for run in runs if run.commit_known is False})
    said = tuple(f"commit {commit[:12]} of its runs is not in the repository" for commit in missing[:5])
    return replace(reading, runs=runs, warnings=reading.warnings + said)


def _run(run: TrackedRun, there: frozenset[str], shallow: bool) -> TrackedRun:
    """A shallow clone cannot tell that a commit is missing; something that is no full hash is left alone."""
    if run.commit_known is not None or not _HASH.fullmatch(run.commit):
        return run
    known = run.commit in there or (None if shallow else False)
    return replace(run, commit_known=known)
