"""`artifactpack badge`: write a badge that can be checked, or check one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artifactpack.cli.common import ChecklistOpt, FormatOpt, QuietOpt, emit
from artifactpack.errors import InputError
from artifactpack.models.badge import Badge, BadgeCheck

PathArg = Annotated[Path, typer.Argument(help="A project's folder or a bundle.", show_default=False)]
OutputOpt = Annotated[Path, typer.Option("--output", "-o", help="FILE.svg; FILE.json states what it says.")]
EndpointOpt = Annotated[Path | None, typer.Option("--endpoint", help="Also write a shields.io endpoint file.")]
BundleOpt = Annotated[Path | None, typer.Option("--bundle", help="The bundle whose digest the badge states.")]
RerunOpt = Annotated[Path | None, typer.Option("--rerun", help="A rerun.json whose tier and outcome it states.")]
DateOpt = Annotated[str, typer.Option("--date", help="YYYY-MM-DD; default: the commit's day.")]
SignOpt = Annotated[Path | None, typer.Option("--sign", metavar="KEY", help="Sign the statement with this SSH key.")]
SignerOpt = Annotated[Path | None, typer.Option("--signer", help="With --verify: the key that must have signed.")]
VerifyOpt = Annotated[Path | None, typer.Option("--verify", metavar="BADGE.json", help="Check this badge.")]


def command(
    path: PathArg = Path(),
    output: OutputOpt = Path("badge.svg"),
    endpoint: EndpointOpt = None,
    bundle: BundleOpt = None,
    rerun: RerunOpt = None,
    date: DateOpt = "",
    sign: SignOpt = None,
    verify: VerifyOpt = None,
    signer: SignerOpt = None,
    checklist: ChecklistOpt = None,
    format_: FormatOpt = "text",
    quiet: QuietOpt = False,
) -> None:
    """Write a badge that can be checked, or check one with --verify (exit 1 if it no longer holds).

    It states how many machine-checkable items are met, the commit, its day and the bundle digest. Unchanged projects
    give unchanged badges. FILE.json beside the SVG is what --verify reads.

    \b
    Examples:
      artifactpack badge
      artifactpack badge -o docs/badge.svg --endpoint docs/shields.json --bundle digits.zip
      artifactpack badge --verify badge.json
      artifactpack badge --verify badge.json --signer authors.pub
    """
    if verify is not None:
        raise typer.Exit(_verify(verify, path, bundle, signer, format_, quiet))
    statement = _paths(output, endpoint)
    _day(date)
    from artifactpack.models.records import to_json
    from artifactpack.pipeline.badge import make_badge, sign_badge
    from artifactpack.report import badge as drawing

    signature = statement.with_name(f"{statement.name}.sig") if sign else None
    files = tuple(filter(None, (output, statement, endpoint, signature)))
    badge = make_badge(path, checklists=tuple(checklist or ()), bundle=bundle, rerun=rerun, date=date, files=files)
    emit(to_json(badge), statement)
    if signature is not None and sign is not None:
        sign_badge(statement, sign)
    emit(drawing.svg(badge), output)
    if endpoint is not None:
        emit(drawing.endpoint(badge), endpoint)
    if not quiet:
        emit(_said(badge, output, format_))


def _paths(output: Path, endpoint: Path | None) -> Path:
    if output.suffix.lower() != ".svg":
        raise InputError(f"{output}: a badge is .svg")
    statement = output.with_suffix(".json")
    if endpoint is not None and endpoint.absolute() == statement.absolute():
        raise InputError(f"--endpoint {endpoint}: that is where the badge's own statement goes; name another file")
    return statement


def _day(date: str) -> None:
    from datetime import date as day

    try:
        if date:
            day.fromisoformat(date)
    except ValueError:
        raise InputError(f"--date {date}: not a day like 2026-03-01") from None


def _said(badge: Badge, output: Path, format_: str) -> str:
    from artifactpack.models.records import to_json
    from artifactpack.report.badge import described

    return to_json(badge).rstrip() if format_ == "json" else f"{described(badge)}\n{output}"


def _verify(statement: Path, path: Path, bundle: Path | None, signer: Path | None, format_: str, quiet: bool) -> int:
    from artifactpack.models.records import to_json
    from artifactpack.pipeline.badge import verify_badge

    found = verify_badge(statement, path, bundle=bundle, signer=signer)
    if format_ == "json":
        emit(to_json(found))
    elif not quiet:
        emit("\n".join(_lines(statement, found)))
    return 0 if found.state == "holds" else 1


def _lines(statement: Path, found: BadgeCheck) -> list[str]:
    told = {"holds": "still holds", "stale": "is stale: the project changed", "differs": "does not hold"}[found.state]
    lines = [f"{statement} {told}"]
    lines += [f"  {d.what}: the badge says {d.stated[:72]}, now {d.found[:72]}" for d in found.differences]
    lines += [f"  {found.signature}"] if found.signature else []
    lines += [f"  not checked: {note}" for note in found.not_checked]
    return lines
