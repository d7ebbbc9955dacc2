"""`verify`: everything that can be told of a bundle without running anything in it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from artifactpack import __version__
from artifactpack.archive import sign
from artifactpack.archive.content import CRATE
from artifactpack.archive.crate_check import faults
from artifactpack.archive.documents import parsed
from artifactpack.archive.reader import Bundle, open_bundle
from artifactpack.archive.statement import statement
from artifactpack.errors import RefusedError
from artifactpack.models.bundle import SignatureCheck, VerifyClaim, VerifyResult, WeightSafety
from artifactpack.models.event import Notify, silent
from artifactpack.models.records import Invalid, load
from artifactpack.models.reference import ClaimCheck, ClaimsFile
from artifactpack.models.run import RunRecord
from artifactpack.pipeline.bundled import bundled_config, bundled_run, bundled_series, bundled_trees, record_paths

T = TypeVar("T")
CLAIMS = "artifactpack/claims.json"


def verify(
    path: Path,
    *,
    signer: Path | None = None,
    signature: Path | None = None,
    threads: int = 2,
    notify: Notify = silent,
) -> VerifyResult:
    """Verify the bundle at *path*, a zip or the folder it was unpacked to.

    *signer* is a public key or an allowed-signers file; with it, a missing or foreign signature is a problem.
    Raises :class:`RefusedError` when it is not a bundle, damaged or changed; what is found beyond that is returned.
    """
    with open_bundle(path) as bundle:
        bundle.check(threads=threads, notify=notify)
        return _look(bundle, sign.check(bundle, signature, signer), wanted=signer is not None)


def export(path: Path) -> str:
    """The in-toto statement about the bundle at *path*, every member hashed first."""
    with open_bundle(path) as bundle:
        bundle.check()
        return statement(bundle.manifest)


def _look(bundle: Bundle, signed: SignatureCheck, *, wanted: bool) -> VerifyResult:
    manifest = bundle.manifest
    records = tuple(bundled_run(bundle.read(path), path) for path in record_paths(bundle))
    problems = faults(bundle.read(CRATE), manifest) if bundle.member(CRATE) else [f"{CRATE} is missing"]
    problems += _foreign(bundle)
    claims = _claims(bundle, records)
    weights = tuple(_weights(bundle))
    problems += [f"{c.id}: {CLAIMS} says something else than the bundled records give" for c in claims if not c.agrees]
    problems += [f"{w.path} is unsafe to load: {'; '.join(w.reasons)}" for w in weights if w.safety == "unsafe"]
    if signed.state == "bad" or (wanted and signed.state != "good"):
        problems.append(f"signature: {signed.note}")
    return VerifyResult(
        signature=signed,
        tool_version=__version__,
        bundle=str(bundle.path),
        zipped=bundle.zipped,
        name=manifest.name,
        written_by=f"artifactpack {manifest.tool_version}",
        digest=manifest.digest,
        members=len(manifest.members),
        size=sum(m.size for m in manifest.members if not m.url),
        thin=tuple(m.path for m in manifest.members if m.url),
        runs=len(records),
        claims=claims,
        weights=weights,
        problems=tuple(problems),
        notes=tuple(_notes(bundle, records)),
    )


def _foreign(bundle: Bundle) -> Iterator[str]:
    """Our own files that are no such files: what only `report` and `check` read in full must not pass for one."""
    for kind in ("check", "reference"):
        path = f"artifactpack/{kind}.json"
        if bundle.member(path) is not None:
            told = parsed(bundle.read(path), path)
            if not isinstance(told, dict) or told.get("schema") != f"artifactpack.{kind}/1":
                yield f"{path} is not an artifactpack.{kind}/1"


def _parse(cls: type[T], bundle: Bundle, path: str) -> T:
    try:
        return load(cls, parsed(bundle.read(path), path))
    except (Invalid, KeyError) as error:
        raise RefusedError(f"refused: {path} is not a {cls.__name__} ({str(error)[:200]})") from error


def _claims(bundle: Bundle, records: tuple[RunRecord, ...]) -> tuple[VerifyClaim, ...]:
    """Every claim recomputed from the records and held against what `claims.json` says."""
    from artifactpack.core.claims import check_claims

    stated = {c.id: c for c in _parse(ClaimsFile, bundle, CLAIMS).claims} if bundle.member(CLAIMS) else {}
    series = {r.id: bundled_series(bundle, r.id) for r in records}
    recomputed = check_claims(bundled_config(bundle), records, series.__getitem__)
    found = [_claim(c, stated.pop(c.id, None)) for c in recomputed]
    return (*found, *(VerifyClaim(id=c.id, text=c.text, verdict=c.verdict, agrees=False) for c in stated.values()))


def _claim(found: ClaimCheck, stated: ClaimCheck | None) -> VerifyClaim:
    agrees = stated is not None and stated.verdict == found.verdict and _close(stated.recorded, found.recorded)
    return VerifyClaim(
        id=found.id, text=found.text, verdict=found.verdict, stated=found.stated, recorded=found.recorded, agrees=agrees
    )


def _close(a: float | None, b: float | None) -> bool:
    return a is b if a is None or b is None else math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) or (a != a and b != b)


def _weights(bundle: Bundle) -> Iterator[WeightSafety]:
    from artifactpack.scan.weights import SUFFIXES, inspect

    for member in bundle.manifest.members:
        named = (
            member.path.startswith("data/")
            and member.path.endswith(SUFFIXES)
            and not member.path.endswith((".dat", ".p"))
        )
        if member.url or (member.role != "weights" and not named):
            continue
        try:
            told = inspect(bundle.file(member.path), hashes="none", name=member.path)
        except KeyError:  # deflated: text, which no weight format is
            continue
        if member.role == "weights" or told.safety == "unsafe":
            yield WeightSafety(
                path=member.path,
                format=told.format,
                parameters=told.parameters,
                safety=told.safety,
                reasons=told.reasons[:3],
            )


def _notes(bundle: Bundle, records: tuple[RunRecord, ...]) -> Iterator[str]:
    if not bundle.zipped:
        yield "an unpacked folder: its files are what the manifest says; the zip's own form was not there to check"
    if not records:
        yield "no recorded runs: nothing in it shows where the paper's numbers come from"
    thin = [m for m in bundle.manifest.members if m.url]
    if thin:
        yield f"{len(thin)} files are named by address and hash only; their bytes were not checked"
    for tree in bundled_trees(bundle):
        yield f"data.{tree.name} is one hash of {tree.files} files; `rerun --data-root` checks them where they are"
    yield "report.html, report.pdf and ro-crate-metadata.json are renderings: hashed, but outside the bundle digest"
