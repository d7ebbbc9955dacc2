"""The README's transcript is what the command prints, and its links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _without_commit(text):
    return re.sub(r"^pitfalls, (?:commit .*|not .*)$", "pitfalls", text, flags=re.MULTILINE).strip()


@pytest.mark.slow
def test_the_transcript_is_real():
    command, shown = re.search(
        r"^```console\n\$ artifactpack (.+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL
    ).groups()
    done = subprocess.run(
        [sys.executable, "-m", "artifactpack", *command.split()], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert _without_commit(done.stdout) == _without_commit(shown)


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", README))
def test_every_link_leads_somewhere(link):
    assert (ROOT / link).exists()
