"""What the project needs to be installed, and how exactly it says so."""

from __future__ import annotations

import re

from artifactpack.core.declared import Declared
from artifactpack.core.declared_locks import LOCK_NAME
from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.core.packages import canonical, spoken
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Defect, Fact, Finding, Known, Observation, Source
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._declared import declared_documents, declared_files
from artifactpack.probes._imports import undeclared, unpinned_hub
from artifactpack.project import Project
from artifactpack.project.words import words

NAME = "dependencies"
FACTS = {
    "declared": "packages are listed: a requirement, environment, setup or lock file, a container file, or a document",
    "pinned": "more than half of the declared packages have an exact version",
    "pinned_share": "share of declared packages with an exact version, 0 to 1",
    "count": "how many distinct packages are declared",
    "kind": "where they are declared: lock, file, container, documents",
    "files": "the files and documents that declare packages",
    "locked": "a lock file or a complete list of exact versions exists",
    "hashed": "the lock gives hashes of the packages",
    "undeclared": "distributions that the code imports and nothing declares",
    "complete": "every third-party import is declared",
    "conflicts": "packages declared twice with different exact versions",
    "unpinned_hub": "hub models and datasets loaded without a fixed revision",
    "recorded": "the packages of a recorded run are known with versions",
    "recorded_agree": "the versions a recorded run used are the declared ones",
    "python": "the Python version is stated",
}
WHERE = "requirement, environment, setup, lock and container files, README and other documents"
Sources = list[tuple[str, str, list[Declared]]]
Used = tuple[Known, dict[str, str]]


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report declarations of every form, their exactness, and what imports and runs say against them."""
    found = declared_files(project)
    documents = declared_documents(project)
    sources: Sources = [*found, *([("documents", documents[0].path, documents)] if documents else [])]
    packages = [d for _, _, listed in sources for d in listed]
    facts: dict[str, Fact] = _declarations(sources, packages)
    missing = undeclared(project, packages)
    facts["undeclared"] = known(*(seen("static", sorted(missing), *(s for v in missing.values() for s in v[:1])),))
    if not packages and not missing and any(not path.endswith("setup.py") for path in project.index.records):
        facts["pinned"] = unknown("there is nothing to pin: nothing but the standard library is imported")
    facts["complete"] = _complete(missing, packages)
    hub = unpinned_hub(project)
    facts["unpinned_hub"] = known(seen("static", [name for name, _ in hub], *(source for _, source in hub)))
    clashes = conflicts(found)
    facts["conflicts"] = known(
        seen("static", sorted(clashes), *(at(d.path, d.line) for v in clashes.values() for d in v))
    )
    facts |= _recorded(runs, packages, _tracked(project, systems))
    facts["python"] = _python(project)
    return Finding(facts=facts, defects=_defects(clashes, project))


def _declarations(sources: Sources, packages: list[Declared]) -> dict[str, Fact]:
    if not packages:
        return {
            "declared": absent(f"no package is listed in {WHERE}"),
            "pinned": absent("no package is declared"),
            "pinned_share": known(seen("static", 0.0)),
            "count": known(seen("static", 0)),
            "kind": known(seen("static", [])),
            "files": known(seen("static", [])),
            "locked": absent("no lock file and no complete list of exact versions"),
            "hashed": absent("no lock file"),
        }
    places = [at(path, listed[0].line) for _, path, listed in sources]
    kinds = list(dict.fromkeys(kind for kind, _, _ in sources))
    exact, total = exactness(packages)
    share = round(exact / total, 4)
    pinned = share > 0.5
    telling = [at(d.path, d.line, d.spec) for d in packages if bool(d.version) is pinned][:5]
    locks = [at(path, 1) for kind, path, _ in sources if kind == "lock"]
    full = [at(path, 1) for kind, path, listed in sources if kind == "file" and len(listed) > 4 and _all_exact(listed)]
    return {
        "declared": known(
            *(seen("static", True, place, note=kind) for (kind, _, _), place in zip(sources, places, strict=True))
        ),
        "pinned": known(
            seen(
                "static",
                bool(locks) or pinned,
                *(locks or telling or places[:1]),
                note=f"{exact} of {total} are exact",
            )
        ),
        "pinned_share": known(seen("static", share)),
        "count": known(seen("static", total)),
        "kind": known(seen("static", kinds)),
        "files": known(seen("static", [path for _, path, _ in sources], *places)),
        "locked": known(seen("static", True, *locks, *full)) if locks or full else absent("no lock file"),
        "hashed": _hashed(packages),
    }


def exactness(packages: list[Declared]) -> tuple[int, int]:
    """Return how many distinct packages are exact, and how many there are; exact anywhere is exact."""
    names: dict[str, bool] = {}
    for declared in packages:
        name = spoken(declared.name)
        if name not in {"python", "pip", "setuptools", "wheel"}:
            names[name] = names.get(name, False) or bool(declared.version)
    return sum(names.values()), max(len(names), 1)


def _all_exact(listed: list[Declared]) -> bool:
    return all(d.version for d in listed)


def _hashed(packages: list[Declared]) -> Fact:
    hashed = [d for d in packages if d.hashed]
    return (
        known(seen("static", True, at(hashed[0].path, hashed[0].line)))
        if hashed
        else absent("no hashes beside packages")
    )


def conflicts(sources: Sources) -> dict[str, list[Declared]]:
    """Return packages whose exact versions differ between files that are not locks of one another."""
    versions: dict[tuple[str, str], dict[str, Declared]] = {}
    for kind, path, listed in sources:
        if kind == "container" or re.search(r"(?:^|[-_./])(?:dev|test|docs?|cpu|cu\d+|gpu|mac|linux|win)", path):
            continue
        for declared in _one_each(listed):
            if declared.name not in _INSTALLERS and re.fullmatch(r"\d+(?:\.\d+)+", declared.version or ""):
                here = versions.setdefault((declared.name, _part(path)), {})
                here.setdefault(_release(declared.version), declared)
    return {name: list(v.values()) for (name, _), v in versions.items() if len(v) > 1 and not _on_top(list(v.values()))}


_INSTALLERS = frozenset({"pip", "setuptools", "wheel"})
_AIDS = words("""
    requirements reqs env envs environment environments conda docker .devcontainer scripts install setup build deps
    dependencies binder .binder config configs src code""")
"""Folders that serve the one above them, and have no environment of their own."""


def _part(path: str) -> str:
    """The folder whose environment the file at *path* is for."""
    folders = path.split("/")[:-1]
    while folders and folders[-1].lower() in _AIDS:
        folders.pop()
    return "/".join(folders)


def _on_top(places: list[Declared]) -> bool:
    """Whether one is a lock of conda, and the others are locks of managers that install on top of it."""
    locks = [d.path for d in places if LOCK_NAME.fullmatch(d.path.rpartition("/")[2])]
    return len(locks) == len(places) and sum("conda" in path for path in locks) == 1


def _one_each(listed: list[Declared]) -> list[Declared]:
    """Packages of one file, without those that it gives in several versions, one for each platform."""
    versions: dict[str, set[str]] = {}
    for declared in listed:
        versions.setdefault(declared.name, set()).add(declared.version)
    return [d for d in listed if len(versions[d.name]) == 1]


def _release(version: str) -> str:
    return re.sub(r"(?:\.0)+$", "", version)


def _complete(missing: dict[str, list[Source]], packages: list[Declared]) -> Fact:
    if not packages:
        return absent("no package is declared")
    sources = [s for v in missing.values() for s in v[:1]]
    return known(seen("static", not missing, *sources, note=", ".join(sorted(missing))[:200]))


def _tracked(project: Project, systems: tuple[SystemReading, ...]) -> list[Used]:
    """Packages of tracked runs; runs of another commit may rightly have had other versions."""
    now = ("", project.git.commit)
    runs = [run for s in systems for run in s.runs if run.packages and run.commit in now]
    return [("system", run.packages) for run in runs[:200]]


def _recorded(runs: RunEvidence, packages: list[Declared], tracked: list[Used]) -> dict[str, Fact]:
    with_packages: list[Used] = [
        (runs.known(r), {p.name: p.version for p in r.packages}) for r in runs.records if r.packages
    ]
    with_packages += tracked
    if not with_packages:
        reason = "no recorded run" if not runs.records else "no recorded run names its packages"
        return {"recorded": absent(reason), "recorded_agree": unknown(reason)}
    facts = {"recorded": known(*(seen(kind, True) for kind, _ in with_packages[:3]))}
    pins = {spoken(d.name): d for d in packages if re.fullmatch(r"\d+(?:\.\d+)+[\w.+]*", d.version)}
    observations: list[Observation] = []
    for kind, versions in with_packages:
        used = {spoken(canonical(name)): version for name, version in versions.items()}
        bad = [
            f"{n} {used[n]}, declared {d.version}"
            for n, d in pins.items()
            if n in used and not _same(used[n], d.version)
        ]
        places = [at(pins[n.split(" ", 1)[0]].path, pins[n.split(" ", 1)[0]].line) for n in bad]
        observations.append(seen(kind, not bad, *places[:5], note="; ".join(bad)[:300]))
    worst = sorted(observations, key=lambda o: bool(o.value))
    facts["recorded_agree"] = known(*worst) if pins else unknown("no exact version is declared")
    return facts


def _same(used: str, declared: str) -> bool:
    return _release(used.split("+", 1)[0]) == _release(declared.split("+", 1)[0])


_PYTHON = late(
    r"requires-python|python_requires|^[^\S\n]*-\s*python\s*[=<>]|^[^\S\n]*python\s*=\s*[\"']|FROM\s+python:",
    re.MULTILINE,
)
_SPOKEN_PYTHON = late(r"\bpython\s*(?:version\s*)?(?:[=<>≥]=?\s*)?v?[23](?:\.\d+|\.x)?\b", re.IGNORECASE)


def _python(project: Project) -> Fact:
    names = (
        ".python-version",
        "runtime.txt",
        "pyproject.toml",
        "setup.py",
        "environment*.y*ml",
        "Dockerfile*",
        "uv.lock",
    )
    for path in project.glob(*names)[:20]:
        text = project.read_text(path)
        match = _PYTHON.search(text)
        if match or path.endswith((".python-version", "runtime.txt")):
            return known(seen("static", True, at(path, text.count("\n", 0, match.start()) + 1 if match else 1)))
    for line, _ in project.prose.find(_SPOKEN_PYTHON):
        return known(seen("static", True, at(line.path, line.number, line.text)))
    return absent("no Python version in project files or documents")


def _defects(clashes: dict[str, list[Declared]], project: Project) -> tuple[Defect, ...]:
    return tuple(
        Defect(
            id="dependencies.conflict",
            fact="dependencies.conflicts",
            message=f"{name} is declared as {' and as '.join(d.version for d in places)}",
            sources=tuple(at(d.path, d.line) for d in places),
            fix="Keep one version, in one file, and refer to that file from the others.",
        )
        for name, places in sorted(clashes.items())[:10]
    )
