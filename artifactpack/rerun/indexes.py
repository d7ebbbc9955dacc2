"""Where packages come from on this machine: pip's configured indexes and find-links, which uv does not read."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from dataclasses import field

from artifactpack.models.records import record


@record
class Indexes:
    """pip's settings, each a list in pip's order; ``cert`` is a bundle of certificate authorities."""

    index: str = ""
    extra: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    none: bool = False
    cert: str = ""
    trusted: tuple[str, ...] = field(default_factory=tuple)


def configured() -> Indexes:
    """What ``pip config list`` says for this interpreter, or for the first pip on PATH; nothing where neither is."""
    pip = shutil.which("pip")
    # -P: not the pip.py that may lie in the folder where this is called.
    for command in ([sys.executable, "-P", "-m", "pip"], [pip] if pip else None):
        if command is None:
            continue
        try:
            done = subprocess.run([*command, "config", "list"], capture_output=True, text=True, timeout=60, check=False)
        except (OSError, subprocess.SubprocessError):
            continue
        if done.returncode == 0:
            return parse(done.stdout)
    return Indexes()


def parse(text: str) -> Indexes:
    """Parse ``pip config list``: later scopes (``:env:``) override earlier ones (``global``, ``user``, ``site``)."""
    settings: dict[str, str] = {}
    for scope in ("global", "user", "site", "install", ":env:"):
        for line in text.splitlines():
            name, _, value = line.partition("=")
            head, _, key = name.rpartition(".")
            if head == scope:
                settings[key] = _literal(value)
    return Indexes(
        index=settings.get("index-url", ""),
        extra=tuple(settings.get("extra-index-url", "").split()),
        links=tuple(settings.get("find-links", "").split()),
        none=settings.get("no-index", "").lower() in ("1", "true", "yes", "on"),
        cert=settings.get("cert", ""),
        trusted=tuple(settings.get("trusted-host", "").split()),
    )


def _literal(value: str) -> str:
    try:
        return str(ast.literal_eval(value))
    except (ValueError, SyntaxError):
        return value.strip("'\"")


def for_uv(indexes: Indexes) -> list[str]:
    """The same, as uv's options; exact pins and hashes make it safe to look at every index."""
    options = ["--index-strategy", "unsafe-best-match"]
    if indexes.index:
        options += ["--default-index", indexes.index]
    for url in indexes.extra:
        options += ["--index", url]
    for link in indexes.links:
        options += ["--find-links", link]
    for host in indexes.trusted:
        options += ["--allow-insecure-host", host]
    return options + (["--no-index"] if indexes.none else [])
