"""Trees of very many files: read to their end, in proportion, in bounded memory."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys

import pytest

KINDS = {
    "py": "import torch\nimport numpy as np\n\ndef main(seed=1):\n    torch.manual_seed(seed)\n    np.random.rand(3)\n"
    "    loss.backward()\n\nif __name__ == '__main__':\n    main()\n",
    "md": "# Title\n\nTrain with `python train.py --seed 1` on a V100.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "json": '{"seed": 1, "lr": 0.1}\n',
    "yaml": "seed: 1\nmodel:\n  dim: 3\n",
    "sh": "#!/bin/bash\n#SBATCH --gres=gpu:1\npython train.py --seed 1\n",
    "ipynb": '{"cells":[{"cell_type":"code","source":["import torch\\n"],"outputs":[]}],"metadata":{},"nbformat":4}',
    "txt": "torch==1.0\nnumpy\n",
    "csv": "epoch,acc\n1,0.3\n",
    "bin": "xxxx",
}


def grown(root, count):
    """A tree of *count* files of every kind, a thousand a folder."""
    kinds = list(KINDS.items())
    (root / "README.md").write_text("# x\n\n`python train.py`\n")
    for number in range(count - 1):
        ending, text = kinds[number % len(kinds)]
        folder = root / f"d{number // 1000}"
        folder.mkdir(exist_ok=True)
        name = {"txt": f"requirements{number}.txt", "py": f"run{number}.py"}.get(ending, f"f{number}.{ending}")
        (folder / name).write_text(f"{text}# {number}\n" if ending in ("py", "sh", "yaml") else text)
    return root


def cost(root, cache):
    """Processor seconds of a cold check, and how many files it saw."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "artifactpack", "check", str(root), "--format", "json", "--fail-on", "never"]
    done = subprocess.run(command, env=os.environ | {"XDG_CACHE_HOME": str(cache)}, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, json.loads(done.stdout)["project"]["files"]


@pytest.mark.slow
def test_four_times_the_files_cost_four_times_the_time(tmp_path):
    spent = []
    for count in (1_500, 6_000):
        (root := tmp_path / str(count)).mkdir()
        seconds, files = cost(grown(root, count), tmp_path / f"cache{count}")
        assert files == count
        spent.append(seconds)
    assert spent[1] < 6 * spent[0]


@pytest.mark.exhaustive
@pytest.mark.timeout(1_800)
def test_a_hundred_thousand_files(tmp_path):
    (root := tmp_path / "tree").mkdir()
    seconds, files = cost(grown(root, 100_000), tmp_path / "cache")
    assert files == 100_000
    assert seconds < 120
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 500 << 10
