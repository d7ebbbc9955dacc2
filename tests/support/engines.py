"""A container engine for tests: Debian's podman, installed when root."""

import os
import tempfile
from pathlib import Path

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
