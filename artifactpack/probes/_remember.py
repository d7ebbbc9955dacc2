"""Findings kept from last time: given again only for the very same files, runs, systems and tool."""

from __future__ import annotations

import hashlib
import json
import os

from artifactpack.folders import cache_dir
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.project import Skipped
from artifactpack.models.records import dump, restore
from artifactpack.project import Project
from artifactpack.project.reading import write_cache


class Memory:
    """Findings of one project under one key; ``recall`` before asking, ``keep`` afterwards. *systems* tells apart what
    systems say, or the files they would say it from."""

    def __init__(self, project: Project, runs: RunEvidence, systems: str) -> None:
        self.project = project
        parts = [project.fingerprint.text, repr(project.git), repr(project.config), systems]
        parts.append(json.dumps(dump(runs)) if runs.records or runs.claims else "")
        self.key = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
        root = hashlib.sha256(os.fsencode(project.root)).hexdigest()[:32]
        self.place = cache_dir() / "findings" / f"{root}.json"

    def recall(self) -> dict[str, Finding] | None:
        """What was found last time, where nothing has changed since."""
        try:
            kept = json.loads(self.place.read_bytes())
            if kept["key"] != self.key:
                return None
            found = {name: restore(Finding, data) for name, data in kept["findings"].items()}
            skipped = [restore(Skipped, s) for s in kept["skipped"]]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        self.project.skipped[:] = skipped
        return found

    def keep(self, findings: dict[str, Finding]) -> None:
        """Keep *findings*, unless a file changed so recently that a further change could go unnoticed."""
        if not self.project.fingerprint.settled:
            return
        data = {"key": self.key, "findings": dump(findings), "skipped": dump(self.project.skipped)}
        write_cache(self.place, json.dumps(data, separators=(",", ":")).encode("utf-8", "surrogatepass"))
