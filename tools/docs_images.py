"""Make docs/images/report.png: the report of the digits example, really recorded, in headless Chromium.

`python -m tools.docs_images [RECORDED]`: RECORDED is a folder with a recorded copy of the example, to save the time.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from artifactpack.pipeline.demo import prepare
from tests.support.browser import Browser

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "images" / "report.png"
LIMIT = 300 * 1024
WIDTH, HEIGHT = 1200, 1240


def main(arguments: list[str]) -> int:
    """Record unless a recorded copy is given, render, photograph."""
    with tempfile.TemporaryDirectory(prefix="artifactpack-images-") as folder:
        project = Path(arguments[0]) if arguments else prepare(Path(folder) / "demo")
        page = Path(folder) / "report.html"
        tool = [sys.executable, "-m", "artifactpack"]
        if not arguments:
            subprocess.run([*tool, "record", str(project), "--quiet"], check=True)
        subprocess.run([*tool, "report", str(project), "-o", str(page), "--quiet"], check=True)
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        TARGET.write_bytes(photograph(page))
    size = TARGET.stat().st_size
    sys.stdout.write(f"wrote {TARGET.relative_to(ROOT)}, {size / 1024:.0f} KiB\n")
    return int(size > LIMIT)


def photograph(page: Path) -> bytes:
    """The top of *page* as PNG."""
    with Browser() as browser:
        size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        browser.devtools("Emulation.setDeviceMetricsOverride", **size)
        browser.open(page)
        return browser.screenshot()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
