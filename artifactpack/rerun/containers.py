"""Level 2: podman or docker with an image that holds nothing; the system is shown read-only from this machine."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

from artifactpack.rerun import walls

IMAGE = "localhost/artifactpack-empty:1"
_SECONDS = 30


def probe(engine: str) -> str:
    """Empty if *engine* runs containers here, else why not."""
    if not shutil.which(engine):
        return f"{engine} is not installed"
    try:
        known = subprocess.run([engine, "image", "inspect", IMAGE], capture_output=True, timeout=_SECONDS, check=False)
        if known.returncode:
            empty = io.BytesIO()
            with tarfile.open(fileobj=empty, mode="w") as tar:
                tar.addfile(tarfile.TarInfo(".artifactpack"))
            made = subprocess.run(
                [engine, "import", "-", IMAGE],
                input=empty.getvalue(),
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
            if made.returncode:
                return f"{engine}: {_last(made.stderr)}"
        command = _argv(engine, ["/bin/sh", "-c", "true"], walls.Walls(name=f"artifactpack-probe-{os.getpid()}"))
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        return f"{engine}: {error}"
    return f"{engine}: {_last(done.stderr)}" if done.returncode else ""


def _last(text: bytes) -> str:
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:160] if lines else "no answer"


def podman(argv: list[str], inside: walls.Walls) -> list[str]:
    """*argv* in a podman container."""
    return _argv("podman", argv, inside)


def docker(argv: list[str], inside: walls.Walls) -> list[str]:
    """*argv* in a docker container."""
    return _argv("docker", argv, inside)


def _argv(engine: str, argv: list[str], inside: walls.Walls) -> list[str]:
    command = [engine, "run", "--rm", "--init", "--pull", "never", "--name", inside.name, "--read-only"]
    command += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--hostname", "artifactpack"]
    command += ["--user", f"{os.getuid()}:{os.getgid()}", "--pids-limit", "4096"]
    command += ["--network", "bridge" if inside.network else "none"]
    command += ["--memory", str(inside.memory)] if inside.memory else []
    for folder in ("/tmp", walls.HOME, "/run"):  # noqa: S108
        command += ["--tmpfs", f"{folder}:rw,mode=1777,size={walls.tmpfs_size(inside)}"]
    system = walls.read_only(inside) + [p for p in map(Path, walls.LINKS) if p.is_symlink()]
    for path in dict.fromkeys(system):
        command += ["--volume", f"{path}:{path}:ro"]
    for path in inside.writable:
        command += ["--volume", f"{path}:{path}:rw"]
    for path in inside.hidden:
        command += ["--tmpfs", f"{path}:rw,mode=1777,size={walls.tmpfs_size(inside)}"]
    for path in inside.late_readable:
        command += ["--volume", f"{path}:{path}:ro"]
    for path in inside.late_writable:
        command += ["--volume", f"{path}:{path}:rw"]
    for device in walls.devices(inside):
        command += ["--device", device]
    for name, value in walls.environment(inside, private=True).items():
        command += ["--env", f"{name}={value}"]
    return [*command, "--workdir", str(inside.cwd), "--", IMAGE, *argv]


def cleanup(engine: str, inside: walls.Walls) -> list[str]:
    """What ends the container for sure: killing the client does not."""
    return [engine, "rm", "--force", inside.name] if engine in ("podman", "docker") else []
