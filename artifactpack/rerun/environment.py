"""Rebuild the author's environment from the lock: wheels only, hashes checked, cached by the lock's digest.

Nothing of the bundle is run here: wheels are unpacked, never built, and the project's own uv or pip settings are
not read. Nor is the environment's own interpreter once a package is in it: a package may run code at every start of
Python, or bring a program of that name. What cannot be installed is named package by package.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from artifactpack.errors import InfrastructureError
from artifactpack.folders import cache_dir
from artifactpack.models.event import Event, Notify, silent
from artifactpack.models.outcome import EnvironmentInfo
from artifactpack.models.records import dump, record, restore
from artifactpack.rerun.installer import OWN_SCRIPTS, Installer, last_line, run
from artifactpack.rerun.interpreters import Interpreter, find_interpreter, uv_program
from artifactpack.rerun.lock import Lock

_MARK = "complete.json"


@record
class Built:
    """``python`` runs the bundle's code, behind walls only; ``prefix`` is the folder to show to the sandbox.

    ``base`` is the interpreter it was made of, which has none of its packages (None for conda).
    """

    python: Path
    prefix: Path
    info: EnvironmentInfo
    base: Path | None = None


def build(
    lock: Lock,
    *,
    python: str = "",
    wheels: Path | None = None,
    network: bool = True,
    needed: frozenset[str] | None = None,
    sources: bool = False,
    notify: Notify = silent,
) -> Built:
    """Return an environment with everything *lock* pins, built now or found in the cache.

    *python* is the author's version, *wheels* a folder of wheels (then no index is asked), *needed* the packages that
    the recorded runs imported: a missing one of the others is only a warning. *sources* lets packages be built that
    have no wheel, and conda run its packages' scripts, outside of any sandbox: for bundles that are trusted only.
    """
    started = time.monotonic()
    uv = uv_program()
    interpreter = find_interpreter(python, uv, network and wheels is None)
    prefix = _prefix(lock, interpreter)
    with _locked(prefix):
        info = _cached(prefix)
        if info is None:
            notify(Event(stage="environment", text=f"installing {len(lock.pins)} packages"))
            info = _create(prefix, lock, interpreter, uv, wheels, network, needed, sources)
            info = replace(info, wanted_python=python or interpreter.version)
            if not info.missing:
                (prefix / _MARK).write_text(json.dumps(dump(info)), encoding="utf-8")
        info = replace(info, seconds=time.monotonic() - started)
    base = None if lock.conda else interpreter.path
    return Built(python=prefix / "bin" / "python", prefix=prefix, info=info, base=base)


def is_built(lock: Lock, interpreter: Interpreter) -> bool:
    """Whether the cache holds the whole environment of *lock* for *interpreter*."""
    return _cached(_prefix(lock, interpreter)) is not None


def _prefix(lock: Lock, interpreter: Interpreter) -> Path:
    return cache_dir() / "environments" / _key(lock, interpreter)


def _key(lock: Lock, interpreter: Interpreter) -> str:
    parts = (lock.digest(), interpreter.version, str(interpreter.path.resolve()), sysconfig.get_platform())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


@contextmanager
def _locked(prefix: Path) -> Iterator[None]:
    """One builder at a time for one environment, across processes."""
    prefix.parent.mkdir(parents=True, exist_ok=True)
    with prefix.with_suffix(".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _cached(prefix: Path) -> EnvironmentInfo | None:
    try:
        info: EnvironmentInfo = restore(EnvironmentInfo, json.loads((prefix / _MARK).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return replace(info, reused=True) if (prefix / "bin" / "python").exists() else None


def _create(
    prefix: Path,
    lock: Lock,
    interpreter: Interpreter,
    uv: str | None,
    wheels: Path | None,
    network: bool,
    needed: frozenset[str] | None,
    sources: bool,
) -> EnvironmentInfo:
    shutil.rmtree(prefix, ignore_errors=True)
    info = EnvironmentInfo(
        python=interpreter.version,
        tool="uv" if uv else "pip",
        lock=lock.source,
        digest=lock.digest(),
        warnings=tuple(w for w in (interpreter.warning, *lock.warnings) if w),
    )
    if lock.conda:
        return _create_conda(prefix, lock, info, sources)
    _make_venv(prefix, interpreter, uv)
    installer = Installer(prefix, interpreter, uv, wheels, network, not lock.complete, sources)
    missing = [*lock.refused]
    if lock.pins:
        lost, warnings = installer.install(lock.pins)
        info = replace(info, warnings=info.warnings + tuple(warnings))
        missing += lost
    unused = [m for m in missing if needed is not None and _plain(m.split()[0].split("==")[0]) not in needed]
    warnings = [f"{m} is missing; the recorded runs did not import it" for m in unused]
    return replace(info, missing=tuple(m for m in missing if m not in unused), warnings=info.warnings + tuple(warnings))


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _make_venv(prefix: Path, interpreter: Interpreter, uv: str | None) -> None:
    if uv:
        command = [uv, "venv", "-q", "--no-config", "--no-project", "--python", str(interpreter.path), str(prefix)]
    else:
        command = [str(interpreter.path), "-I", "-m", "venv", "--without-pip", str(prefix)]
    done = run(command, prefix.parent)
    if done.returncode:
        raise InfrastructureError(f"no virtual environment could be made: {last_line(done.stderr)}")


def _create_conda(prefix: Path, lock: Lock, info: EnvironmentInfo, trusted: bool) -> EnvironmentInfo:
    """An explicit conda file is rebuilt by conda, where there is one; it holds exact URLs and hashes. A conda package
    runs its own scripts when it is installed, so this is for *trusted* bundles only."""
    conda = next((p for p in ("micromamba", "mamba", "conda") if shutil.which(p)), None)
    if conda is None:
        return replace(info, tool="conda", missing=("the explicit conda file (no conda, mamba or micromamba here)",))
    if not trusted:
        return replace(info, tool="conda", missing=(f"the explicit conda file ({OWN_SCRIPTS})",))
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write(lock.conda)
        file.flush()
        done = run([conda, "create", "-y", "-q", "-p", str(prefix), "--file", file.name], prefix.parent)
    if done.returncode:
        return replace(info, tool=conda, missing=(f"the explicit conda file ({last_line(done.stderr)})",))
    return replace(info, tool=conda)
