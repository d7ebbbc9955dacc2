"""Call Slurm's programs, and tell a refusal from a scheduler that is away."""

from __future__ import annotations

import os
import subprocess

from artifactpack.errors import InfrastructureError, InputError

_AWAY = ("Unable to contact", "Connection refused", "Socket timed out", "Zero Bytes", "Slurm backup controller")


def ask(program: str, *arguments: str, stdin: str = "") -> str:
    """What *program* printed; InputError where Slurm refuses, InfrastructureError where it does not answer."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("SLURM_", "SBATCH_", "SQUEUE_"))}
    environ |= {k: v for k, v in os.environ.items() if k == "SLURM_CONF"}
    try:
        done = subprocess.run(
            [program, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env=environ,
            timeout=120,
            check=False,
        )
    except FileNotFoundError:
        raise InputError(f"no `{program}` on this machine; run this on a login node of the cluster") from None
    except subprocess.TimeoutExpired:
        raise InfrastructureError(f"{program} gave no answer in 120 s") from None
    if done.returncode:
        why = done.stderr.strip().removeprefix(f"{program}: error: ").splitlines()
        text = why[0] if why else f"exit code {done.returncode}"
        if any(mark in done.stderr for mark in _AWAY):
            raise InfrastructureError(f"Slurm does not answer: {text}; `artifactpack record --attach` goes on later")
        raise InputError(f"Slurm refuses: {text}")
    return done.stdout
