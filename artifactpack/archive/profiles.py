"""Venues' archive rules, and what a bundle would have to lose to keep to them."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from artifactpack.data import data_dir
from artifactpack.errors import ChecklistError, InputError
from artifactpack.models.bundle import Budget, Choice
from artifactpack.models.profile import Profile
from artifactpack.models.records import Invalid, load


def available() -> tuple[str, ...]:
    """The ids of the profiles that ship."""
    return tuple(sorted(p.stem for p in (data_dir("schemas") / "profiles").glob("*.yaml")))


def load_profile(name: str) -> Profile:
    """The profile called *name*; raises :class:`InputError` naming the nearest one, ChecklistError if it is faulty."""
    from artifactpack.core.checklist import Text
    from artifactpack.core.yaml_safe import read_yaml

    if name not in available():
        near = get_close_matches(name, available(), 1, 0.4)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(available())}"
        raise InputError(f"no profile '{name}'; {hint}")
    path = data_dir("schemas") / "profiles" / f"{name}.yaml"
    try:
        return load(Profile, read_yaml(Text(name=path.name, path=path, data=path.read_bytes())))
    except Invalid as error:
        raise ChecklistError(f"{path.name}: {error}") from error


def budget(profile: Profile, size: int, choices: Sequence[Choice], *, anonymous: bool, compressed: bool) -> Budget:
    """Hold a bundle of *size* bytes against *profile*."""
    over = size - profile.limit if profile.limit else 0
    return Budget(
        profile=profile.id,
        title=profile.title,
        limit=profile.limit,
        size=size,
        fits=over <= 0,
        thin_first=tuple(_thin_first(choices, over)),
        notes=tuple(_notes(profile, choices, over, anonymous=anonymous, compressed=compressed)),
    )


def _thin_first(choices: Sequence[Choice], over: int) -> list[str]:
    """The largest weights and data files, until what they take makes up for *over* bytes."""
    found = []
    for choice in sorted(choices, key=lambda c: (-c.size, c.path)):
        if over <= 0:
            break
        if choice.state == "in" and choice.role in ("weights", "data"):
            found.append(choice.path)
            over -= choice.size
    return found


def _notes(profile: Profile, choices: Sequence[Choice], over: int, *, anonymous: bool, compressed: bool) -> list[str]:
    notes = list(profile.notes)
    if over > 0 and not compressed:
        notes.append("--compress makes text smaller; weights stay as they are")
    if profile.anonymous and not anonymous:
        notes.append(f"{profile.title} is double-blind: bundle with --anonymous")
    if profile.links == "forbidden" and any(c.state == "thin" for c in choices):
        notes.append(f"{profile.title} allows no web addresses: nothing may be thin")
    if profile.unconfirmed:
        notes.append(f"not confirmed: {profile.unconfirmed}")
    return notes
