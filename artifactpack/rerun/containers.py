"""Level 2: podman or docker with an image that holds nothing; the system is shown read-only from this machine."""

from __future__ import annotations

import io
import os
import resource
import shutil
import subprocess
import tarfile
from pathlib import Path

from artifactpack.rerun import walls

IMAGE = "localhost/artifactpack-empty:1"
NAMES = ("podman", "docker")
_EMPTY = ".artifactpack"
_SECONDS = 30
_PROCESSES = 4096
_ENGINE_LATER = 2  # the engine would end one process, without a word; the supervisor ends the run before, and says why
_OWN = (
    *("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF"),
    *("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DBUS_SESSION_BUS_ADDRESS"),
)
_INIT = ("/bin/sh", "-c", '"$@"; exit $?', "init")  # process 1 of a container cannot be killed by itself


def probe(engine: str) -> str:
    """Empty if *engine* runs containers here, else why not."""
    if not shutil.which(engine):
        return f"{engine} is not installed"
    command = _argv(engine, ["/bin/sh", "-c", "true"], walls.Walls(name=f"artifactpack-probe-{os.getpid()}"))
    try:
        if _run([engine, "image", "inspect", IMAGE]):
            why = _run([engine, "import", "-", IMAGE], _empty_archive())
            if why:
                return f"{engine}: {why}"
        why = _run(command)
    except (OSError, subprocess.SubprocessError) as error:
        return f"{engine}: {error}"
    return f"{engine}: {why}" if why else ""


def _run(command: list[str], data: bytes = b"") -> str:
    """Run a command of the engine with *data* as its input; "" where it went well, else its last words."""
    done = subprocess.run(command, input=data, capture_output=True, timeout=_SECONDS, check=False)
    return _last(done.stderr) if done.returncode else ""


def _empty_archive() -> bytes:
    """An image's content: one empty file, because an archive of nothing is refused."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(_EMPTY))
    return archive.getvalue()


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
    command = [engine, "run", "--rm", "--pull", "never", "--name", inside.name, "--read-only"]
    command += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--hostname", "artifactpack"]
    command += ["--user", f"{os.getuid()}:{os.getgid()}"]
    command += ["--userns", "keep-id"] if engine == "podman" and os.getuid() else []
    command += ["--network", "bridge" if inside.network else "none"]
    command += [*_limits(inside), "--shm-size", str(walls.tmpfs_size(inside))]
    for folder in ("/tmp", walls.HOME, "/run", "/var/tmp"):  # noqa: S108
        command += _memory_folder(engine, folder, inside)
    system = walls.read_only(inside) + [p for p in map(Path, walls.LINKS) if p.is_symlink()]
    for path in dict.fromkeys(system):
        command += _mount(path, read_only=True)
    for path in inside.writable:
        command += _mount(path)
    for path in inside.hidden:
        command += _memory_folder(engine, str(path), inside)
    for path in inside.late_readable:
        command += _mount(path, read_only=True)
    for path in inside.late_writable:
        command += _mount(path)
    for device in walls.devices(inside):
        command += ["--device", device]
    for name, value in walls.environment(inside, private=True).items():
        command += ["--env", f"{name}={value}"]
    return [*command, "--workdir", str(inside.cwd), "--", IMAGE, *_INIT, *argv]


def _mount(path: Path, read_only: bool = False) -> list[str]:
    """*path* at its own place; not by ``--volume``, which cannot take a colon."""
    return ["--mount", f"type=bind,source={path},target={path}" + (",readonly" if read_only else "")]


def _memory_folder(engine: str, path: str, inside: walls.Walls) -> list[str]:
    """An empty folder at *path*; podman would fill it with what lies below, which is what it should hide."""
    empty = ",notmpcopyup" if engine == "podman" else ""
    return ["--tmpfs", f"{path}:rw,mode=1777,size={walls.tmpfs_size(inside)}{empty}"]


def _limits(inside: walls.Walls) -> list[str]:
    """Memory, processes, open files: what an engine asks for by itself may be more than this machine allows."""
    processes, files = (
        min(n for n in (*resource.getrlimit(what), most) if n >= 0)
        for what, most in ((resource.RLIMIT_NPROC, _PROCESSES), (resource.RLIMIT_NOFILE, 1 << 20))
    )
    command = ["--pids-limit", str(_PROCESSES), "--ulimit", f"nproc={processes}", "--ulimit", f"nofile={files}"]
    return command + (["--memory", str(_ENGINE_LATER * inside.memory)] if inside.memory else [])


def variables(engine: str) -> dict[str, str]:
    """The reviewer's variables by which *engine* finds its images and its service; none of them reaches the inside."""
    known = {name: os.environ[name] for name in _OWN if name in os.environ}
    return known | {"PATH": os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"} if engine in NAMES else {}


def cleanup(engine: str, inside: walls.Walls) -> list[str]:
    """What ends the container for sure: killing the client does not."""
    at_once = ["--time", "0"] if engine == "podman" else []
    return [engine, "rm", "--force", *at_once, inside.name] if engine in NAMES else []


def root(engine: str, inside: walls.Walls) -> list[str]:
    """What tells the first process of a container that its engine's service started, and not the supervisor."""
    return ["docker", "inspect", "--format", "{{.State.Pid}}", inside.name] if engine == "docker" else []


def is_ours(pid: int) -> bool:
    """Whether process *pid* of this machine sees our image: the service may run, and count, on another one."""
    try:
        return Path("/proc", str(pid), "root", _EMPTY).is_file()
    except OSError:
        return False
