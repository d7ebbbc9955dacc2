"""The author's Python version: found here, fetched by uv, or the nearest, which is then part of the verdict."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from artifactpack.models.records import record


@record
class Interpreter:
    """``version`` is what runs; ``warning`` says where that is not the version wanted."""

    path: Path
    version: str
    warning: str = ""


def uv_program() -> str | None:
    """uv beside this interpreter or on PATH; None where it is not installed."""
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.is_file() else shutil.which("uv")


def find_interpreter(wanted: str, uv: str | None, network: bool = False) -> Interpreter:
    """The interpreter for *wanted* (``3.11.7``): exact, else fetched by uv, else same minor, else our own."""
    own = Interpreter(path=Path(sys.executable), version=platform.python_version())
    match = re.match(r"(\d+\.\d+)(\.\d+)?", wanted)
    if match is None or wanted == own.version:
        return own
    minor = match[1]
    exact = _through_uv(uv, f"=={match[0]}", fetch=False)
    if exact is None and network:
        exact = _through_uv(uv, f"=={match[0]}", fetch=True)
    found = exact or (own if own.version.startswith(minor + ".") else None)
    found = found or _on_path(minor) or _through_uv(uv, minor, fetch=False) or own
    if found.version == wanted:
        return found
    return Interpreter(
        path=found.path, version=found.version, warning=f"Python {found.version} instead of the author's {wanted}"
    )


def _through_uv(uv: str | None, request: str, fetch: bool) -> Interpreter | None:
    if uv is None:
        return None
    if fetch and _run([uv, "python", "install", "--no-config", request.removeprefix("==")], 600) is None:
        return None
    path = _run([uv, "python", "find", "--no-config", "--no-python-downloads", "--system", request], 60)
    return _ask(path) if path else None


def _on_path(minor: str) -> Interpreter | None:
    path = shutil.which(f"python{minor}")
    return _ask(path) if path else None


def _ask(path: str) -> Interpreter | None:
    version = _run([path, "-I", "-c", "import platform; print(platform.python_version())"], 30)
    return Interpreter(path=Path(path), version=version) if version else None


def _run(command: list[str], timeout: float) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False, cwd="/")
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
