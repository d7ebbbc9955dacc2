"""The bundle's README: what it is, what it claims, what it costs, how to verify and re-run, with and without us."""

from __future__ import annotations

from collections.abc import Sequence

from artifactpack.models.config import Command, Config
from artifactpack.models.reference import ClaimCheck
from artifactpack.models.run import RunRecord

_TIERS = ("smoke", "evaluate", "train")


def readme(
    name: str, config: Config, claims: Sequence[ClaimCheck], taken: Sequence[RunRecord], python: str, lock: str
) -> bytes:
    """Render it; equal for thick and thin, stored and deflated bundles."""
    parts = [_head(name), _claims(claims), _cost(taken), _verify(), _rerun(config, python, lock), _inside()]
    return "\n".join(filter(None, parts)).encode()


def _head(name: str) -> str:
    return (
        f"# {plain(name)}\n\n"
        "The artifact of a machine-learning paper: the project as it must exist to run, the records of the runs\n"
        "behind its numbers, and a check of what it says against what happened. Start with `report.html`.\n"
    )


def plain(text: str) -> str:
    """*text* on one line, without the characters that Markdown and HTML would act on."""
    return "".join("\\" + c if c in "\\`*_[]<>|#" else c for c in " ".join(text.split()))


def _claims(claims: Sequence[ClaimCheck]) -> str:
    if not claims:
        return "## What it claims\n\nNo claims are declared, so a re-run has nothing to be compared with.\n"
    rows = [f"| {plain(c.id)} | {plain(c.text or c.stated)} | {plain(c.where)} | {c.verdict} |\n" for c in claims]
    head = "## What it claims\n\n| | claim | where in the paper | by the recorded runs |\n|---|---|---|---|\n"
    return head + "".join(rows)


def _cost(taken: Sequence[RunRecord]) -> str:
    rows = [_tier(tier, [r for r in taken if r.tier == tier and r.origin == "recorded"]) for tier in _TIERS]
    if not any(rows):
        return "## What it costs\n\nNo run was recorded, so nothing was measured.\n"
    head = (
        "## What it costs\n\nMeasured on the author's machine, all runs of a tier one after the other:\n\n"
        "| tier | runs | time | peak memory | written | machine |\n|---|---|---|---|---|---|\n"
    )
    return head + "".join(rows)


def _tier(tier: str, runs: Sequence[RunRecord]) -> str:
    if not runs:
        return ""
    wall, disk = sum(r.cost.wall for r in runs), sum(r.cost.disk for r in runs)
    peak = max(r.cost.peak_memory for r in runs)
    machines = sorted({_machine(r) for r in runs})
    return f"| {tier} | {len(runs)} | {duration(wall)} | {size(peak)} | {size(disk)} | {'; '.join(machines)} |\n"


def _machine(run: RunRecord) -> str:
    gpus = ", ".join(plain(g.name) for g in run.hardware.gpus)
    cpu = f"{plain(run.hardware.cpu)}, {run.hardware.cores} cores" if run.hardware.cpu else "unknown"
    return f"{cpu}, {gpus}" if gpus else cpu


def duration(seconds: float) -> str:
    """``2 h 05 min``, ``3.4 min``, ``12 s``."""
    if seconds >= 3600:
        return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60):02d} min"
    return f"{seconds / 60:.1f} min" if seconds >= 60 else f"{seconds:.0f} s"


def size(count: float) -> str:
    """Bytes in powers of 1000, three digits at most."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def _verify() -> str:
    return """## Verify

    artifactpack verify THIS.zip          # or the folder it was unpacked to

It prints the bundle digest, which must be the one that the paper states. Without artifactpack, after unpacking:

    sha256sum -c --ignore-missing manifest-sha256.txt tagmanifest-sha256.txt

Files listed in `fetch.txt`, if there is one, are not inside: they are named by address, size and hash.
"""


def _rerun(config: Config, python: str, lock: str) -> str:
    text = "## Re-run\n\n    artifactpack rerun THIS.zip          # the cheapest tier that can decide, in a sandbox\n"
    shown = {name: c for name, c in config.commands.items() if c.run}
    if not shown:
        return text
    install = f"    pip install -r data/environment/{lock}\n" if lock else ""
    steps = "".join(f"    {_argv(name, c)}\n" for name, c in shown.items())
    return (
        f"{text}\nWithout artifactpack, with Python {python or 'of a fitting version'}, from the unpacked folder:\n\n"
        f"{install}    cd data/project\n{steps}\n"
        "`{seed}` and the like take the values in `artifactpack.toml`; `{out}` is any new folder.\n"
    )


def _argv(name: str, command: Command) -> str:
    words = command.run if isinstance(command.run, str) else " ".join(command.run)
    return f"{' '.join([words, *command.args]).replace('{python}', 'python')}    # {name}"


def _inside() -> str:
    return """## What is inside

| | |
|---|---|
| `data/project/` | the project: code, configuration, weights, data at their own paths |
| `data/runs/` | one folder a recorded run: record, metrics, log, shipped outputs |
| `data/environment/` | the frozen environment |
| `artifactpack/` | manifest, check, claims and statistics as JSON |
| `ro-crate-metadata.json`, `manifest-sha256.txt` … | the same as RO-Crate 1.1 and BagIt bag |
| `sbom.cdx.json` | packages, weights and data sets as CycloneDX 1.6 |
"""
