"""Files of npm packages that set-up put into .venv/node; a test that needs one is skipped where npm is missing."""

from pathlib import Path

import pytest

NODE = Path(__file__).parents[2] / ".venv" / "node" / "node_modules"


def npm_file(package: str, name: str) -> Path:
    """Return the path of the file called *name* in *package*, wherever the package keeps it."""
    found = sorted((NODE / package).rglob(name)) if (NODE / package).is_dir() else []
    if not found:
        pytest.skip(f"npm package {package} is missing: run tools/setup-node.sh (it needs npm)")
    return found[0]
