"""From a bundle and this machine to a plan: tier, seeds, cost, what differs, how it can be judged."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace

from artifactpack.core.permutation import smallest_p
from artifactpack.core.reference import cell_key, counting
from artifactpack.errors import InputError
from artifactpack.models.config import Config, Scalar
from artifactpack.models.outcome import Difference
from artifactpack.models.rerun import RerunPlan, TierCost
from artifactpack.models.run import RunRecord
from artifactpack.pipeline.bundled import PROJECT, RUNS
from artifactpack.pipeline.rerun_read import Reviewed
from artifactpack.pipeline.rerun_wish import Wish
from artifactpack.project.config import resolve_command
from artifactpack.recorder import host
from artifactpack.recorder.plan import Key, RunPlan, plan_runs, run_key
from artifactpack.rerun.differences import before_running, judged
from artifactpack.rerun.download import download_of
from artifactpack.rerun.environment import is_built
from artifactpack.rerun.interpreters import find_interpreter, uv_program
from artifactpack.rerun.tiers import TIERS, Need, available, commands_of, cost_of, needs_of, seeds_for, with_needs


def make_plan(bundle: Reviewed, wish: Wish, scale: float | None = None) -> RerunPlan:
    """Choose the tier and the seeds, and say what it costs and what it can decide; nothing has run yet."""
    _check_wish(bundle, wish)
    needs = needs_of(bundle.config, bundle.records, wish.claims, bundle.series)
    here = host.hardware()
    interpreter = find_interpreter(bundle.python, uv_program())
    differences = before_running(bundle.records, interpreter.version, {}, here)
    built = is_built(bundle.lock, interpreter)
    wanted = download_of(() if bundle.wheels or built else bundle.lock.pins, interpreter.version)
    known, why = judged(bundle.records, differences, environment_known=True)
    factor, factor_why = (scale, "measured by the smoke run") if scale else _scale(differences)
    options = _Options(bundle, wish, needs, known == "bit for bit", factor)
    costs = tuple(options.cost(tier) for tier in available(bundle.config))
    tier, seeds, tier_why = options.choose(costs)
    chosen = cost_of(bundle.config, tier, seeds, bundle.records, factor)
    notes = (*_fetch_notes(bundle, built), *_room_notes(chosen), *_trace_notes(wish))
    return RerunPlan(
        bundle=bundle.path,
        digest=bundle.digest,
        tier=tier,
        why=tier_why,
        commands=tuple(seeds),
        seeds=seeds,
        runs=chosen.runs,
        judged=known,
        judged_why=why,
        costs=(*(chosen if c.tier == tier else c for c in costs), *((chosen,) if tier == "all" else ())),
        scale=factor,
        scale_why=factor_why,
        download=wanted.packages,
        download_bytes=wanted.size,
        download_unknown=wanted.unknown,
        differences=differences,
        before=tuple(c for c in bundle.before if not wish.claims or c.id in wish.claims),
        withheld=withheld(bundle, commands_of(bundle.config, "evaluate", needs)),
        can_decide={
            n.claim.id: _can_decide(n, seeds, known == "bit for bit") for n in needs if n.commands <= set(seeds)
        },
        notes=(*notes, *bundle.notes, *bundle.lock.warnings),
    )


def _check_wish(bundle: Reviewed, wish: Wish) -> None:
    known = [c.id for c in bundle.config.claims]
    for claim in wish.claims:
        if claim not in known:
            raise InputError(f"--claim {claim}: the bundle claims {', '.join(known) or 'nothing'}")
    if wish.tier and wish.tier not in (*TIERS, "all"):
        raise InputError(f"--tier {wish.tier}: not one of smoke, evaluate, train, all")
    if not bundle.config.commands:
        raise InputError("the bundle declares no command, so there is nothing to run")
    if wish.tier not in ("", "all") and wish.tier not in available(bundle.config):
        raise InputError(f"--tier {wish.tier}: the bundle has only {', '.join(available(bundle.config))}")
    for name in wish.data:
        if name not in bundle.config.data:
            raise InputError(f"--data {name}: the bundle's data are {', '.join(bundle.config.data) or 'none'}")


def _scale(differences: Sequence[Difference]) -> tuple[float, str]:
    if not other_machine(differences):
        return 1.0, "the same processor as the author's"
    return 1.0, "another machine than the author's; not scaled, because nothing has been measured here yet"


def other_machine(differences: Sequence[Difference]) -> bool:
    """Whether the author's times say little about this machine's."""
    return any(d.kind in ("cpu", "machine", "cores", "gpu") for d in differences)


class _Options:
    """The tiers that could be run, with their seeds and costs."""

    def __init__(self, bundle: Reviewed, wish: Wish, needs: Sequence[Need], bitwise: bool, scale: float) -> None:
        self.bundle, self.wish, self.needs, self.bitwise, self.scale = bundle, wish, needs, bitwise, scale

    def seeds(self, tier: str, at_most: int = 0) -> dict[str, tuple[int, ...]]:
        commands = commands_of(self.bundle.config, tier, self.needs)
        if tier == "evaluate":
            found = {n: self._shipped(runs) for n, runs in shipped_runs(self.bundle, commands).items()}
            found = {name: seeds for name, seeds in found.items() if seeds}
            closed = {*found, *withheld(self.bundle, commands)}
            return found | self._planned(tuple(c for c in commands if c not in closed), at_most)
        return self._planned(commands, at_most)

    def _shipped(self, runs: Iterable[RunRecord]) -> tuple[int, ...]:
        """The seeds whose weights are there, of those the reviewer asked for."""
        there = dict.fromkeys(r.seed or 0 for r in runs)
        return tuple(seed for seed in there if not self.wish.seeds or seed in self.wish.seeds)

    def _planned(self, commands: tuple[str, ...], at_most: int) -> dict[str, tuple[int, ...]]:
        """The seeds of *commands* and of everything that they need."""
        config, records = self.bundle.config, self.bundle.records
        found: dict[str, tuple[int, ...]] = {}
        for name in with_needs(config, commands):
            dependants = [c for c in commands if name in with_needs(config, [c])]
            wanted = [
                self.wish.seeds
                or seeds_for(
                    c, self.needs, records, config, bitwise=self.bitwise, digest=self.bundle.digest, at_most=at_most
                )
                for c in dependants
            ]
            found[name] = tuple(dict.fromkeys(s for seeds in wanted for s in seeds))
        return found

    def cost(self, tier: str) -> TierCost:
        return cost_of(self.bundle.config, tier, self.seeds(tier), self.bundle.records, self.scale)

    def choose(self, costs: Sequence[TierCost]) -> tuple[str, dict[str, tuple[int, ...]], str]:
        """The tier asked for, else the deepest that carries claims and fits the time, else fewer seeds, else smoke."""
        wish = self.wish
        if wish.tier:
            return wish.tier, self.seeds(wish.tier), "asked for"
        claimed = {name for need in self.needs for name in need.commands}
        possible = [c for c in costs if c.runs] or list(costs)
        useful = [c for c in reversed(possible) if claimed & set(c.commands)] or list(reversed(possible))
        for cost in useful:
            if wish.max_time is None or cost.wall <= wish.max_time:
                why = "the deepest that carries claims" + (
                    f" and fits in {wish.max_time:.0f} s" if wish.max_time else ""
                )
                return cost.tier, self.seeds(cost.tier), why
        for cost in useful:
            most = max((len(s) for s in self.seeds(cost.tier).values()), default=1)
            for count in range(most - 1, 0, -1):
                seeds = self.seeds(cost.tier, count)
                found = cost_of(self.bundle.config, cost.tier, seeds, self.bundle.records, self.scale)
                if found.wall <= (wish.max_time or 0):
                    return cost.tier, seeds, f"only {count} of {most} seeds fit in {wish.max_time:.0f} s"
        least = min(possible, key=lambda c: c.wall)
        return least.tier, self.seeds(least.tier), f"nothing fits in {wish.max_time:.0f} s; this is the cheapest"


def _can_decide(need: Need, seeds: dict[str, tuple[int, ...]], bitwise: bool) -> str:
    """What this many seeds can tell about a claim, in words."""
    m = min((len(seeds.get(c, ())) for c in need.commands), default=0)
    n = len(need.seeds)
    if not n:
        return "nothing: the author recorded no value"
    least = f"smallest reachable p {smallest_p(n, m):.2g} with {n} recorded and {m} re-run seeds"
    if bitwise and set(seeds[next(iter(need.commands))]) <= set(need.seeds):
        return f"identical or not; else {least}"
    if m < need.enough:
        return f"nothing statistically: {need.enough} seeds could decide; {least}"
    return least


def _trace_notes(wish: Wish) -> Iterable[str]:
    if wish.trace:
        yield "a program that differs from itself at one seed is run four times more, to find the line"


def _fetch_notes(bundle: Reviewed, built: bool) -> Iterable[str]:
    """What need not, and what must, come from elsewhere."""
    if built:
        yield "the environment is here already, built from the same lock"
    elif bundle.wheels:
        yield "the packages are in the bundle; no index is asked"
    away = [m.size for m in bundle.thin if m.path.startswith(PROJECT)]
    if away:
        files = f"{len(away)} data file{'s' if len(away) > 1 else ''}"
        yield f"{files}, {sum(away) / 1e6:.1f} MB, not in the bundle: --data NAME=PATH gives, --network fetches them"


def _room_notes(cost: TierCost) -> Iterable[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if cost.memory > 0.9 * memory:
        yield f"the author's runs took {cost.memory / 1e9:.1f} GB of memory; this machine has {memory / 1e9:.1f}"
    if cost.gpus and not shutil.which("nvidia-smi") and not shutil.which("rocm-smi"):
        yield f"the author's runs ask for {cost.gpus} GPU; none was found here"
    if not cost.measured:
        yield "some commands have no recorded run, so their cost is not known"


def shipped_runs(bundle: Reviewed, commands: Iterable[str]) -> dict[str, list[RunRecord]]:
    """For each of *commands* that needs trained weights: the author's runs of it whose weights are in the bundle."""
    runs = {r.id: r for r in counting(bundle.records)}
    by_need: dict[tuple[str, object, int], RunRecord] = {}
    for path in bundle.shipped:
        run = runs.get(path.removeprefix(RUNS).split("/")[0])
        if run:
            by_need[(run.command, cell_key(run.cell), run.seed or 0)] = run
    found: dict[str, list[RunRecord]] = {}
    for name in commands:
        needed = resolve_command(bundle.config, name).needs
        if needed:
            found[name] = [r for key, r in sorted(by_need.items(), key=repr) if key[0] == needed[0]]
    return {name: runs for name, runs in found.items() if runs}


def withheld(bundle: Reviewed, commands: Iterable[str]) -> dict[str, str]:
    """Those of the evaluate tier's *commands* that stand on trained weights which the bundle does not hold, and why:
    to train first would be another tier, with another cost and another meaning."""
    shipped, found = shipped_runs(bundle, commands), {}
    for name in commands:
        if name not in shipped:
            trained = [n for n in with_needs(bundle.config, [name]) if _trains(bundle, n)]
            if trained:
                found[name] = f"the weights of {', '.join(trained)} are not in the bundle"
    return found


def _trains(bundle: Reviewed, name: str) -> bool:
    return resolve_command(bundle.config, name).tier == "train"


def make_runs(bundle: Reviewed, plan: RerunPlan) -> tuple[list[RunPlan], frozenset[str]]:
    """The runs of *plan*, all commands of one seed before the next; and the commands that run on shipped weights."""
    shipped = shipped_runs(bundle, plan.commands) if plan.tier == "evaluate" else {}
    plans: list[RunPlan] = []
    for name, runs in shipped.items():
        for run in runs:
            if (run.seed or 0) not in plan.seeds[name]:
                continue
            config = _only_cell(bundle.config, with_needs(bundle.config, [name]), run.cell)
            plans += plan_runs(config, [name], (run.seed or 0,), 1, done=_done(bundle, name))
    done: dict[Key, str] = {}
    for name in plan.commands:
        if name not in shipped:
            made = plan_runs(bundle.config, [name], plan.seeds[name], 1, done=done)
            done |= {p.key: p.id for p in made}
            plans += made
    order = {seed: i for i, seed in enumerate(dict.fromkeys(s for seeds in plan.seeds.values() for s in seeds))}
    return sorted(plans, key=lambda p: order.get(p.seed or 0, len(order))), frozenset(shipped)


def _done(bundle: Reviewed, name: str) -> dict[Key, str]:
    return {run_key(r.command, r.cell, r.seed, r.repeat): r.id for r in counting(bundle.records) if r.command != name}


def _only_cell(config: Config, names: Iterable[str], cell: dict[str, Scalar]) -> Config:
    commands = dict(config.commands)
    for name in names:
        command = resolve_command(config, name)
        fixed = {k: (cell[k],) if k in cell else v for k, v in command.matrix.items()}
        commands[name] = replace(command, matrix=fixed, like="", args=())
    return replace(config, commands=commands)
