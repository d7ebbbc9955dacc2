"""A Ray node of one's own on loopback, as job scripts start it: imported by tests and by the programs they record."""

import contextlib
import os
import signal
import socket
import subprocess
import sys

PORTS = (
    "port",
    "metrics-export-port",
    "dashboard-agent-grpc-port",
    "dashboard-agent-listen-port",
    "runtime-env-agent-port",
)
SETTINGS = {
    "RAY_raylet_start_wait_time_s": "20",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "disabled",
    "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S": "0",
}


def free_ports():
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports


def start(folder, cpus):
    """One try to start a node: its process and its port once it is up, else None."""
    ports = free_ports()
    options = [f"--{name}={port}" for name, port in zip(PORTS, ports, strict=True)]
    argv = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", f"--num-cpus={cpus}"]
    argv += ["--node-ip-address=127.0.0.1", "--object-store-memory=80000000", "--include-dashboard=false"]
    argv += [f"--temp-dir={folder}", *options]
    head = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, start_new_session=True)
    if any("Ray runtime started" in line for line in head.stdout):
        return head, ports[0]
    head.communicate()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(head.pid, signal.SIGKILL)
    return None


@contextlib.contextmanager
def ray_head(folder, cpus=3):
    """Yields the address of a node that is up; one that is not up in Ray's 15 s, as on a busy machine, is started
    again, four times."""
    os.environ.update(SETTINGS)
    up = next(filter(None, (start(folder, cpus) for _ in range(5))), None)
    assert up, "no Ray node came up in five tries"
    head, port = up
    try:
        yield f"127.0.0.1:{port}"
    finally:
        head.terminate()
        head.communicate()
