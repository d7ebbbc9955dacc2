"""A Ray cluster of two nodes on loopback, in a network and process namespace of its own (it listens on all)."""

import contextlib
import fcntl
import sys
import tempfile
import time
from pathlib import Path

from tests.executors.slurm_cluster import Cluster as Namespace

UP = """
ip link set lo up
ip addr add 10.255.255.1/24 dev lo
# A node that is not up in Ray's 15 s, as on a busy machine, ends itself: it is started again, four times.
node() {{
  local log={root}/log/$1 base=$2 name=$1; shift 2
  for try in 1 2 3 4 5; do
    {python} -m ray.scripts.scripts start --block \
      --node-ip-address=127.0.0.1 --num-cpus=1 --num-gpus=1 --object-store-memory=80000000 \
      --metrics-export-port=$((base + 1)) --dashboard-agent-grpc-port=$((base + 2)) \
      --dashboard-agent-listen-port=$((base + 3)) --runtime-env-agent-port=$((base + 4)) "$@" >$log 2>&1
    grep -q "Ray runtime started" $log && break
    [ $name = head ] && {python} -m ray.scripts.scripts stop --force >>{root}/log/stopped 2>&1
  done
}}
node head 21000 --head --port=6379 --include-dashboard=false --temp-dir={root}/ray \
  --min-worker-port=20100 --max-worker-port=20199 &
until grep -qs "Ray runtime started" {root}/log/head; do sleep 0.2; done
node second 22000 --address=127.0.0.1:6379 --min-worker-port=20200 --max-worker-port=20299 &
echo $! >{root}/second.pid
exec sleep 1000000
"""


@contextlib.contextmanager
def alone():
    """Two clusters that start at once on two cores are too slow for Ray: whoever comes second waits."""
    with (Path(tempfile.gettempdir()) / "ray-start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Cluster(Namespace):
    """Like the Slurm one: ``run`` and ``start`` execute inside."""

    def __init__(self, root):
        super().__init__(root)
        self.environ |= {"RAY_ADDRESS": "127.0.0.1:6379", "RAY_USAGE_STATS_ENABLED": "0", "TMPDIR": "/tmp"}
        self.environ["RAY_AUTH_MODE"] = "disabled"  # nothing outside the namespace can reach it
        self.environ["RAY_raylet_start_wait_time_s"] = "20"
        self.environ.pop("SLURM_CONF")

    def __enter__(self):
        with alone():
            return super().__enter__()

    def prepare(self):
        (self.root / "log").mkdir(parents=True)
        return UP.format(root=self.root, python=sys.executable)

    def wait(self):
        deadline = time.monotonic() + 240
        while not all(self._says(name, "Ray runtime started") for name in ("head", "second")):
            assert self.process.poll() is None, self.story()
            assert time.monotonic() < deadline, self.story()
            time.sleep(0.2)

    def _says(self, name, text):
        log = self.root / "log" / name
        return log.exists() and text in log.read_text(errors="replace")

    def lose_second(self):
        """Kill -9 everything of the second node, as a power cut would: its daemons and what they started."""
        first = (self.root / "second.pid").read_text().strip()
        tree = "t() { for c in $(cat /proc/$1/task/*/children 2>/dev/null); do t $c; done; kill -9 $1; }; t " + first
        self.run("bash", "-c", tree + " 2>/dev/null; true")
