"""A Ray node of one's own on loopback, as job scripts start it: imported by tests and by the programs they record."""

import contextlib
import os
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
    "RAY_raylet_start_wait_time_s": "120",
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


@contextlib.contextmanager
def ray_head(folder, cpus=3):
    """Yields the address of a node that is up.

    ``ray.init()`` alone gives Ray's agents 15 s to tell their ports, too few where eight things run at once; agents
    with ports of their own are not waited for.
    """
    os.environ.update(SETTINGS)
    ports = free_ports()
    options = [f"--{name}={port}" for name, port in zip(PORTS, ports, strict=True)]
    argv = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", f"--num-cpus={cpus}"]
    argv += ["--node-ip-address=127.0.0.1", "--object-store-memory=80000000", "--include-dashboard=false"]
    with subprocess.Popen([*argv, f"--temp-dir={folder}", *options], stdout=subprocess.PIPE, text=True) as head:
        try:
            assert any("Ray runtime started" in line for line in head.stdout), head.wait()
            yield f"127.0.0.1:{ports[0]}"
        finally:
            head.terminate()
            head.communicate()
