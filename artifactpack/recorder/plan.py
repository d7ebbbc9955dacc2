"""What will run: commands × parameter grid × seeds × repeats, with every placeholder filled in."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from itertools import product

from artifactpack.errors import ConfigError
from artifactpack.models.config import Command, Config, Resources, Scalar, Slurm
from artifactpack.models.records import dump, record
from artifactpack.project.config import resolve_command as resolve
from artifactpack.recorder.fill import Filler, in_folder, is_path, kept_at, word
from artifactpack.recorder.typed import seconds

STATE = ".artifactpack/runs"
Key = tuple[str, str, int | None, int]


@record
class RunPlan:
    """One run to be: argv and paths are filled in, relative to the project; ``python`` in argv stays ``{python}``."""

    schema: str = "artifactpack.plan/1"
    id: str
    command: str
    argv: tuple[str, ...]
    cwd: str = "."
    env: dict[str, str] = field(default_factory=dict)
    cell: dict[str, Scalar] = field(default_factory=dict)
    seed: int | None = None
    repeat: int = 0
    attempt: int = 0
    tier: str = "train"
    out: str = ""
    metrics: tuple[str, ...] = ()
    patterns: dict[str, str] = field(default_factory=dict)
    weights: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    timeout: float | None = None
    resources: Resources = field(default_factory=Resources)
    slurm: Slurm = field(default_factory=Slurm)
    needs: tuple[str, ...] = ()
    pass_: tuple[str, ...] = ()
    command_digest: str = ""
    lock: str = ""

    @property
    def key(self) -> Key:
        """What makes two runs runs of the same thing: command, cell, seed, repeat."""
        return run_key(self.command, self.cell, self.seed, self.repeat)

    @property
    def label(self) -> str:
        """For people: ``train dataset=digits seed 3 repeat 1``."""
        cell = "".join(f" {k}={v}" for k, v in sorted(self.cell.items()))
        again = f" repeat {self.repeat}" if self.repeat else ""
        return f"{self.command}{cell} seed {self.seed}{again}"


def run_key(command: str, cell: Mapping[str, Scalar], seed: int | None, repeat: int) -> Key:
    """The identity of a run within its project."""
    return command, json.dumps(dict(sorted(cell.items())), sort_keys=True), seed, repeat


def plan_runs(
    config: Config,
    names: Iterable[str] = (),
    seeds: tuple[int, ...] | None = None,
    repeat: int | None = None,
    *,
    done: Mapping[Key, str] | None = None,
    attempts: Mapping[Key, int] | None = None,
    state: str = STATE,
    fresh_id: Callable[[str, int | None], str] | None = None,
) -> tuple[RunPlan, ...]:
    """The runs of the commands *names* (all when empty) and of what they need, needed ones first.

    *seeds* and *repeat* replace the configured ones. *done* maps the keys of current records to their ids: those
    are not planned again, but others may be paired with them. Raises ConfigError, which names every fault.
    """
    wanted = tuple(names) or tuple(config.commands)
    made = _Planner(config, seeds, repeat, dict(done or {}), dict(attempts or {}), state, fresh_id or new_id)
    for name in _ordered(config, wanted):
        made.add(name)
    if made.faults:
        raise ConfigError("; ".join(dict.fromkeys(made.faults)))
    return tuple(made.plans)


def new_id(command: str, seed: int | None) -> str:
    """A run id nobody has: readable, and safe as a folder's name."""
    safe = re.sub(r"[^A-Za-z0-9_-]", "_", command)[:40].lstrip("_-") or "run"
    import secrets

    return f"{safe}{'' if seed is None else f'-s{seed}'}-{secrets.token_hex(5)}"


def _ordered(config: Config, names: Iterable[str]) -> list[str]:
    """*names* and what they need, each after its needs; ConfigError for a circle."""
    order: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise ConfigError(f"commands.{name}.needs: a circle: {' → '.join((*path, name))}")
        for needed in resolve(config, name).needs:
            visit(needed, (*path, name))
        if name not in order:
            order.append(name)

    for name in names:
        visit(name, ())
    return order


class _Planner:
    def __init__(
        self,
        config: Config,
        seeds: tuple[int, ...] | None,
        repeat: int | None,
        done: dict[Key, str],
        attempts: dict[Key, int],
        state: str,
        fresh_id: Callable[[str, int | None], str],
    ) -> None:
        self.config, self.seeds, self.repeat = config, seeds, repeat
        self.done, self.attempts, self.state, self.fresh_id = done, attempts, state, fresh_id
        self.plans: list[RunPlan] = []
        self.ids: dict[Key, str] = {}
        self.faults: list[str] = []

    def add(self, name: str) -> None:
        command = resolve(self.config, name)
        digest = command_digest(command)
        repeats = max(1, command.repeat if self.repeat is None else self.repeat)
        for cell in self.cells(name):
            for seed, again in product(self.seeds_of(name), range(repeats)):
                key = run_key(name, cell, seed, again)
                known = self.done.get(key)
                if known is not None and not self._stale_needs(command, cell, seed, again):
                    self.ids[key] = known
                    continue
                self._plan(name, command, digest, cell, seed, again)

    def _stale_needs(self, command: Command, cell: dict[str, Scalar], seed: int, again: int) -> bool:
        """Whether a command that this one needs is about to run anew."""
        new = {plan.id for plan in self.plans}
        return any(self._partner(need, cell, seed, again) in new for need in command.needs)

    def cells(self, name: str) -> list[dict[str, Scalar]]:
        """The command's own grid times the grids of what it needs: a run is paired with one of the same cell."""
        axes: dict[str, tuple[Scalar, ...]] = {}
        for need in resolve(self.config, name).needs:
            for cell in self.cells(need):
                for key, value in cell.items():
                    axes[key] = tuple(dict.fromkeys((*axes.get(key, ()), value)))
        axes |= resolve(self.config, name).matrix
        return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]

    def seeds_of(self, name: str) -> tuple[int, ...]:
        """The seeds asked for; a command that needs another and names none of its own takes the other's."""
        command = resolve(self.config, name)
        if self.seeds is not None:
            return self.seeds
        if command.seeds == Command().seeds and command.needs:
            return self.seeds_of(command.needs[0])
        return command.seeds

    def _partner(self, need: str, cell: dict[str, Scalar], seed: int | None, again: int) -> str | None:
        """The run of *need* with the same seed and the same values of the cell keys that it has."""
        axes = self.cells(need)[0]
        mine = {key: cell[key] for key in axes if key in cell}
        for repeat in (again, 0):
            found = self.ids.get(run_key(need, mine, seed, repeat))
            if found is not None:
                return found
        return None

    def _plan(self, name: str, command: Command, digest: str, cell: dict[str, Scalar], seed: int, again: int) -> None:
        key = run_key(name, cell, seed, again)
        identity = self.fresh_id(name, seed)
        self.ids[key] = identity
        partners = {need: self._partner(need, cell, seed, again) for need in command.needs}
        for need, partner in partners.items():
            if partner is None:
                self.faults.append(f"commands.{name}.needs: {need} has no run of seed {seed}; record it with that seed")
        out = f"{self.state}/{identity}/out"
        values = self._values(cell, seed, again, out, partners)
        fill = Filler(self.config, name, values, self.faults)
        there = {k: tuple(in_folder(v, command.cwd) for v in vs) if is_path(k) else vs for k, vs in values.items()}
        words = Filler(self.config, name, there, self.faults)
        self.plans.append(
            RunPlan(
                id=identity,
                command=name,
                argv=tuple(words.argv(command.run)),
                cwd=command.cwd,
                env={k: words.text(v, f"env.{k}") for k, v in command.env.items()},
                cell=cell,
                seed=seed,
                repeat=again,
                attempt=self.attempts.get(key, 0),
                tier=command.tier,
                out=out,
                metrics=fill.paths(command.metrics, "metrics", command.cwd),
                patterns=command.patterns,
                weights=fill.paths(command.weights, "weights", command.cwd),
                outputs=fill.paths(command.outputs, "outputs", command.cwd),
                timeout=seconds(command.timeout, f"commands.{name}.timeout"),
                resources=command.resources,
                slurm=command.slurm,
                needs=tuple(p for p in partners.values() if p),
                pass_=self.config.environment.pass_,
                command_digest=digest,
            )
        )

    def _values(
        self,
        cell: dict[str, Scalar],
        seed: int,
        again: int,
        out: str,
        partners: dict[str, str | None],
    ) -> dict[str, tuple[str, ...]]:
        values: dict[str, tuple[str, ...]] = {"python": ("{python}",), "seed": (str(seed),), "out": (out,)}
        values["repeat"] = (str(again),)
        values |= {key: (word(value),) for key, value in cell.items()}
        for need, partner in partners.items():
            folder = f"{self.state}/{partner}/out"
            values[f"{need}.out"] = (folder,)
            inner = {k: v for k, v in values.items() if "." not in k} | {"out": (folder,)}
            filler = Filler(self.config, need, inner, self.faults)
            needed = resolve(self.config, need)
            paths = filler.paths(needed.weights, "weights", needed.cwd)
            values[f"{need}.weights"] = tuple(kept_at(path, f"{self.state}/{partner}") for path in paths)
        return values


_NOT_PART = {"seeds", "matrix", "repeat", "ship", "tier", "timeout", "slurm", "like", "args"}


def command_digest(command: Command) -> str:
    """SHA-256 of what in a command's table changes a run; seeds and grid only say which runs there are."""
    part = {key: value for key, value in dump(command).items() if key not in _NOT_PART}
    return hashlib.sha256(json.dumps(part, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
