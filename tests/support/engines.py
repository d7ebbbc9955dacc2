"""A container engine for tests: Debian's podman, installed when root."""

import atexit
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import pip
import pytest

from tests.support.apt import need


def podman() -> str:
    """Its path, told to use runc: crun refuses machines whose control groups are half version 1, half version 2."""
    need("runc")  # first, or podman would bring crun
    found = need("podman")
    if "CONTAINERS_CONF" not in os.environ:
        folder = Path(tempfile.gettempdir(), f"artifactpack-tests-{os.getuid()}")
        folder.mkdir(exist_ok=True)
        (folder / "containers.conf").write_text('[engine]\nruntime = "runc"\n')
        os.environ["CONTAINERS_CONF"] = str(folder / "containers.conf")
    return found


def docker() -> str:
    """The client's path; its service runs until the tests end, from Debian's packages unpacked in a folder of its own.

    Nothing is installed: a service of the whole machine would outlive the tests. Skipped where it cannot be had.
    """
    folder = Path(tempfile.gettempdir(), f"artifactpack-docker-{os.getuid()}")
    if "DOCKER_HOST" not in os.environ:
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            pytest.skip("only root can start a service of docker, from Debian's packages")
        need("runc")
        _serve(folder)
    return str(folder / "root/usr/bin/docker")


def _serve(folder: Path) -> None:
    """Start docker's service in *folder* and point this process to it."""
    if not (folder / "root/usr/sbin/dockerd").exists():
        folder.mkdir(exist_ok=True)
        names = ["docker.io", "containerd", "tini"]
        got = subprocess.run(["apt-get", "download", "-q", *names], cwd=folder, capture_output=True, check=False)
        if got.returncode:
            pytest.skip("docker's packages cannot be had")
        for package in folder.glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, folder / "root"], check=True)
    place, address = Path(tempfile.mkdtemp(dir=folder)), f"unix://{folder}/{os.getpid()}.sock"
    programs = [str(folder / "root" / "usr" / name) for name in ("bin", "sbin")]
    os.environ["PATH"] = os.pathsep.join([*programs, os.environ["PATH"]])
    own = [f"--{name}={place / name}" for name in ("data-root", "exec-root", "pidfile")]
    nets = ["--bridge=none", "--iptables=false", "--ip6tables=false", "--storage-driver=vfs"]
    with (place / "log").open("wb") as log:
        service = subprocess.Popen(["dockerd", "--host", address, *own, *nets], stdout=log, stderr=log)
    atexit.register(service.wait)
    atexit.register(service.terminate)
    os.environ["DOCKER_HOST"] = address
    for _ in range(120):
        if subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.5)
    pytest.skip("docker's service does not start here")


def python_image(engine: str, tag: str) -> None:
    """Make the image *tag*, as slim as they come: this Python in /usr/local, pip, a shell, the libraries of both."""
    python = Path(os.path.realpath(sys.executable))
    library = f"lib/python3.{sys.version_info.minor}"
    extensions = [*Path(sys.base_prefix, library, "lib-dynload").glob("*.so"), python, Path("/bin/sh")]
    with tempfile.NamedTemporaryFile(suffix=".tar") as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            tar.add(python, "usr/local/bin/python3")
            tar.add(os.path.realpath("/bin/sh"), "bin/sh")
            tar.add(Path(sys.base_prefix, library), f"usr/local/{library}", filter=_needed)
            tar.add(Path(pip.__file__).parent, f"usr/local/{library}/site-packages/pip", filter=_needed)
            for path in _libraries(extensions):
                tar.add(os.path.realpath(path), path.lstrip("/"))
            _put(tar, "usr/local/bin/pip", '#!/bin/sh\nexec /usr/local/bin/python3 -m pip "$@"\n', 0o755)
            _put(tar, "tmp/here", "")
        file.flush()
        subprocess.run(
            [engine, "import", "--change", "ENV PATH=/usr/local/bin:/bin", file.name, tag],
            check=True,
            capture_output=True,
        )


def _needed(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    left_out = re.search(
        r"/(__pycache__|test|idlelib|turtledemo|config-3[^/]*|(site|dist)-packages)(/(?!pip)|$)", member.name
    )
    return None if left_out else member


def _libraries(programs: list[Path]) -> set[str]:
    told = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=False).stdout
    return set(re.findall(r"(/\S+\.so\S*) \(0x", told))


def _put(tar: tarfile.TarFile, path: str, text: str, mode: int = 0o644) -> None:
    member = tarfile.TarInfo(path)
    member.size, member.mode = len(text), mode
    tar.addfile(member, io.BytesIO(text.encode()))
