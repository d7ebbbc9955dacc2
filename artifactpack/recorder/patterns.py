"""The numbers of console lines, searched for in a process of its own: a pattern can take longer than anyone waits."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from artifactpack.recorder import metrics

SECONDS = 60.0
_PARENT = str(Path(__file__).resolve().parents[2])
_START = "import sys; sys.path[:0] = [sys.argv.pop(1)]; from artifactpack.recorder.patterns import main; main()"


def search(text: str, patterns: Mapping[str, str], seconds: float = 0) -> tuple[metrics.Series, str]:
    """The series that *patterns* find in *text*, and "" or why they were not looked for to the end."""
    seconds = seconds or SECONDS
    command = [sys.executable, "-I", "-c", _START, _PARENT]
    order = json.dumps({"text": text, "patterns": dict(patterns)})
    try:
        done = subprocess.run(
            command, input=order, capture_output=True, text=True, encoding="utf-8", timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return {}, f"the patterns for the console were not done with its log after {seconds:.0f} s"
    if done.returncode:
        return {}, f"the patterns for the console failed: {done.stderr.strip().rpartition(chr(10))[2][:200]}"
    return json.loads(done.stdout), ""


def main() -> NoReturn:
    """Read log and patterns from standard input, write the series to standard output."""
    order = json.load(sys.stdin)
    sys.stdout.write(json.dumps(metrics.from_console(order["text"], order["patterns"])))
    sys.exit(0)
