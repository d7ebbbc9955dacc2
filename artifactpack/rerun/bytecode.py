"""Compiled modules of a rebuilt environment, which runs may not write into.

uv leaves modules uncompiled and the environment is read-only to runs, so every start would compile torch again. Runs
of one re-run share a folder of their own for it; which modules they used is then read from the names in that folder,
and those are compiled here, by us, into the cached environment for the next re-run. What runs compiled is not taken.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from artifactpack.recorder.processes import PR_SET_PDEATHSIG
from artifactpack.rerun.supervise import prctl

_MARK = "compiled"
_LIMIT = 50_000
_PATIENCE = 60


def folders(prefix: Path, work: Path) -> tuple[Path, ...]:
    """The folder that runs may compile into; none where the environment is compiled already."""
    if (prefix / _MARK).exists():
        return ()
    path = work.resolve() / "pycache"
    path.mkdir(exist_ok=True)
    return (path,)


def variables(prefix: Path, work: Path) -> dict[str, str]:
    """The variable that tells Python of it."""
    found = folders(prefix, work)
    return {"PYTHONPYCACHEPREFIX": str(found[0])} if found else {}


def used(prefix: Path, cache: Path) -> Iterator[Path]:
    """The environment's modules that have a compiled twin below *cache* (which mirrors absolute paths)."""
    mirror = cache / str(prefix.resolve()).lstrip("/")
    for folder, _, names in os.walk(mirror):
        for name in names:
            source = prefix / Path(folder).relative_to(mirror) / (name.split(".", 1)[0] + ".py")
            if name.endswith(".pyc") and source.is_file():
                yield source


class Compiler:
    """Compiles in the background, gently, what the first run imported; *python* is the interpreter the environment was
    made of, because the one in it may be a package's."""

    def __init__(self, prefix: Path, work: Path, python: Path | None) -> None:
        self.prefix = prefix
        self.process: subprocess.Popen[bytes] | None = None
        cache = folders(prefix, work)
        modules = [str(p) for _, p in zip(range(_LIMIT), used(prefix, cache[0]), strict=False)] if cache else []
        if not modules or python is None:
            return
        listing = work.resolve() / "modules.txt"
        listing.write_text("".join(f"{module}\n" for module in modules), encoding="utf-8")
        command = [str(python), "-I", "-S", "-m", "compileall", "-q", "-i", str(listing)]
        with contextlib.suppress(OSError):
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                preexec_fn=gently,
            )

    def finish(self) -> None:
        """Wait for it a while; only a compilation that ended well marks the environment."""
        if self.process is None:
            return
        try:
            code = self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            code = -1
        finally:
            self.process.kill()
            self.process.wait()
        if code == 0:
            (self.prefix / _MARK).touch()


def gently() -> None:
    """In the child: what waits comes first, and without us there is nothing to compile for."""
    os.nice(15)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
