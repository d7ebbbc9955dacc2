"""What a re-run leaves: ``rerun.json``, the attestation, and the report."""

from __future__ import annotations

import json
import os
from pathlib import Path

from artifactpack import __version__
from artifactpack.archive.atomic import replacing
from artifactpack.errors import InputError
from artifactpack.models.event import Event, Notify, silent
from artifactpack.models.outcome import RerunResult
from artifactpack.models.records import to_json
from artifactpack.rerun.attestation import statement


def write_result(result: RerunResult, work: Path, notify: Notify = silent, *, pdf: bool = True) -> None:
    """Write ``rerun.json``, the attestation, and the report (PDF where WeasyPrint is there)."""
    from artifactpack.models.report import ReportData
    from artifactpack.pipeline.report import write

    put(work / "rerun.json", to_json(result))
    put(work / "attestation.json", json.dumps(statement(result), indent=1) + "\n")
    notify(Event(stage="report", text=str(work / "rerun-report.html")))
    data = ReportData(name=result.name, title=result.name, digest=result.digest, tool_version=__version__, rerun=result)
    write(data, work / "rerun-report.html")
    if not pdf:
        return
    try:
        write(data, work / "rerun-report.pdf")
    except InputError as error:  # the PDF extra is not installed: the page is there
        notify(Event(stage="report", text=str(error), state="note"))


def put(path: Path, text: str) -> None:
    """Write *text* to *path*, whole or not at all."""
    with replacing(path) as descriptor, os.fdopen(os.dup(descriptor), "w", encoding="utf-8") as file:
        file.write(text)
