"""An in-toto statement (v1) about a bundle: every member as a subject, for tools that collect attestations."""

from __future__ import annotations

import json

from artifactpack.models.manifest import Manifest

PREDICATE = "https://artifactpack.org/attestation/bundle/v1"


def statement(manifest: Manifest) -> str:
    """Render the statement as JSON, one subject a line; sign it with the tool of your choice."""
    subjects = [
        json.dumps({"name": m.path, "digest": {"sha256": m.sha256}}, ensure_ascii=False) for m in manifest.members
    ]
    predicate = {"name": manifest.name, "bundleDigest": {"sha256": manifest.digest}, "format": manifest.format}
    predicate["tool"] = f"artifactpack {manifest.tool_version}"
    listed = ",\n  ".join(subjects)
    return (
        '{"_type": "https://in-toto.io/Statement/v1",\n'
        f' "subject": [\n  {listed}\n ],\n "predicateType": "{PREDICATE}",\n'
        f' "predicate": {json.dumps(predicate, ensure_ascii=False)}}}\n'
    )
