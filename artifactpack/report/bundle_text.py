"""What `bundle` packed, left out and noticed, as text."""

from __future__ import annotations

from collections.abc import Iterator

from artifactpack.models.bundle import BundleResult, Choice


def render(result: BundleResult, *, verbose: bool = False) -> str:
    """Return the text; *verbose* lists every file with its size, role and reason."""
    return "\n".join(_lines(result, verbose)) + "\n"


def _lines(r: BundleResult, verbose: bool) -> Iterator[str]:
    by_state = {s: [c for c in r.choices if c.state == s] for s in ("in", "thin", "out")}
    for state, title in (("in", "In"), ("thin", "By address and hash only"), ("out", "Left out")):
        if verbose and by_state[state]:
            yield f"{title}:"
            yield from map(_choice, by_state[state])
    yield from (f"– {finding}" for finding in r.findings)
    yield from _budget(r)
    counts = ", ".join(
        f"{len(by_state[s])} {w}" for s, w in (("in", "files in"), ("thin", "thin"), ("out", "left out"))
    )
    yield f"{'would write' if r.dry_run else 'wrote'} {r.path} ({size(r.size)}; {counts}; {len(r.runs)} runs)"
    if r.signature:
        yield f"signed: {r.signature}"
    if r.digest:
        yield f"bundle digest sha256:{r.digest}"


def _budget(r: BundleResult) -> Iterator[str]:
    told = r.budget
    if not told.profile:
        return
    limit = f"limit {size(told.limit)}" if told.limit else "no size limit known"
    yield f"{'✓' if told.fits else '✗'} {told.title}: {size(told.size)}, {limit}"
    if told.thin_first:
        yield f"  make thin first ([data.NAME] with url and bundle = false): {', '.join(told.thin_first)}"
    yield from (f"  – {note}" for note in told.notes)


def _choice(choice: Choice) -> str:
    return f"  {size(choice.size):>9}  {choice.role:<11}  {choice.path}  ({choice.why})"


def size(count: float) -> str:
    """Bytes in powers of 1000."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
