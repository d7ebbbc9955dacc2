# ruff: noqa: E501 - programs in strings
"""Reading weights without loading them, against torch and sha256: `python benchmarks/weights.py > benchmarks/weights.md`.

Every figure is a ratio of whole-process wall times (imports included), medians of interleaved rounds; the file is in
the page cache. Memory is the peak resident set above an interpreter that only imports the reader.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIST = "from pathlib import Path; import sys; from artifactpack.scan.weights import inspect; r = inspect(Path(sys.argv[1]), hashes='none'); assert len(r.tensors) == 64 and r.safety == 'safe'"
TENSORS = LIST.replace("'none'", "'tensors'")
BOTH = LIST.replace("'none'", "'both'")
IMPORT = "import artifactpack.scan.weights"
TORCH = "import sys, torch; s = torch.load(sys.argv[1], weights_only=True); assert len(s) == 64"
SHA256 = "import hashlib, sys; print(hashlib.file_digest(open(sys.argv[1], 'rb'), 'sha256').hexdigest())"
CASES = {"list": LIST, "tensors": TENSORS, "both": BOTH, "torch.load": TORCH, "sha256": SHA256}
CLAIMS = (
    ("list", "torch.load", 0.03, "tensors listed and judged, against `torch.load`"),
    ("tensors", "sha256", 1.05, "a SHA-256 for each tensor, against hashing the file"),
    ("both", "sha256", 0.0, "the file's hash and every tensor's, two threads, against hashing the file"),
)
MAKE = (
    "import sys, torch; torch.save({f'layer{n}.weight': torch.rand(int(sys.argv[2])) for n in range(64)}, sys.argv[1])"
)


def run(code: str, *arguments: str) -> float:
    """Seconds that a fresh interpreter takes for *code*."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def peak(code: str, *arguments: str) -> int:
    """Peak resident bytes of a fresh interpreter that runs *code*."""
    tell = f"{code}\nimport resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    done = subprocess.run([sys.executable, "-c", tell, *arguments], check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1]) * 1024


def measure(file: Path, rounds: int) -> dict[str, float]:
    """Median seconds by case, the cases taking turns."""
    times: dict[str, list[float]] = {name: [] for name in CASES}
    for number in range(rounds + 1):
        for name, code in CASES.items():
            took = run(code, str(file))
            if number:  # the first round warms the cache
                times[name].append(took)
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> int:
    """Print the table; exit 1 when a claim does not hold."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--gib", type=float, default=1.0)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--place", default=None)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.place) as folder:
        file = Path(folder) / "weights.pt"
        subprocess.run([sys.executable, "-c", MAKE, str(file), str(int(asked.gib * (1 << 30)) // 256)], check=True)
        seconds = measure(file, asked.rounds)
        above = (peak(TENSORS, str(file)) - peak(IMPORT)) / (1 << 20)
    print(f"# Reading {asked.gib:g} GiB of weights without torch\n")
    print(f"{platform.machine()}, Python {platform.python_version()}, {asked.rounds} interleaved rounds\n")
    print("| what | ratio | limit | holds |\n|---|---|---|---|")
    fine = True
    for name, against, limit, words in CLAIMS:
        ratio = seconds[name] / seconds[against]
        holds = not limit or ratio <= limit
        fine = fine and holds
        print(f"| {words} | {ratio:.3f} | {limit or '–'} | {'yes' if holds else 'NO'} |")
    fine = fine and above <= 32
    print(f"| peak memory above start-up, MB | {above:.1f} | 32 | {'yes' if above <= 32 else 'NO'} |")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
