"""Programs that spread over Ray's workers: one run, with what each rank said of itself."""

import importlib.util
import shutil
import tempfile
import textwrap
from pathlib import Path

import pytest

from tests.recorder import ray_head

HEAD = Path(ray_head.__file__).read_text()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the ray extra is not installed"),
]


@pytest.fixture
def short():
    """A folder whose path leaves room for the names of Ray's sockets."""
    folder = tempfile.mkdtemp(prefix="r")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.exhaustive  # two minutes, most of them Ray's start
def test_the_ranks_of_ray_train_are_one_run(run, short):
    """The program starts Ray itself; Ray kills its workers at the end, and the record has their word all the same."""
    for name in ("torch", "pandas", "pyarrow"):
        pytest.importorskip(name, reason=f"ray.train needs {name}")
    text = """
        import json, os, sys

        def work(config):
            import torch
            from ray import train
            rank = train.get_context().get_world_rank()
            torch.manual_seed(100 + rank)
            x = torch.rand(4)
            torch.distributed.all_reduce(x)
            if rank == 0:
                with open(config["out"] + "/metrics.json", "w") as file:
                    json.dump({"loss": float(x.sum())}, file)
            train.report({"loss": float(x.sum())})

        if __name__ == "__main__":
            out, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
            import ray
            from ray.train import RunConfig, ScalingConfig
            from ray.train.torch import TorchConfig, TorchTrainer
            from head import ray_head
            with ray_head(folder) as address:
                ray.init(address)
                TorchTrainer(
                    work,
                    train_loop_config={"out": out},
                    torch_config=TorchConfig(backend="gloo"),
                    scaling_config=ScalingConfig(num_workers=2),
                    run_config=RunConfig(storage_path=folder + "/results"),
                ).fit()
                ray.shutdown()
    """
    argv = ("{python}", "fit.py", "{out}", short)
    files = {"fit.py": textwrap.dedent(text).lstrip(), "head.py": HEAD}
    record = run(files, *argv, metrics=("{out}/metrics.json",))
    assert record.state == "finished", record.tail
    assert record.ranks == 2
    seeds = [s for s in record.seedings if s.rng == "torch" and s.path == "fit.py"]
    assert sorted(s.value for s in seeds) == [100, 101]
    assert len({s.process for s in seeds}) == 2
    assert [m.name for m in record.metrics] == ["loss"]
    assert "Ray" not in " ".join(record.not_observed)


def test_workers_of_a_cluster_that_was_there_before_are_not_observed(run, short):
    text = """
        import json, random, sys
        import ray

        @ray.remote
        def work():
            random.seed(7)
            return random.random()

        ray.init(sys.argv[2])
        with open(sys.argv[1] + "/metrics.json", "w") as file:
            json.dump({"score": ray.get(work.remote())}, file)
    """
    with ray_head.ray_head(short) as address:
        files = {"a.py": textwrap.dedent(text).lstrip()}
        record = run(files, "{python}", "a.py", "{out}", address, metrics=("{out}/metrics.json",))
    assert record.state == "finished", record.tail
    assert [m.name for m in record.metrics] == ["score"]
    assert not record.seedings
    assert "none of Ray's workers reported" in " ".join(record.not_observed)
