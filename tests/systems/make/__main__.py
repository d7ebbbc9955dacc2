"""Make the fixtures anew, each by its real library: python -m tests.systems.make [NAME…]."""

import ast
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures"
NAMES = sorted(path.stem.removeprefix("make_") for path in HERE.glob("make_*.py"))
DROP = (
    ".git",
    ".gitignore",
    ".dvc/tmp",
    ".dvc/cache",
    "__pycache__",
    "debug.log",
    "debug-internal.log",
    "outputs",
    ".venv",
    "logs",
    "latest-run",
)
LARGEST = 1 << 20


def index_settings():
    """pip's indexes, told to uv, which does not read pip's configuration."""
    shown = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    pairs = dict(line.partition("=")[::2] for line in shown.stdout.splitlines())
    settings = {key.rsplit(".", 1)[-1]: ast.literal_eval(value) for key, value in pairs.items()}
    links = {"UV_FIND_LINKS": settings.get("find-links"), "UV_DEFAULT_INDEX": settings.get("index-url")}
    return {**{key: value for key, value in links.items() if value}, "UV_INDEX_STRATEGY": "unsafe-best-match"}


UV_CACHE = os.environ.get("UV_CACHE_DIR") or str(
    Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "uv"
)
"""The user's own, as it is when this is imported: a test has a fresh XDG_CACHE_HOME, and would download all anew."""


class NotInstalled(Exception):
    """The packages that a maker names could not be installed; the message says what the installer said."""


def make(name, target):
    """Run the maker *name* into the empty folder *target*; NotInstalled where its packages cannot be had."""
    uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    environment = {**os.environ, **index_settings(), "UV_CACHE_DIR": UV_CACHE}
    environment.pop("VIRTUAL_ENV", None)
    script = str(HERE / f"make_{name}.py")
    install = [uv, "sync", "--quiet", "--python", sys.executable, "--script", script]
    installed = subprocess.run(install, cwd=target, env=environment, capture_output=True, text=True, timeout=1500)
    if installed.returncode:
        raise NotInstalled(f"{name}: {installed.stderr.strip()[-1000:]}")
    command = [uv, "run", "--no-project", "--quiet", "--python", sys.executable, "--script", script, str(target)]
    subprocess.run(command, cwd=target, env=environment, check=True, timeout=1500)


def scrub(folder):
    """Drop what no reader needs, and take paths, host and user names out of the text that is left."""
    for path in sorted(folder.rglob("*"), reverse=True):
        relative = path.relative_to(folder).as_posix()
        if path.is_symlink() or any(f"/{relative}".endswith(f"/{part}") for part in DROP):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    words = {str(folder): "/project", str(HERE): "/make", socket.gethostname(): "host", str(Path.home()): "/home/user",
             platform.release(): "6.1.0"}  # fmt: skip
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_size < LARGEST:
            data = path.read_bytes()
            if b"\0" not in data:
                for word, stand_in in words.items():
                    data = data.replace(word.encode(), stand_in.encode())
                data = re.sub(rb"/tmp/[\w./-]+", b"/tmp/x", data)
                path.write_bytes(data)


def main(names):
    for name in names or NAMES:
        with tempfile.TemporaryDirectory() as folder:
            print(f"making {name}", flush=True)
            target = Path(folder).resolve()
            make(name, target)
            scrub(target)
            shutil.rmtree(FIXTURES / name, ignore_errors=True)
            shutil.copytree(target, FIXTURES / name)


if __name__ == "__main__":
    main(sys.argv[1:])
