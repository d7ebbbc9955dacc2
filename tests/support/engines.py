"""A container engine for tests: Debian's podman, installed when root."""

import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import pip

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
