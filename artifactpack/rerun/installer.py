"""Install pins into an environment with uv or pip; what cannot be had is named, package by package, with its reason."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from artifactpack.errors import InfrastructureError
from artifactpack.rerun.indexes import Indexes, configured, for_uv
from artifactpack.rerun.interpreters import Interpreter
from artifactpack.rerun.lock import Pin

ONLY_SOURCE = "there is only its source, and building that runs its code outside of any sandbox"
OWN_SCRIPTS = "its packages run scripts of their own outside of any sandbox when they are installed"
_TIMEOUT = 1800
_ADDRESSES = 6  # of one package that are tried


class Installer:
    """Installs pins into one environment with uv or pip, from a wheelhouse or this machine's indexes.

    Both are told of *base*, the interpreter that the environment at *prefix* was made of, and never start the one that
    is in there: what was installed a moment ago would run with it.
    """

    def __init__(
        self,
        prefix: Path,
        base: Interpreter,
        uv: str | None,
        wheels: Path | None,
        network: bool,
        deps: bool = False,
        sources: bool = False,
    ) -> None:
        self.only_wheels = [] if sources else ["--only-binary", ":all:"]
        self.prefix, self.base, self.uv, self.wheels, self.network = prefix, base, uv, wheels, network
        self.deps = deps
        self._indexes: Indexes | None = None

    def install(self, pins: Sequence[Pin]) -> tuple[list[str], list[str]]:
        """Install *pins* all at once; where that fails, find out which ones cannot be and install the others.

        Returns what is missing, each with its reason, and warnings about what was replaced.
        """
        done = self._install(pins)
        if done.returncode == 0:
            return [], []
        missing, warnings, possible = [], [], []
        for pin in pins:
            choice, reason = self._possible(pin)
            if choice is None:
                missing.append(f"{pin.name}=={pin.version} ({reason})")
                continue
            if choice.url:
                warnings.append(
                    f"{pin.name} {pin.version} from the lock's own address, no index here has it: {choice.url}"
                )
            elif choice is not pin:
                warnings.append(f"{choice.name} {choice.version} instead of {pin.version}")
            possible.append(choice)
        again = self._install(possible) if possible else done
        if again.returncode and possible:
            missing += self._one_by_one(possible)
        elif not missing and not warnings:
            warnings.append("the first attempt to install failed, the second did not")
        return missing, warnings

    def _one_by_one(self, pins: Sequence[Pin]) -> list[str]:
        """Install each alone, for what only shows when it is done (a wheel that is not the locked one)."""
        missing = []
        for pin in pins:
            done = self._install([pin])
            if done.returncode:
                wrong = "mismatch" in done.stderr.lower() or "do not match" in done.stderr.lower()
                reason = "its hash is not the locked one" if wrong else last_line(done.stderr)
                missing.append(f"{pin.name}=={pin.version} ({reason})")
        return missing or ["the packages together (they can only be installed one by one)"]

    def _possible(self, pin: Pin) -> tuple[Pin | None, str]:
        """*pin* if it alone can be had, else from where the lock says it lay, else the same version without its local
        label (``+cpu``), else why not."""
        done = self._install([pin], dry=True)
        if done.returncode == 0:
            return pin, ""
        for url in self._addresses(pin):
            there = replace(pin, url=url)
            if self._install([there], dry=True).returncode == 0:
                return there, ""
        public = pin.version.split("+")[0]
        if public != pin.version:
            other = Pin(name=pin.name, version=public, marker=pin.marker)
            if self._install([other], dry=True).returncode == 0:
                return other, ""
        return None, self._why(pin, done.stderr)

    def _why(self, pin: Pin, told: str) -> str:
        """Why *pin* alone cannot be had: for want of a wheel, which building would mend and must not, or else."""
        only_source = pin.source or "no usable wheels" in told
        return ONLY_SOURCE if only_source and self.only_wheels else last_line(told)

    def _addresses(self, pin: Pin) -> Iterator[str]:
        """The lock's own addresses of wheels for this system; only with a hash, which makes them safe to ask."""
        if self.wheels is None and self.network and pin.hashes and not self.indexes.none:
            yield from islice((url for url in pin.urls if fits(url, self.base.version)), _ADDRESSES)

    def _install(self, pins: Sequence[Pin], dry: bool = False) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryDirectory() as folder:
            requirements = Path(folder) / "requirements.txt"
            requirements.write_text("".join(pin.requirement() + "\n" for pin in pins), encoding="utf-8")
            command = self._uv_command() if self.uv else self._pip_command()
            if dry or not self.deps:
                command.append("--no-deps")
            if pins and all(pin.hashes for pin in pins):
                command.append("--require-hashes")
            if dry:
                command.append("--dry-run")
            return run([*command, "-r", str(requirements)], Path(folder), self._cert())

    def _uv_command(self) -> list[str]:
        command = [str(self.uv), "pip", "install", "-q", "--python", str(self.base.path), "--prefix", str(self.prefix)]
        command += [*self.only_wheels, "--no-config"]
        if self.wheels:
            return [*command, "--no-index", "--offline", "--find-links", str(self.wheels)]
        return [*command, *for_uv(self.indexes), *([] if self.network else ["--offline"])]

    def _pip_command(self) -> list[str]:
        command = [sys.executable, "-P", "-m", "pip", "--python", str(self.base.path), "install", "-q"]
        command += ["--target", str(self._packages()), *self.only_wheels, "--disable-pip-version-check", "--no-input"]
        if self.wheels:
            return [*command, "--no-index", "--find-links", str(self.wheels)]
        return command + ([] if self.network else ["--no-index"])

    def _packages(self) -> Path:
        """The environment's folder of packages."""
        minor = ".".join(self.base.version.split(".")[:2])
        return self.prefix / "lib" / f"python{minor}" / "site-packages"

    @property
    def indexes(self) -> Indexes:
        if self._indexes is None:
            self._indexes = configured()
        return self._indexes

    def _cert(self) -> dict[str, str]:
        if not self.uv or self.wheels or not self.indexes.cert:
            return {}
        return {"SSL_CERT_FILE": self.indexes.cert}


def fits(url: str, python: str) -> bool:
    """Whether the wheel at *url* is, by its name, one for this system and Python *python* (``3.11.7``)."""
    parts = url.rpartition("/")[2].removesuffix(".whl").split("-")
    if len(parts) < 5:
        return False
    tags, abi, systems = parts[-3].split("."), parts[-2], parts[-1].split(".")
    here = f"_{platform.machine()}"
    system = any(s == "any" or ("linux" in s and s.endswith(here)) for s in systems)
    exact = "cp" + "".join(python.split(".")[:2])
    return system and any(t == exact or t.startswith("py3") or (abi == "abi3" and t.startswith("cp3")) for t in tags)


def run(command: list[str], cwd: Path, extra: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run an installer away from the project, so that none of the project's settings reach it."""
    environment = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH")}
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT,
            check=False,
            cwd=cwd,
            env={**environment, **(extra or {})},
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", f"no answer after {_TIMEOUT} s")
    except OSError as error:
        raise InfrastructureError(f"{command[0]} cannot be started: {error}") from error


def last_line(text: str) -> str:
    """The last line that says something, for a one-line reason."""
    lines = [line.strip(" \t╰─▶│×├") for line in text.splitlines()]
    return next((line for line in reversed(lines) if line), "no reason given")[:200]
