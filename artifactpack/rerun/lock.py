"""The bundle's lock as a list of exact pins; nothing in it is trusted to be well-formed or harmless."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import field
from pathlib import Path
from typing import Any

from artifactpack.core.toml_safe import parse_toml
from artifactpack.errors import InputError
from artifactpack.models.records import record
from artifactpack.patterns import late

LIMIT = 16 * 1024 * 1024
_NAME = late(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = late(r"[A-Za-z0-9][A-Za-z0-9.!+_-]*")
_ADDRESS = late(r"https://[A-Za-z0-9.-]+(?::[0-9]+)?/[A-Za-z0-9._~%+/-]+\.whl")
_SHA256 = late(r"[0-9a-f]{64}")


@record
class Pin:
    """One package at one version; ``hashes`` are the SHA-256 of its files, ``urls`` where its wheels lay; with ``url``
    it is taken from there and from no index. ``source`` tells that the lock knows no wheel of it; ``files`` are the
    names of its wheels (of the source, where there is none) and their bytes, 0 where the lock does not tell."""

    name: str
    version: str
    hashes: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    marker: str = ""
    url: str = ""
    source: bool = False
    files: tuple[tuple[str, int], ...] = ()

    def requirement(self) -> str:
        """The line that pip and uv read."""
        line = f"{self.name} @ {self.url}" if self.url else f"{self.name}=={self.version}"
        line += f" ; {self.marker}" if self.marker else ""
        return line + "".join(f" --hash=sha256:{digest}" for digest in self.hashes)


@record
class Lock:
    """``source`` is the file's name; ``refused`` are entries that are no package of an index at an exact version;
    ``complete`` tells that it names every dependency's dependency too."""

    source: str = ""
    pins: tuple[Pin, ...] = ()
    refused: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default_factory=tuple)
    conda: str = ""
    complete: bool = True

    def digest(self) -> str:
        """SHA-256 over the sorted requirement lines (and the conda file): what a cached environment is known by."""
        text = "\n".join(sorted(pin.requirement() for pin in self.pins)) + "\n" + self.conda
        return hashlib.sha256(text.encode()).hexdigest()


def read_lock(path: Path) -> Lock:
    """Read a ``pylock.toml``, a requirements file with exact pins, or an explicit conda file."""
    try:
        if path.stat().st_size > LIMIT:
            raise InputError(f"{path.name}: the lock is larger than {LIMIT} bytes")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: the lock cannot be read: {error}") from error
    if path.suffix == ".toml":
        return parse_pylock(text, path.name)
    if re.search(r"^@EXPLICIT\s*$", text, re.MULTILINE):
        return Lock(source=path.name, conda=text)
    return parse_requirements(text, path.name)


def parse_pylock(text: str, source: str = "pylock.toml") -> Lock:
    """PEP 751: one pin a package; entries that come from elsewhere (VCS, folder, archive) are refused by name."""
    try:
        packages = parse_toml(text).get("packages", [])
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source}: not TOML: {error}") from error
    except RecursionError as error:
        raise InputError(f"{source}: nested too deeply") from error
    if not isinstance(packages, list) or not all(isinstance(p, dict) for p in packages):
        raise InputError(f"{source}: packages should be a list of tables")
    pins, refused = [], []
    for package in packages:
        name, version = str(package.get("name", "")), str(package.get("version", ""))
        if not _NAME.fullmatch(name) or (version and not _VERSION.fullmatch(version)):
            raise InputError(f"{source}: {name[:60]!r} {version[:60]!r} is not a package name and version")
        if not version or any(kind in package for kind in ("vcs", "directory", "archive")):
            refused.append(f"{name} (not a wheel of an index)")
        else:
            pins.append(_pin(package, name, version, source))
    return Lock(source=source, pins=tuple(pins), refused=tuple(refused), warnings=_unhashed(pins))


def _pin(package: dict[str, Any], name: str, version: str, source: str) -> Pin:
    listed = package.get("wheels")
    wheels = [w for w in listed if isinstance(w, dict)] if isinstance(listed, list) else []
    sources = [s for s in [package.get("sdist")] if isinstance(s, dict)]
    told = [f.get("hashes") for f in (*wheels, *sources)]
    hashes = [str(h.get("sha256", "")) for h in told if isinstance(h, dict)]
    marker = str(package.get("marker", ""))
    if not marker.isprintable() or "#" in marker or "--" in marker or "\\" in marker:
        raise InputError(f"{source}: {name}: the marker {marker[:60]!r} is not one")
    urls = tuple(str(w["url"]) for w in wheels if _ADDRESS.fullmatch(str(w.get("url", ""))))
    kept = tuple(h for h in hashes if _SHA256.fullmatch(h))
    only = bool(sources) and not wheels
    files = tuple(_file(f) for f in wheels or sources)
    return Pin(name=name, version=version, hashes=kept, urls=urls, marker=marker, source=only, files=files)


def _file(entry: dict[str, Any]) -> tuple[str, int]:
    """The name and the size of one file of a ``pylock.toml``."""
    place, size = next((str(entry[k]) for k in ("name", "url", "path") if entry.get(k)), ""), entry.get("size")
    known = isinstance(size, int) and not isinstance(size, bool) and size > 0
    return place.rpartition("/")[2], int(size) if known and size else 0


def _unhashed(pins: list[Pin]) -> tuple[str, ...]:
    bare = [pin.name for pin in pins if not pin.hashes]
    if not bare:
        return ()
    names = ", ".join(bare[:5]) + (" …" if len(bare) > 5 else "")
    return (f"no hash in the lock for {len(bare)} of {len(pins)} packages: {names}",)


def parse_requirements(text: str, source: str = "requirements.txt") -> Lock:
    """Exact pins (``name==version``, hashes if given); anything looser is refused by name."""
    joined = re.sub(r"\\\r?\n", " ", text)
    pins, refused = [], []
    for raw in joined.splitlines():
        line = re.sub(r"(^|\s)#.*", "", raw).strip()
        if not line or line.startswith("-"):
            continue
        hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
        spec, _, marker = re.sub(r"\s--\S+", "", line).partition(";")
        match = re.fullmatch(r"([^\s=\[]+)(?:\[[^\]]*\])?\s*===?\s*(\S+)", spec.strip())
        if match and _NAME.fullmatch(match[1]) and _VERSION.fullmatch(match[2]):
            pins.append(Pin(name=match[1], version=match[2], hashes=hashes, marker=marker.strip()))
        else:
            refused.append(f"{spec.strip()[:60]} (no exact version)")
    hashed = all(pin.hashes for pin in pins) or source.endswith(".lock")
    return Lock(
        source=source,
        pins=tuple(pins),
        refused=tuple(refused),
        warnings=_unhashed(pins),
        complete=hashed,
    )
