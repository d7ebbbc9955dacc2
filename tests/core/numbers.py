"""Run records and claims from bare numbers, for tests of statistics."""

from artifactpack.models.config import Claim
from artifactpack.models.run import Metric, RunRecord


def run(command, seed, repeat=0, cell=None, state="finished", **metrics):
    """A record of *command* that gave *metrics*."""
    return RunRecord(
        id=f"{command}-{seed}-{repeat}-{'-'.join(map(str, (cell or {}).values()))}",
        command=command,
        seed=seed,
        repeat=repeat,
        cell=cell or {},
        state=state,
        metrics=tuple(Metric(name=n, last=v, minimum=v, maximum=v) for n, v in metrics.items()),
    )


def runs(command, seeds, values, metric="acc", **more):
    """One record a seed."""
    return tuple(run(command, s, **{metric: v}, **more) for s, v in zip(seeds, values, strict=True))


def claim(identity="C1", metric="train:acc", **more):
    """A claim about a metric unless it ``holds``."""
    return Claim(id=identity, metric="" if "holds" in more else metric, **more)
