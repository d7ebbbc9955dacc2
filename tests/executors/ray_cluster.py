"""A Ray cluster of two nodes on loopback, in a network and process namespace of its own (it listens on all)."""

import sys
import time

from tests.executors.slurm_cluster import Cluster as Namespace

UP = """
set -e
ip link set lo up
ip addr add 10.255.255.1/24 dev lo
# With ports of their own the agents are not waited for: a busy machine takes longer than Ray's 15 s to start them.
node() {{ base=$1; shift; {python} -m ray.scripts.scripts start --block \
  --node-ip-address=127.0.0.1 --num-cpus=1 --num-gpus=1 --object-store-memory=80000000 \
  --metrics-export-port=$((base + 1)) --dashboard-agent-grpc-port=$((base + 2)) \
  --dashboard-agent-listen-port=$((base + 3)) --runtime-env-agent-port=$((base + 4)) "$@"; }}
node 21000 --head --port=6379 --include-dashboard=false --temp-dir={root}/ray \
  --min-worker-port=20100 --max-worker-port=20199 >{root}/log/head 2>&1 &
for _ in $(seq 300); do (exec 3<>/dev/tcp/127.0.0.1/6379) 2>/dev/null && break; sleep 0.1; done
node 22000 --address=127.0.0.1:6379 --min-worker-port=20200 --max-worker-port=20299 >{root}/log/second 2>&1 &
echo $! >{root}/second.pid
exec sleep 1000000
"""


class Cluster(Namespace):
    """Like the Slurm one: ``run`` and ``start`` execute inside."""

    def __init__(self, root):
        super().__init__(root)
        self.environ |= {"RAY_ADDRESS": "127.0.0.1:6379", "RAY_USAGE_STATS_ENABLED": "0", "TMPDIR": "/tmp"}
        self.environ["RAY_AUTH_MODE"] = "disabled"  # nothing outside the namespace can reach it
        self.environ["RAY_raylet_start_wait_time_s"] = "120"  # a busy machine is slow, not broken
        self.environ.pop("SLURM_CONF")

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
