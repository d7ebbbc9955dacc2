"""`bundle --wheels`: the packages themselves, for a re-run where there is no index."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from artifactpack.archive.content import Entry
from artifactpack.archive.lock import ENVIRONMENT
from artifactpack.errors import InputError

_SECONDS = 3600


def download(lock: str, python: str, folder: Path) -> list[Entry]:
    """Fetch a wheel for every pin of *lock* into *folder*, for this machine and interpreter *python* ("3.11.7").

    Returns the members. Raises :class:`InputError` when one cannot be had: half a wheelhouse would only look like one.
    """
    pins = folder / "requirements.lock"
    pins.write_text(lock, encoding="utf-8")
    version = ["--python-version", ".".join(python.split(".")[:2])] if python.count(".") else []
    options = ["--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "-q", *version]
    command = [sys.executable, "-m", "pip", "download", *options, "-d", str(folder / "wheels"), "-r", str(pins)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        raise InputError(f"the wheels cannot be downloaded: {error}") from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["pip gave no reason"]
        raise InputError(f"the wheels cannot be downloaded: {lines[-1][:300]}")
    files = sorted((folder / "wheels").glob("*.whl"))
    return [Entry(f"{ENVIRONMENT}wheels/{f.name}", "environment", file=f, size=f.stat().st_size) for f in files]
