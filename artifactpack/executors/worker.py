"""What every executor starts: `python -m artifactpack.executors.worker JOB.json` runs one job (see recorder/worker),
and with `FOLDER NUMBER STEP` the jobs NUMBER, NUMBER + STEP, … of that folder, one after another."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from artifactpack.errors import ArtifactPackError, InputError
from artifactpack.recorder.worker import Job, job_of, take_job


def share(folder: Path, number: int, step: int) -> Iterator[Job]:
    """The jobs *number*, *number* + *step*, … of *folder* that are still to do when their turn comes: a requeued task
    did some of them, and the files of runs that were taken in are gone."""
    for one in sorted(int(p.stem) for p in folder.glob("*.json") if p.stem.isdigit()):
        if one % step == number and (folder / f"{one}.json").exists():
            job = take_job(folder / f"{one}.json")
            if not (Path(job.folder) / "record.json").exists():
                yield job


def _tracked(folder: Path) -> dict[str, list[list[float]]]:
    """What trackers wrote below *folder*; their readers are imported only for a run that wrote no metrics itself."""
    from artifactpack.systems.recorded import series_in

    return series_in(folder)


def work(text: str) -> str:
    """Run the job *text* of our own submitter in this process; what to print of an error, "" where there is none."""
    try:
        job_of(text, "the task").run(systems=_tracked)
    except ArtifactPackError as error:
        return f"artifactpack: {error}\n"
    return ""


def main(arguments: list[str]) -> int:
    """Run the job in the file named by the only argument, or those in a folder that are this task's."""
    try:
        if len(arguments) not in (1, 3):
            raise InputError("usage: python -m artifactpack.executors.worker JOB.json | FOLDER NUMBER STEP")
        jobs = share(Path(arguments[0]), *map(int, arguments[1:])) if arguments[1:] else (take_job(Path(arguments[0])),)
        for job in jobs:
            job.run(systems=_tracked)
    except ArtifactPackError as error:
        sys.stderr.write(f"artifactpack: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
