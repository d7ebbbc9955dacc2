"""Version control: repository, commit, clean tree."""

from __future__ import annotations

from artifactpack.core.facts import absent, known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "vcs"
FACTS = {
    "present": "the project is under version control",
    "commit": "the commit, when there is one",
    "clean": "the working tree equals the commit",
    "remote": "a remote is configured",
    "recorded": "every recorded run knows the commit it ran from",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report the repository's state and whether runs know the commit they came from."""
    git = project.git
    no = f"no git repository{': ' + git.note if git.note else ''}"
    bare = [r for r in runs.records if not r.code.commit]
    facts = {
        "present": known(seen("static", True)) if git.present else absent(no),
        "commit": known(seen("static", git.commit))
        if git.commit
        else absent(no if not git.present else "no commit yet"),
        "clean": known(seen("static", not git.dirty)) if git.dirty is not None else unknown(git.note or no),
        "remote": known(seen("static", True, note=git.remotes[0]))
        if git.remotes
        else absent("no remote is configured"),
        "recorded": known(seen(runs.together(bare or runs.records), not bare))
        if runs.records
        else unknown("no recorded run"),
    }
    return Finding(facts=facts)
