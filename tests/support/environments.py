"""Throw-away environments of outside packages, by uv: what was downloaded once is not downloaded again."""

import os
import subprocess
import sys
import venv

from tests.systems.make.__main__ import UV_CACHE, index_settings


def environment(place, *arguments):
    """Make the virtual environment *place*, install what `uv pip install` is told by *arguments*; its interpreter."""
    venv.create(place)
    python = place / "bin/python"
    install = (sys.executable, "-m", "uv", "pip", "install", "-q", "--python", python, *arguments)
    subprocess.run(install, env={**os.environ, **index_settings(), "UV_CACHE_DIR": UV_CACHE}, check=True)
    return python
