"""What every executor starts: `python -m artifactpack.executors.worker JOB.json` runs one job (see recorder/worker)."""

from __future__ import annotations

import sys
from pathlib import Path

from artifactpack.errors import ArtifactPackError, InputError
from artifactpack.recorder.worker import take_job
from artifactpack.systems.recorded import series_in


def main(arguments: list[str]) -> int:
    """Run the job in the file named by the only argument."""
    try:
        if len(arguments) != 1:
            raise InputError("usage: python -m artifactpack.executors.worker JOB.json")
        take_job(Path(arguments[0])).run(systems=series_in)
    except ArtifactPackError as error:
        sys.stderr.write(f"artifactpack: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
