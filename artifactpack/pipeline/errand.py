"""One bundle's work as a command that leaves one file: `python -m artifactpack.pipeline.errand FILE.json`.

The answer is renamed in last, and what is wrong with the bundle is in it: a cluster may start this like any run.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import field
from pathlib import Path

from artifactpack.errors import ArtifactPackError
from artifactpack.models.records import dump, load, record, to_json
from artifactpack.models.rerun_many import RerunRow
from artifactpack.pipeline.check_many import Checked
from artifactpack.pipeline.rerun_wish import Wish

ANSWER = "answer.json"


@record
class Errand:
    """One piece of work; paths are absolute and the same on every machine."""

    schema: str = "artifactpack.errand/1"
    path: str
    work: str = ""
    wish: Wish = field(default_factory=Wish)
    checklists: tuple[str, ...] = ()
    static: bool = False

    @property
    def kind(self) -> str:
        return "rerun" if self.work else "check"

    @property
    def id(self) -> str:
        """The same for the same work on the same file."""
        there = os.stat(self.path)  # noqa: PTH116
        told = json.dumps([dump(self), there.st_size, there.st_mtime_ns])
        return f"{self.kind}-{hashlib.sha256(told.encode()).hexdigest()[:10]}"

    def do(self) -> Checked | RerunRow:
        """Do it here; what goes wrong with the bundle is in the answer."""
        path = Path(self.path)
        if self.kind == "rerun":
            from artifactpack.pipeline.rerun_many import rerun_one

            return rerun_one(path, Path(self.work), self.wish)
        from artifactpack.pipeline.check import check

        try:
            return Checked(path=self.path, result=check(path, checklists=self.checklists, static=self.static))
        except ArtifactPackError as error:
            return Checked(path=self.path, error=str(error), exit_code=error.exit_code)


def main(arguments: list[str]) -> int:
    """Do the errand in the file named by the only argument."""
    errand = load(Errand, json.loads(Path(arguments[0]).read_bytes()))
    target = Path(os.environ["ARTIFACTPACK_OUT"]) / ANSWER
    temporary = target.with_suffix(".part")
    temporary.write_text(to_json(errand.do()), encoding="utf-8")
    temporary.replace(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
