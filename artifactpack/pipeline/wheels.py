"""`bundle --wheels`: the packages themselves, for a re-run where there is no index."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from artifactpack.archive.content import Entry
from artifactpack.archive.lock import ENVIRONMENT, LOCK, PYLOCK, fully_hashed, offline, with_hashes
from artifactpack.errors import InputError
from artifactpack.models.event import Event, Notify
from artifactpack.pipeline.bundle_plan import Plan
from artifactpack.rerun.interpreters import find_interpreter, uv_program
from artifactpack.rerun.lock import parse_pylock
from artifactpack.scan.digests import hash_file

_SECONDS = 3600
_EPOCH = "315532800"  # the first day a zip can name: a wheel built twice has the same bytes


def add_wheels(plan: Plan, folder: Path, notify: Notify) -> None:
    """Put a wheel of every locked package into *plan*; raises what :func:`wheelhouse` raises."""
    files = {entry.path.removeprefix(ENVIRONMENT): (entry.data or b"").decode() for entry in plan.environment}
    text = files.get(LOCK) or as_requirements(files.get(PYLOCK, ""))
    if not text:
        raise InputError("--wheels needs a lock of recorded packages; run `artifactpack record` first")
    notify(Event(stage="fetching wheels"))
    changed = wheelhouse(text, files.get("python-version", "").strip(), folder)
    if PYLOCK in files:
        del plan.chosen.entries[ENVIRONMENT + PYLOCK]
        plan.chosen.choices = [c for c in plan.chosen.choices if c.path != ENVIRONMENT + PYLOCK]
        changed = [Entry(ENVIRONMENT + LOCK, "environment", text.encode()), *changed]
    if recipe := files.get("Containerfile"):
        changed.append(Entry(f"{ENVIRONMENT}Containerfile", "environment", offline(recipe).encode()))
    for entry in changed:
        plan.chosen.take(entry, "--wheels: for a re-run without an index")
    plan.environment[:] = [e for path, e in plan.chosen.entries.items() if path.startswith(ENVIRONMENT)]


def as_requirements(pylock: str) -> str:
    """The pins of a ``pylock.toml`` as lines of pip, which hashes of wheels can join; "" for no lock.

    Raises :class:`InputError` naming a package that no index has.
    """
    lock = parse_pylock(pylock) if pylock else None
    if lock and lock.refused:
        raise InputError(f"--wheels: {'; '.join(lock.refused)}: there is no wheel of it to pack")
    return "".join(f"{pin.requirement()}\n" for pin in lock.pins) if lock else ""


def wheelhouse(lock: str, python: str, folder: Path) -> list[Entry]:
    """A wheel for every pin of *lock*, in *folder*, for this machine and interpreter *python* ("3.11.7").

    A package that has no wheel is built from its source, as it was when its author installed it; its hash joins the
    lock. Returns the members, the changed lock among them. Raises :class:`InputError` when one cannot be had: half a
    wheelhouse would only look like one.
    """
    pins, house = folder / LOCK, folder / "wheels"
    pins.write_text(lock, encoding="utf-8")
    version = ["--python-version", ".".join(python.split(".")[:2])] if python.count(".") else []
    told = _pip(["download", "--only-binary", ":all:", *version, "-d", str(house)], pins)
    if told:
        told = _build(python, pins, house)
    if told:
        raise InputError(f"the wheels cannot be had: {told}")
    files = sorted(house.glob("*.whl"))
    members = [Entry(f"{ENVIRONMENT}wheels/{f.name}", "environment", file=f, size=f.stat().st_size) for f in files]
    return [*_changed(lock, files), *members]


def _build(python: str, pins: Path, house: Path) -> str:
    """Fetch what has a wheel and build what has none, with the interpreter of the runs; "" or why not."""
    interpreter = find_interpreter(python, uv_program())
    if interpreter.warning:
        return f"a package has to be built, and that would be for {interpreter.warning}"
    return _pip(["--python", str(interpreter.path), "wheel", "-w", str(house)], pins)


def _pip(command: list[str], pins: Path) -> str:
    """Run pip's *command* over *pins*; "" or its last words."""
    options = ["--no-deps", "--disable-pip-version-check", "-q", "-r", str(pins)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": _EPOCH}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "pip", *command, *options],  # not the pip.py that may lie in this folder
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            env=environment,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    lines = done.stderr.strip().splitlines() or ["pip gave no reason"]
    return lines[-1][:300] if done.returncode else ""


def _changed(lock: str, wheels: list[Path]) -> list[Entry]:
    """The lock with the hashes of the wheels that it does not know; nothing where it needs no change."""
    if not fully_hashed(lock):
        return []
    digests = {wheel: hash_file(wheel) for wheel in wheels}
    built = {wheel.name.split("-")[0]: [digest] for wheel, digest in digests.items() if digest not in lock}
    return [Entry(ENVIRONMENT + LOCK, "environment", with_hashes(lock, built).encode())] if built else []
