"""Which commands a tier runs, over which seeds, and what that costs here; pure."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence

from artifactpack.core.claims import parse_claim, values_for
from artifactpack.core.permutation import enough_seeds, pairs_needed
from artifactpack.core.reference import Series, counting
from artifactpack.errors import ConfigError
from artifactpack.models.config import Claim, Command, Config
from artifactpack.models.records import record
from artifactpack.models.rerun import TierCost
from artifactpack.models.run import RunRecord
from artifactpack.project.config import resolve_command

TIERS = ("smoke", "evaluate", "train")


@record
class Need:
    """What one claim needs: its commands, the seeds its author's values have, how many re-run seeds can decide."""

    claim: Claim
    commands: frozenset[str]
    seeds: tuple[int, ...] = ()
    enough: int = 0
    must: tuple[int, ...] = ()
    comparison: bool = False


def needs_of(
    config: Config, records: Iterable[RunRecord], only: Sequence[str] = (), series: Series | None = None
) -> tuple[Need, ...]:
    """The claims (those named *only*, if any) and what each needs; one that cannot be read needs nothing.

    *series* gives the values at a step, for claims about one.
    Claims with different seeds are tested apart and share the 5 %, so each part's level is what its seeds must reach.
    """
    runs, found = tuple(records), []
    for claim in config.claims:
        if only and claim.id not in only:
            continue
        try:
            parsed = parse_claim(claim)
            values = [values_for(ref, claim, runs, series) for ref in parsed.refs]
        except ConfigError:
            found.append(Need(claim=claim, commands=frozenset()))
            continue
        seeds = [v.seeds for v in values]
        common = tuple(s for s in seeds[0] if all(s in other for other in seeds)) if seeds else ()
        must = (int(claim.over.removeprefix("seed:")),) if claim.over.startswith("seed:") else ()
        commands = frozenset(ref.command for ref in parsed.refs)
        found.append(
            Need(claim=claim, commands=commands, seeds=common, must=must, comparison=parsed.relation is not None)
        )
    families = len({need.seeds for need in found if need.seeds})
    return tuple(_with_enough(need, 0.05 / max(1, families)) for need in found)


def _with_enough(need: Need, alpha: float) -> Need:
    enough = max(enough_seeds(len(need.seeds), alpha), pairs_needed() if need.comparison and need.seeds else 0)
    return Need(
        claim=need.claim,
        commands=need.commands,
        seeds=need.seeds,
        enough=enough,
        must=need.must,
        comparison=need.comparison,
    )


def commands_of(config: Config, tier: str, needs: Sequence[Need]) -> tuple[str, ...]:
    """The commands that *tier* runs: those that carry claims and are no deeper than it, else all of just that tier.

    ``all`` is every command; ``smoke`` every smoke command, which carries no claims.
    """
    tiers = {name: resolve_command(config, name).tier for name in config.commands}
    if tier == "all":
        return tuple(config.commands)
    claimed = {name for need in needs for name in need.commands}
    deep = TIERS.index(tier)
    chosen = [n for n, t in tiers.items() if n in claimed and t != "smoke" and TIERS.index(t) <= deep]
    if tier != "smoke" and any(tiers[name] == tier for name in chosen):
        return tuple(chosen)
    return tuple(name for name, t in tiers.items() if t == tier)


def available(config: Config) -> tuple[str, ...]:
    """The tiers that some command has, shallow first."""
    have = {resolve_command(config, name).tier for name in config.commands}
    return tuple(tier for tier in TIERS if tier in have)


def seeds_for(
    command: str,
    needs: Sequence[Need],
    records: Iterable[RunRecord],
    config: Config,
    *,
    bitwise: bool,
    digest: str,
    at_most: int = 0,
) -> tuple[int, ...]:
    """The seeds of *command*: as many as its claims need to be decided, the author's where bits can be compared,
    else fresh ones that the author could not have known (they follow from the bundle's digest)."""
    mine = [need for need in needs if command in need.commands]
    recorded = tuple(dict.fromkeys(r.seed or 0 for r in counting(records) if r.command == command))
    if not mine:
        return (recorded or resolve_command(config, command).seeds)[:1]
    few = all(0 < len(need.seeds) < 3 for need in mine)
    count = max((len(n.seeds) if bitwise and few else n.enough) for n in mine) or 1
    must = tuple(s for need in mine for s in need.must)
    count = max(count, len(must))
    if at_most:
        count = min(count, at_most)
    known = tuple(sorted({s for need in mine for s in need.seeds}))
    base = (*must, *(known if bitwise else ()))
    return tuple(dict.fromkeys((*base, *fresh_seeds(digest, recorded, count))))[:count]


def fresh_seeds(digest: str, used: Iterable[int], count: int) -> tuple[int, ...]:
    """*count* seeds that follow from *digest* and are none of *used*; below 10,000 where that leaves enough of them."""
    taken, n = set(used), 0
    below = max(10_000, 2 * (len(taken) + count))
    found: list[int] = []
    while len(found) < count:
        seed = int(hashlib.sha256(f"{digest}/{n}".encode()).hexdigest(), 16) % below
        n += 1
        if seed not in taken:
            taken.add(seed)
            found.append(seed)
    return tuple(found)


def with_needs(config: Config, commands: Iterable[str]) -> tuple[str, ...]:
    """*commands* and everything they need, needed ones first."""
    order: list[str] = []

    def visit(name: str) -> None:
        if name in order or name not in config.commands:
            return
        for needed in resolve_command(config, name).needs:
            visit(needed)
        order.append(name)

    for name in commands:
        visit(name)
    return tuple(order)


def cost_of(
    config: Config, tier: str, seeds: Mapping[str, Sequence[int]], records: Iterable[RunRecord], scale: float = 1.0
) -> TierCost:
    """What running every command of *seeds* over its seeds and cells costs here, from the author's recorded runs."""
    runs = tuple(records)
    total, wall, memory, disk, gpus, measured = 0, 0.0, 0, 0, 0, True
    for name, chosen in seeds.items():
        command, own = resolve_command(config, name), [r for r in counting(runs) if r.command == name]
        many = len(chosen) * cells_of(command)
        total += many
        gpus = max(gpus, command.resources.gpus)
        if not own:
            measured = False
            continue
        wall += many * math.fsum(r.cost.wall for r in own) / len(own)
        memory = max(memory, *(r.cost.peak_memory for r in own))
        disk += many * max(r.cost.disk for r in own)
    return TierCost(
        tier=tier,
        commands=tuple(seeds),
        runs=total,
        wall=wall * scale,
        memory=memory,
        disk=disk,
        gpus=gpus,
        measured=measured,
    )


def cells_of(command: Command) -> int:
    """How many cells the command's parameter grid has."""
    return math.prod(len(values) for values in command.matrix.values())
