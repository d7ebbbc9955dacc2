"""System programs that tests need: installed when root, else the test is skipped and says so."""

import os
import shutil
import subprocess

import pytest


def need(program: str, package: str | None = None) -> str:
    """Return the path of *program*, installing Debian's *package* when root."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if found:
        return found
    package = package or program
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip(f"{program} is missing: apt-get install {package}")
    _install(package)
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if not found:
        pytest.skip(f"{program} is missing and apt-get could not install {package}")
    return found


def _install(package: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", package]
    if subprocess.run(command, env=environment, capture_output=True, check=False).returncode:
        subprocess.run(["apt-get", "update", "-q"], env=environment, capture_output=True, check=False)
        subprocess.run(command, env=environment, capture_output=True, check=False)
