# module: locks
# /// script
# dependencies = ["poetry==2.5.1"]
# ///
"""Poetry: the lock of one tiny project."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROJECT = """[project]
name = "toy"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["packaging==24.2", "six"]
[tool.poetry]
package-mode = false
"""


def main(out):
    index = os.environ.get("UV_DEFAULT_INDEX") or "https://pypi.org/simple"
    source = f'[[tool.poetry.source]]\nname = "simple"\nurl = {json.dumps(index)}\npriority = "primary"\n'
    (out / "pyproject.toml").write_text(PROJECT + source)
    command = [Path(sys.executable).parent / "poetry", "lock", "-q", "--no-interaction"]
    subprocess.run(command, cwd=out, check=True)
    (out / "pyproject.toml").write_text(PROJECT)
    lines = (out / "poetry.lock").read_text().split("\n\n")
    kept = [part for part in lines if not part.startswith("[package.source]")]
    (out / "poetry.lock").write_text("\n\n".join(kept))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
