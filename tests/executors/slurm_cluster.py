"""A Slurm cluster of two virtual nodes with a fake GPU each, in a network and process namespace of its own.

Nothing is reachable from outside, and every daemon dies with the namespace's first process.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

CONF = """
ClusterName=artifactpack-test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={root}/munge/socket
CredType=cred/munge
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation={root}/state
SlurmdSpoolDir={root}/spool/%n
SlurmctldPidFile={root}/slurmctld.pid
SlurmdPidFile={root}/slurmd.%n.pid
SlurmctldLogFile={root}/log/slurmctld.log
SlurmdLogFile={root}/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
MpiDefault=none
ReturnToService=2
SlurmdTimeout=5
KillWait=2
JobRequeue=1
GresTypes=gpu
NodeName=n[1-2] NodeHostname={host} NodeAddr=127.0.0.1 Port=[17001-17002] CPUs=1 RealMemory=2000 Gres=gpu:1
PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
UP = """
set -e
ip link set lo up
ip addr add 10.255.255.1/24 dev lo  # without an address that is not 127.0.0.1, Slurm cannot even resolve that
/usr/sbin/munged --force --socket={root}/munge/socket --key-file={root}/munge/key --pid-file={root}/munge/pid \
  --log-file={root}/munge/log --seed-file={root}/munge/seed
/usr/sbin/slurmctld -c -i
for node in n1 n2; do /usr/sbin/slurmd -N $node; done
exec sleep 1000000
"""


class Cluster:
    """Start with ``with Cluster(folder) as cluster``; ``run`` and ``python`` execute inside."""

    def __init__(self, root):
        self.root = root
        self.environ = {**os.environ, "SLURM_CONF": f"{root}/slurm.conf", "ARTIFACTPACK_GRACE": "2"}
        self.environ["PATH"] = f"{os.environ['PATH']}:/usr/sbin:/sbin"

    def prepare(self):
        """Write the configuration; returns the script of the namespace's first process."""
        for name in ("state", "spool", "log", "munge"):
            (self.root / name).mkdir(parents=True)
        (self.root / "munge" / "key").write_bytes(os.urandom(1024))
        (self.root / "munge" / "key").chmod(0o600)
        host = os.uname().nodename.split(".")[0]
        (self.root / "slurm.conf").write_text(CONF.format(host=host, root=self.root))
        (self.root / "gres.conf").write_text("NodeName=n[1-2] Name=gpu File=/dev/null\n")
        return UP.format(root=self.root)

    def __enter__(self):
        up = self.prepare()
        script = self.root / "up.sh"
        script.write_text(up)
        isolated = ["unshare", "-n", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", str(script)]
        with (self.root / "log" / "up.log").open("wb") as log:
            self.process = subprocess.Popen(isolated, env=self.environ, stdout=log, stderr=log, start_new_session=True)
        try:
            self.pid = self._first()
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def wait(self):
        """Until both nodes are there."""
        deadline = time.monotonic() + 60
        while self.run("sinfo", "-h", "-N", "-o", "%T", check=False).stdout.split() != ["idle", "idle"]:
            assert self.process.poll() is None, self.story()
            assert time.monotonic() < deadline, self.story()
            time.sleep(0.1)

    def _first(self):
        """The process that is number one in there, as seen from here."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        deadline = time.monotonic() + 30
        while not children.read_text().split():
            assert time.monotonic() < deadline, self.story()
            time.sleep(0.05)
        return children.read_text().split()[0]

    def story(self):
        """What the daemons wrote, for a failed test."""
        return "\n".join(f"{p.name}:\n{p.read_text(errors='replace')[-2000:]}" for p in (self.root / "log").iterdir())

    def inside(self, *argv):
        return ["nsenter", "-t", self.pid, "-n", "-p", "-m", *argv]

    def run(self, *argv, check=True, timeout=60, cwd=None):
        done = subprocess.run(
            self.inside(*argv), env=self.environ, capture_output=True, text=True, timeout=timeout, cwd=cwd, check=False
        )
        assert not check or done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}\n{self.story()}"
        return done

    def start(self, *argv, cwd=None):
        """Run *argv* in the background."""
        pipe = subprocess.PIPE
        return subprocess.Popen(self.inside(*argv), env=self.environ, stdout=pipe, stderr=pipe, text=True, cwd=cwd)

    def record(self, *options):
        return (sys.executable, "-m", "artifactpack", "record", *options)

    def kill(self, name):
        """Kill -9 what wrote the pid file *name*."""
        self.run("kill", "-9", (self.root / name).read_text().strip())

    def lose(self, node, job):
        """Kill -9 all that runs on *node*: its daemon and, at once, its *job*; and let the scheduler know of it."""
        self.kill(f"slurmd.{node}.pid")
        step = f"cd /proc; for p in [0-9]*; do grep -q 'slurmstepd: .{job}[.]' $p/cmdline && kill -9 $p; done; true"
        self.run("bash", "-c", f"{{ {step}; }} 2>/dev/null")
        mark = f"SLURMD_NODENAME={node}"
        script = f"cd /proc; for p in [0-9]*; do tr '\\0' '\\n' <$p/environ | grep -qx {mark} && kill -9 $p; done; true"
        self.run("bash", "-c", f"{{ {script}; }} 2>/dev/null")
        self.run("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=lost")  # it finds out in 30 s itself


def missing():
    """Why there can be no cluster here, or ""."""
    if os.geteuid() != 0:
        return "needs root for namespaces and slurmd"
    lacking = [p for p in ("unshare", "nsenter", "ip") if not shutil.which(p, path="/usr/sbin:/usr/bin:/sbin:/bin")]
    return f"missing: {', '.join(lacking)}" if lacking else ""
