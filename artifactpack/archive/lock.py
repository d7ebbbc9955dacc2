"""The frozen environment: pins of what the runs imported, hashes where they are known, and a recipe for a container."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from artifactpack.archive.content import Entry
from artifactpack.models.records import to_json
from artifactpack.models.run import PackageUse, RunRecord
from artifactpack.patterns import late
from artifactpack.project import Project

ENVIRONMENT = "data/environment/"
LOCK, PYLOCK = "requirements.lock", "pylock.toml"
STATE = ".artifactpack/environment"
PYTORCH = "https://download.pytorch.org/whl/"
_BUILD = late(r"^torch(?:vision|audio)?==[\w.]{1,40}\+(cpu|cu\d{2,3}|rocm[\d.]{1,8}|xpu)\b", re.MULTILINE)
_HASHED = late(r"--hash=sha256:[0-9a-f]{64}")


def freeze(project: Project, taken: Sequence[RunRecord]) -> tuple[list[Entry], list[str]]:
    """The members of `data/environment/`, and sentences the author should read."""
    packages, notes = packages_of(taken)
    python = next((r.python for r in reversed(taken) if r.python), "")
    files: dict[str, str] = {}
    lock_name, lock_text, note = _lock(project, packages)
    if lock_text:
        files[lock_name] = with_index(lock_text) if lock_name == LOCK else lock_text
    if note:
        notes.append(note)
    if python:
        files["python-version"] = python + "\n"
        files["Containerfile"] = containerfile(python, lock_name if lock_text else "", _smoke(taken))
    if packages:
        files["packages.json"] = to_json([{"name": p.name, "version": p.version} for p in packages])
    return [Entry(ENVIRONMENT + n, "environment", text.encode()) for n, text in sorted(files.items())], notes


def packages_of(taken: Sequence[RunRecord]) -> tuple[tuple[PackageUse, ...], list[str]]:
    """What the runs imported, sorted; the latest run's version where they differ, which is told."""
    versions: dict[str, str] = {}
    differ = set()
    for run in sorted(taken, key=lambda r: (r.started, r.id)):
        for use in run.packages:
            if versions.setdefault(use.name, use.version) != use.version:
                differ.add(use.name)
            versions[use.name] = use.version
    notes = [f"runs did not all use the same {', '.join(sorted(differ))}: the latest run's is frozen"] if differ else []
    return tuple(PackageUse(name=n, version=versions[n]) for n in sorted(versions, key=str.lower)), notes


def _lock(project: Project, packages: Sequence[PackageUse]) -> tuple[str, str, str]:
    """(file name, text, remark): hashes kept at record time, else the project's own hashed lock, else bare pins."""
    if found := hashed(project, packages):
        return *found, ""
    if not packages:
        return LOCK, "", "no run recorded its packages and no lock with hashes was found: the environment is not frozen"
    return LOCK, pins(packages), "the lock holds versions without hashes: none were known when the runs were recorded"


def hashed(project: Project, packages: Sequence[PackageUse]) -> tuple[str, str] | None:
    """(file name, text) of a lock with hashes: kept at record time, or the project's own."""
    kept = kept_lock(project.root, packages)
    if kept:
        return LOCK, kept
    own = project.config.environment.lock
    for path in dict.fromkeys(filter(None, (own, PYLOCK, LOCK, "requirements.txt"))):
        text = project.read_text(path) if path in project.files else ""
        if path.endswith("pylock.toml") and "[[packages]]" in text:
            return PYLOCK, text
        if path.endswith((".txt", ".lock")) and fully_hashed(text):
            return LOCK, text
    return None


def with_index(text: str) -> str:
    """*text* with the address of PyTorch's own index before it, where it pins builds that lie nowhere else (their
    label, ``+cpu`` or ``+cu126``, is the index's name: https://pytorch.org/get-started/previous-versions)."""
    labels = sorted(set(_BUILD.findall(text))) if PYTORCH not in text else []
    return "".join(f"--extra-index-url {PYTORCH}{label}\n" for label in labels) + text


def fully_hashed(text: str) -> bool:
    pinned = [line for line in text.replace("\\\n", " ").splitlines() if "==" in line.partition("#")[0]]
    return bool(pinned) and all(_HASHED.search(line) for line in pinned)


def with_hashes(text: str, found: Mapping[str, Sequence[str]]) -> str:
    """*text* with the SHA-256 in *found*, by package name, added to the pins of these packages."""
    known = {_plain(name): hashes for name, hashes in found.items()}
    lines = []
    for line in text.splitlines():
        pin = re.match(r"([A-Za-z0-9._-]+)==", line)
        more = "".join(f" \\\n    --hash=sha256:{h}" for h in known.get(_plain(pin[1]), ())) if pin else ""
        going_on = bool(more) and line.endswith("\\")
        lines.append((line[:-1].rstrip() if going_on else line) + more + (" \\" if going_on else ""))
    return "\n".join([*lines, ""])


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(packages: Sequence[PackageUse]) -> str:
    """``name==version`` lines."""
    lines = [f"{p.name}=={p.version}\n" for p in packages if p.version]
    return "# What the recorded runs imported; versions without hashes.\n" + "".join(lines)


def kept_name(packages: Sequence[PackageUse]) -> str:
    """The file below the state folder where the hashed lock of *packages* is kept."""
    return f"{hashlib.sha256(pins(packages).encode()).hexdigest()[:16]}.lock"


def kept_lock(root: Path, packages: Sequence[PackageUse]) -> str:
    """The lock with hashes that was resolved when the runs were recorded, or ``""``."""
    try:
        return (root / STATE / kept_name(packages)).read_text(encoding="utf-8") if packages else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _smoke(taken: Sequence[RunRecord]) -> str:
    return next((r.command for r in taken if r.tier == "smoke"), taken[0].command if taken else "")


def containerfile(python: str, lock: str, command: str) -> str:
    """A recipe that builds the recorded environment; the base image's version is the interpreter's."""
    install = {
        PYLOCK: f"RUN pip install --no-cache-dir -r /environment/{PYLOCK}\n",
        LOCK: f"RUN pip install --no-cache-dir --no-deps -r /environment/{LOCK}\n",
    }.get(lock, "")
    told = f"# The command '{command}' and its arguments are in project/artifactpack.toml.\n" if command else ""
    return (
        "# Build from the folder that holds project/ and environment/: podman build -f environment/Containerfile .\n"
        f"FROM docker.io/library/python:{python}-slim\n"
        f"COPY environment /environment\n{install}COPY project /project\nWORKDIR /project\n{told}"
    )


def offline(recipe: str) -> str:
    """*recipe* with its packages taken from the bundle's own wheels, and from no index."""
    wheels = "pip install --no-cache-dir --no-index --find-links /environment/wheels "
    held = recipe.replace(f"-r /environment/{PYLOCK}", f"--no-deps -r /environment/{LOCK}")
    return held.replace("pip install --no-cache-dir ", wheels)
