# /// script
# dependencies = ["uv==0.13.9", "pip==26.3", "pipenv==2026.10.3"]
# ///
"""Python locks of one tiny project by uv, pip and Pipenv."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROJECT = (
    '[project]\nname = "toy"\nversion = "1.0"\nrequires-python = ">=3.11"\ndependencies = ["packaging==24.2", "six"]\n'
)
PIPFILE = '[packages]\npackaging = "==24.2"\nsix = "*"\n[requires]\npython_version = "3.11"\n'


def main(out):
    (out / "pyproject.toml").write_text(PROJECT)
    (out / "Pipfile").write_text(PIPFILE)
    tools = Path(sys.executable).parent
    quiet = {**os.environ, "PIPENV_IGNORE_VIRTUALENVS": "1", "PIPENV_VENV_IN_PROJECT": "0", "PIPENV_QUIET": "1"}
    for command in (
        [tools / "uv", "lock", "-q"],
        [tools / "uv", "export", "-q", "--format", "pylock.toml", "-o", "pylock.toml"],
        [tools / "uv", "export", "-q", "--format", "requirements.txt", "-o", "requirements.txt", "--no-emit-project"],
        [tools / "pipenv", "lock"],
    ):
        subprocess.run(command, cwd=out, env=quiet, check=True)
    inspected = subprocess.run([sys.executable, "-m", "pip", "inspect"], capture_output=True, check=True).stdout
    told = json.loads(inspected)
    for entry in told["installed"]:  # the rest is where this machine keeps things
        entry.update(metadata={k: entry["metadata"][k] for k in ("name", "version")}, metadata_location="")
    (out / "pip-inspect.json").write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
