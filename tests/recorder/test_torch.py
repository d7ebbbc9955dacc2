"""Real torch runs: seen as they are, and bit for bit what they are without us."""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import textwrap

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed"),
]

TRAIN = """
import random, sys
import numpy as np
import torch
from torch import nn

def seed_all(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)

class Data(torch.utils.data.Dataset):
    def __len__(self):
        return 160
    def __getitem__(self, i):
        return torch.randn(8) + torch.from_numpy(np.random.rand(8)).float(), i % 2

if __name__ == "__main__":
    seed_all(5)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    own = torch.Generator().manual_seed(6)
    net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 2))
    opt = torch.optim.Adam(net.parameters(), lr=0.01)
    loader = torch.utils.data.DataLoader(Data(), batch_size=8, shuffle=True, num_workers=2, generator=own)
    for epoch in range(2):
        for x, y in loader:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = nn.functional.cross_entropy(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
    from safetensors.torch import save_file
    save_file(net.state_dict(), sys.argv[1])
    torch.save(net.state_dict(), sys.argv[1] + ".pt")
    print("loss", loss.item(), random.random(), np.random.rand(), torch.rand(1).item())
"""


def plain(root, *argv):
    """The same program without the recorder."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("ARTIFACTPACK")}
    return subprocess.run([sys.executable, *argv], cwd=root, env=environ, capture_output=True, text=True, check=True)


def test_recorded_run_is_bit_identical_and_fully_seen(run):
    record = run(
        {"train.py": TRAIN},
        "{python}",
        "train.py",
        "{out}/w",
        weights=("{out}/w.pt",),
        patterns={"loss": r"loss (\S+)"},
    )
    assert record.state == "finished", record.tail
    there = plain(run.root, "train.py", "w")
    ours = {name: hashlib.sha256((run.folder / "out" / name).read_bytes()).hexdigest() for name in ("w", "w.pt")}
    theirs = {name: hashlib.sha256((run.root / name).read_bytes()).hexdigest() for name in ("w", "w.pt")}
    assert ours == theirs
    assert (run.folder / "log.txt").read_text() == there.stdout

    told = {(s.rng, s.value, s.line) for s in record.seedings if not s.process}
    lines = TRAIN.split("\n")
    for rng, call, value in (
        ("random", "random.seed(seed)", 5),
        ("numpy", "np.random.seed(seed)", 5),
        ("torch", "torch.manual_seed(seed)", 5),
        ("torch.Generator", "own = torch.Generator().manual_seed(6)", 6),
    ):
        assert (rng, value, next(n for n, text in enumerate(lines, 1) if text.strip() == call)) in told
    assert not [s for s in record.seedings if s.line and s.drawn_before and not s.process]

    settings = {s.name: (s.at_start, s.at_exit) for s in record.settings}
    assert settings["torch.use_deterministic_algorithms"] == (True, True)
    assert settings["torch.num_threads"] == (1, 1)
    assert settings["torch.dataloader.workers"][0] == 2
    assert "bfloat16" in settings["torch.amp"][0]
    assert record.operators[
        "aten.native_dropout.default" if "aten.native_dropout.default" in record.operators else "aten.bernoulli_.float"
    ]
    assert record.processes == 5  # the program and two workers in each of two epochs
    assert {s.process for s in record.seedings if s.rng == "torch"} == set(range(5))
    (weights,) = record.weights
    assert (weights.parameters, weights.dtypes, weights.safety) == (8 * 16 + 16 + 16 * 2 + 2, ("float32",), "safe")
    assert {p.name for p in record.packages} >= {"torch", "numpy", "safetensors"}
    assert [m.name for m in record.metrics] == ["loss"]


def test_torchrun_ranks_are_seen(run):
    text = """
        import os, random, torch
        import torch.distributed as dist
        dist.init_process_group("gloo")
        torch.manual_seed(100 + dist.get_rank())
        net = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(2, 2))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(3):
            net(torch.ones(1, 2)).sum().backward(); opt.step(); opt.zero_grad()
        dist.destroy_process_group()
    """
    argv = ("{python}", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "a.py")
    record = run({"a.py": textwrap.dedent(text).lstrip()}, *argv)
    assert record.state == "finished", record.tail
    assert record.ranks == 2
    assert record.unseeded == (), record.unseeded  # torchrun itself draws the name of its rendezvous
    assert {s.value for s in record.seedings if s.rng == "torch" and s.path == "a.py"} == {100, 101}


@pytest.mark.exhaustive
def test_compiled_programs_are_left_alone(run):
    text = """
        import torch
        net = torch.nn.Linear(2, 2)
        fast = torch.compile(net, backend="eager")
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(30):
            fast(torch.ones(1, 2)).sum().backward(); opt.step(); opt.zero_grad()
        import torch._dynamo.utils as u
        print("frames", u.counters["stats"]["unique_graphs"])
    """
    record = run({"a.py": textwrap.dedent(text).lstrip()}, "{python}", "a.py")
    assert record.state == "finished", record.tail
    assert record.operators == {}
    assert "frames 1" in (run.folder / "log.txt").read_text()


def test_a_programs_own_modes_and_hooks_go_on(run):
    text = """
        import torch
        from torch.utils._python_dispatch import TorchDispatchMode
        seen = []
        class Mine(TorchDispatchMode):
            def __torch_dispatch__(self, func, types, args=(), kwargs=None):
                seen.append(func)
                return func(*args, **(kwargs or {}))
        from torch.optim.optimizer import register_optimizer_step_pre_hook
        register_optimizer_step_pre_hook(lambda *a: None)
        net = torch.nn.Linear(2, 2)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for step in range(40):
            with Mine():
                net(torch.ones(1, 2)).sum().backward()
                opt.step()
            opt.zero_grad()
        from torch.utils._python_dispatch import _get_current_dispatch_mode_stack as stack
        print(len(seen) > 40, stack())
    """
    record = run({"a.py": textwrap.dedent(text).lstrip()}, "{python}", "a.py")
    assert record.state == "finished", record.tail
    assert (run.folder / "log.txt").read_text().strip() == "True []"


def test_nothing_of_the_census_stays(run):
    """After its twenty steps torch dispatches as it did: no mode, no key, no wrapped step, one hook that returns."""
    text = """
        import torch
        from torch.optim import optimizer
        from torch.utils._python_dispatch import _get_current_dispatch_mode_stack as stack
        from torch._C import _dispatch_tls_local_include_set as include, _dispatch_tls_local_exclude_set as exclude
        before = str(include()), str(exclude())
        net = torch.nn.Linear(2, 2)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        during = []
        for step in range(30):
            net(torch.ones(1, 2)).sum().backward()
            opt.step()
            during.append(len(stack()))
            opt.zero_grad()
        print(during == [1] * 20 + [0] * 10, (str(include()), str(exclude())) == before)
        print(len(optimizer._global_optimizer_pre_hooks), len(optimizer._global_optimizer_post_hooks))
        print(net._forward_hooks, net._forward_pre_hooks, torch.nn.Module.__call__.__module__)
    """
    record = run({"a.py": textwrap.dedent(text).lstrip()}, "{python}", "a.py")
    assert record.state == "finished", record.tail
    assert (run.folder / "log.txt").read_text().splitlines() == [
        "True True",
        "1 0",
        "OrderedDict() OrderedDict() torch.nn.modules.module",
    ]


def test_files_read_by_rust_are_seen_and_cuda_is_not_started(run):
    text = """
        import torch
        from safetensors.torch import load_file, save_file
        load_file("w.safetensors")
        opt = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1)
        opt.step()
        print(torch.cuda.is_initialized())
    """
    empty = b"\x02\0\0\0\0\0\0\0{}"
    record = run({"a.py": textwrap.dedent(text).lstrip(), "w.safetensors": empty}, "{python}", "a.py")
    assert (run.folder / "log.txt").read_text().strip() == "False", record.tail
    assert "w.safetensors" in {use.path for use in record.read}


def test_tf32_is_told_whichever_way_it_was_set(run):
    """Where a program uses the newer names, the older ones raise."""
    torch = pytest.importorskip("torch")
    if not hasattr(torch.backends.cuda.matmul, "fp32_precision"):
        pytest.skip("this torch has only the older names")
    text = """
        import torch
        torch.backends.cuda.matmul.fp32_precision = "tf32"
        torch.backends.cudnn.conv.fp32_precision = "ieee"
        opt = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1)
        opt.step()
    """
    record = run({"a.py": textwrap.dedent(text).lstrip()}, "{python}", "a.py")
    assert (run.folder / "log.txt").read_text() == "", record.tail
    settings = {s.name: s.at_start for s in record.settings}
    assert settings["torch.matmul.allow_tf32"] is True
    assert settings["torch.matmul.fp32_precision"] == "tf32"
    assert settings["torch.cudnn.conv.fp32_precision"] == "ieee"


def test_cuda_facts(run):
    """Needs a graphics card; none is started by the recorder itself."""
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    text = """
        import torch
        torch.manual_seed(1)
        torch.cuda.manual_seed_all(2)
        torch.backends.cuda.matmul.allow_tf32 = True
        net = torch.nn.Linear(64, 64).cuda()
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(3):
            net(torch.randn(8, 64, device="cuda")).sum().backward(); opt.step()
    """
    record = run({"a.py": textwrap.dedent(text).lstrip()}, "{python}", "a.py")
    assert record.state == "finished", record.tail
    (gpu, *_) = record.hardware.gpus
    assert gpu.name and gpu.memory > 0 and gpu.peak > 0 and gpu.cuda and gpu.cudnn
    settings = {s.name: s.at_start for s in record.settings}
    assert settings["torch.matmul.allow_tf32"] is True
    assert settings["torch.cudnn.benchmark"] is False
    assert ("torch.cuda", 2) in {(s.rng, s.value) for s in record.seedings}


def test_logged_metrics_arrive(run):
    text = "import artifactpack\nfor i in range(3):\n    artifactpack.log_metric('acc', i / 10, i)\n"
    record = run({"a.py": text}, "{python}", "a.py")
    assert [(m.name, m.last, m.count) for m in record.metrics] == [("acc", 0.2, 3)]
    assert json.loads((run.folder / "metrics.json").read_text()) == {"acc": [[0.0, 0.0], [1.0, 0.1], [2.0, 0.2]]}
