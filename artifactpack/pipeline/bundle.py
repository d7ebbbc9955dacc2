"""`bundle`: a project, its records, its verdicts and their report, in one archive."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from artifactpack import __version__
from artifactpack.archive import lock, sign
from artifactpack.archive.profiles import budget, load_profile
from artifactpack.archive.reader import open_bundle
from artifactpack.archive.secret_scan import check_secrets
from artifactpack.archive.writer import write_bundle
from artifactpack.errors import InputError
from artifactpack.models.bundle import BundleResult
from artifactpack.models.event import Event, Notify, silent
from artifactpack.pipeline import twin
from artifactpack.pipeline.bundle_plan import Plan, prepare
from artifactpack.pipeline.bundle_tags import tags
from artifactpack.recorder import own


@dataclass(frozen=True)
class Options:
    """How to bundle; ``anonymous`` packs a redacted copy, ``sign`` is a private key, or "new" for a throw-away one.

    ``named`` is the named bundle whose twin the anonymous one is, ``mapping`` where what proves that is written.
    """

    compress: bool = False
    anonymous: bool = False
    accept: tuple[str, ...] = ()
    profile: str = ""
    pdf: bool = True
    wheels: bool = False
    convert_weights: bool = False
    named: Path | None = None
    mapping: Path | None = None
    sign: str = ""
    dry_run: bool = False
    checklists: tuple[str, ...] = ()


def bundle(root: Path, target: Path, options: Options = Options(), notify: Notify = silent) -> BundleResult:
    """Bundle the project at *root* into the zip *target*.

    Raises :class:`InputError` naming what is missing or has changed since it was recorded, :class:`RefusedError` for a
    secret or, when anonymous, a mark of the authors in the finished archive, and what
    :func:`~artifactpack.archive.writer.write_bundle` raises.
    """
    if options.profile:
        load_profile(options.profile)  # a misspelt name is said at once
    _check_key(target, options)
    if options.anonymous:
        return _anonymous(root, target, options, notify)
    plan = prepare(root, options.checklists, pdf=options.pdf, target=target)
    told: list[str] = []
    result = _write(plan, target, options, lambda finished: told.extend(check_secrets(finished)), notify)
    if result.digest:
        twin.remember_named(root, result.digest)
    return replace(result, findings=(*result.findings, *told))


def _anonymous(root: Path, target: Path, options: Options, notify: Notify) -> BundleResult:
    from artifactpack.pipeline.anonymise import check_archive, redacted_copy

    copy = redacted_copy(root, smoke=not options.dry_run, notify=notify)
    told: list[str] = list(copy.notes)

    def check(finished: Path) -> None:
        told.extend(check_secrets(finished))
        scan = check_archive(finished, copy.marks, options.accept)
        told.extend(scan.notes)
        told.extend(f"accepted: {text}" for text in scan.accepted)

    kept = root / lock.STATE
    if kept.is_dir():  # package names, versions and hashes; the scan of the finished archive looks at them too
        shutil.copytree(kept, Path(copy.root) / lock.STATE, dirs_exist_ok=True)
    try:
        plan = prepare(Path(copy.root), options.checklists, pdf=options.pdf)
        result = _write(plan, target, options, check, notify)
    finally:
        shutil.rmtree(Path(copy.root).parent, ignore_errors=True)
    mapping = ""
    if not options.dry_run:
        place = twin.keep_seal(copy, root, result.digest, options.named, options.mapping)
        told += twin.told(place, options.named, target, notify)
        mapping = str(place)
    return replace(result, anonymous=True, mapping=mapping, findings=tuple(dict.fromkeys((*result.findings, *told))))


def _write(plan: Plan, target: Path, options: Options, check: Callable[[Path], None], notify: Notify) -> BundleResult:
    if options.dry_run:
        return _budgeted(_result(plan, target, dry_run=True), plan, options)
    with TemporaryDirectory(prefix="artifactpack-") as folder:
        if options.wheels:
            from artifactpack.pipeline.wheels import add_wheels

            add_wheels(plan, Path(folder), notify)
        if options.convert_weights:
            from artifactpack.pipeline.bundle_convert import add_converted

            add_converted(plan, Path(folder), notify)
        return _pack(plan, target, options, check, notify)


def _pack(plan: Plan, target: Path, options: Options, check: Callable[[Path], None], notify: Notify) -> BundleResult:
    written = write_bundle(
        target,
        plan.chosen.entries.values(),
        lambda members: tags(plan, members),
        name=plan.name,
        compress=options.compress,
        check=check,
        notify=notify,
    )
    notify(Event(stage="packing", text=str(target), state="finished"))
    with contextlib.suppress(OSError):
        own.remember(written.digest)  # a re-run asks fewer questions about what this user packed
    result = replace(_result(plan, target), digest=written.digest, size=target.stat().st_size)
    return _budgeted(replace(result, signature=_sign(target, options)), plan, options)


def _check_key(target: Path, options: Options) -> None:
    """Before hours of packing, not after."""
    if options.sign == "new" and _fresh_key(target).exists():
        raise InputError(f"{_fresh_key(target)} is there already; a throw-away key is for one bundle only")
    if options.sign not in ("", "new") and not Path(options.sign).expanduser().is_file():
        raise InputError(f"{options.sign}: no such key; make one with `ssh-keygen -t ed25519`, or use --sign new")


def _fresh_key(target: Path) -> Path:
    return target.with_name(target.name + ".key")


def _sign(target: Path, options: Options) -> str:
    if not options.sign:
        return ""
    fresh = options.sign == "new"
    key = sign.throwaway_key(_fresh_key(target)) if fresh else Path(options.sign).expanduser()
    with open_bundle(target) as written:
        return str(sign.sign(written, key))


def _budgeted(result: BundleResult, plan: Plan, options: Options) -> BundleResult:
    name = options.profile or plan.project.config.bundle.profile
    if not name:
        return result
    told = budget(
        load_profile(name), result.size, result.choices, anonymous=options.anonymous, compressed=options.compress
    )
    return replace(result, budget=told)


def _result(plan: Plan, target: Path, *, dry_run: bool = False) -> BundleResult:
    return BundleResult(
        tool_version=__version__,
        path=str(target),
        dry_run=dry_run,
        size=sum(c.size for c in plan.chosen.choices if c.state == "in"),
        runs=tuple(r.id for r in plan.taken),
        choices=tuple(sorted(plan.chosen.choices, key=lambda c: (c.state, c.path))),
        findings=tuple(dict.fromkeys(plan.chosen.findings)),
    )


def default_target(root: Path) -> Path:
    """Where a bundle goes when nobody said: beside the project, because inside it would be part of the next one."""
    resolved = root.resolve()
    if resolved.parent == resolved:
        raise InputError("give --output: a project at the root of the file system has no folder beside it")
    return resolved.parent / f"{resolved.name}.zip"
