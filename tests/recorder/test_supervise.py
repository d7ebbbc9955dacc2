"""The supervisor's orders, however they arrive."""

import json
import subprocess
import sys


def test_an_interrupt_that_comes_with_the_order_starts_nothing(tmp_path):
    order = {
        "argv": ["touch", str(tmp_path / "started")],
        "cwd": str(tmp_path),
        "env": {},
        "log": str(tmp_path / "log"),
    }
    told = subprocess.run(
        [sys.executable, "-c", "from artifactpack.recorder.supervise import main; main()"],
        input=f"{json.dumps(order)}\ninterrupt\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (told.stdout, told.stderr) == ("", "")
    assert not (tmp_path / "started").exists()
