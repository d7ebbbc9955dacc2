"""What `verify` found, as text."""

from __future__ import annotations

from collections.abc import Iterator

from artifactpack.models.anonymise import Proof
from artifactpack.models.bundle import VerifyResult


def render(result: VerifyResult) -> str:
    """Return the text: what is wrong first, the digest last."""
    return "\n".join(_lines(result)) + "\n"


def _lines(r: VerifyResult) -> Iterator[str]:
    yield f"{r.name or r.bundle} (written by {r.written_by})"
    yield from (f"  ✗ {problem}" for problem in r.problems)
    yield f"  ✓ {r.members} members, {r.size:,} bytes: every hash agrees with the manifest"
    if not any("ro-crate" in p for p in r.problems):
        yield "  ✓ the RO-Crate and the BagIt manifests describe these files"
    for claim in r.claims:
        recorded = "" if claim.recorded is None else f" (recorded: {claim.recorded:.6g})"
        mark = {"supported": "✓", "contradicted": "✗"}.get(claim.verdict, "?")
        yield f"  {mark} claim {claim.id}: {claim.verdict} by the {r.runs} bundled runs{recorded}"
    for weight in r.weights:
        mark = {"safe": "✓", "unsafe": "✗"}.get(weight.safety, "?")
        why = f" ({'; '.join(weight.reasons)})" if weight.reasons and weight.safety != "safe" else ""
        yield f"  {mark} {weight.path}: {weight.safety} to load{why}"
    if r.signature.state in ("good", "unknown-key"):
        who = f" by {r.signature.principal}" if r.signature.principal else ""
        good = r.signature.state == "good"
        doubt = "" if good else ", which nobody vouched for"
        yield f"  {'✓' if good else '?'} signed{who} with the key {r.signature.key}{doubt}"
    yield from (f"  – {note}" for note in r.notes)
    yield f"bundle digest sha256:{r.digest}"


def render_proof(proof: Proof) -> str:
    """Whether two bundles are the same work, and where not."""
    lines = [f"  ✗ {fault}" for fault in proof.faults[:20]]
    lines += [f"  and {len(proof.faults) - 20} more"] if len(proof.faults) > 20 else []
    lines += [f"  – {note}" for note in proof.notes]
    lines += [f"  {proof.untouched} files are equal in both, {proof.redacted} are equal once redacted"]
    return "\n".join([*lines, "the same work" if proof.same else "NOT the same work"]) + "\n"
