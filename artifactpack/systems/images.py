"""Container images: their references, and images on disk as layouts, OCI archives or what `docker save` wrote."""

from __future__ import annotations

import hashlib
import re
import tarfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from artifactpack.models.system import DeclaredEnvironment
from artifactpack.patterns import late
from artifactpack.systems.reading import Unreadable, parse_json, read_text

if TYPE_CHECKING:
    from artifactpack.project import Project

TITLE = "Containers"
Read = tuple[list[DeclaredEnvironment], dict[str, Any]]
Fetch = Callable[[str], str]
LARGEST_MEMBER = 16 << 20
MOST_INDEXES = 64
KEPT = 16  # parsed blobs: many may name one
_DIGEST = late(r"@sha256:([0-9a-f]{64})")
_NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")


def image(path: str, reference: str, packages: dict[str, str] | None = None) -> DeclaredEnvironment:
    """An image reference: ``name:tag@sha256:…``; ``digest`` is "" where only a tag is named."""
    digest = _DIGEST.search(reference)
    return DeclaredEnvironment(
        system=TITLE, source=path, image=reference, digest=f"sha256:{digest[1]}" if digest else "",
        packages=packages or {}, pinned=len(packages or {}),
    )  # fmt: skip


def oci_layout(project: Project, path: str) -> Read:
    """An OCI image layout, a folder: the digest of every manifest, labels and environment of the configuration."""
    folder = path.rpartition("/")[0]
    return _layout(path, folder or ".", lambda name: read_text(project.root / folder / name, LARGEST_MEMBER))


def archive_reader(project: Project, path: str) -> Callable[[Project, str], Read] | None:
    """How the tar *path* is read; None where it holds no image. Only its first 64 members are asked for names."""
    try:
        with tarfile.open(project.root / path, "r:") as archive:
            names = {member.name.removeprefix("./") for _, member in zip(range(64), archive, strict=False)}
    except (tarfile.TarError, OSError, EOFError):
        return None
    return oci_archive if "oci-layout" in names else saved_image if "manifest.json" in names else None


def oci_archive(project: Project, path: str) -> Read:
    """The same layout in one tar, as podman, skopeo and newer `docker save` write it."""
    with tarfile.open(project.root / path, "r:") as archive:
        return _layout(path, path, _members(archive))


def saved_image(project: Project, path: str) -> Read:
    """What older `docker save` wrote: tags and configuration of each image."""
    environments, facts = [], {}
    with tarfile.open(project.root / path, "r:") as archive:
        fetch = _members(archive)
        config = lru_cache(KEPT)(lambda name: _facts(parse_json(fetch(name))))
        for entry in parse_json(fetch("manifest.json")):
            tags = entry.get("RepoTags") or [path]
            environments.append(image(path, str(tags[0])))
            facts = config(str(entry.get("Config", "")))
    return environments, facts


def _layout(path: str, name: str, fetch: Fetch) -> Read:
    environments, facts = [], {}
    blob = lru_cache(KEPT)(lambda digest: parse_json(_blob(fetch, digest)))
    for entry, manifest in _manifests(parse_json(fetch("index.json")), blob, set()):
        notes = entry.get("annotations") or {}
        known = next((str(notes[key]) for key in _NAMES if notes.get(key)), name)
        environments.append(image(path, f"{known}@{entry['digest']}"))
        facts = _facts(blob(str(manifest.get("config", {}).get("digest", ""))))
    return environments, facts


def _manifests(index: Any, blob: Callable[[str], Any], entered: set[str]) -> Iterator[tuple[Any, Any]]:
    """(entry, manifest) of every image, those of indexes in the index too, each of which is entered once; attestations
    are no images."""
    for entry in index.get("manifests", ()):
        if "vnd.docker.reference.type" in (entry.get("annotations") or {}):
            continue
        digest = str(entry.get("digest", ""))
        found = blob(digest)
        if "manifests" not in found:
            yield entry, found
        elif digest not in entered and len(entered) < MOST_INDEXES:
            entered.add(digest)
            yield from _manifests(found, blob, entered)


def _blob(fetch: Fetch, digest: str) -> str:
    algorithm, _, value = digest.partition(":")
    if not re.fullmatch(r"[0-9a-f]{64}", value) or algorithm != "sha256":
        raise Unreadable(f"digest {digest[:80]!r} is not a SHA-256")
    text = fetch(f"blobs/sha256/{value}")
    if hashlib.sha256(text.encode()).hexdigest() != value:
        raise Unreadable(f"blob {value[:12]} does not have the hash that its name says")
    return text


def _members(archive: tarfile.TarFile) -> Fetch:
    """Gives the text of a member by its name; Unreadable where it is large, no file, or no text."""
    members = {member.name.removeprefix("./"): member for member in archive}

    def fetch(name: str) -> str:
        member = members.get(name)
        stream = archive.extractfile(member) if member and member.size <= LARGEST_MEMBER else None
        if stream is None:
            raise Unreadable(f"{name[:80]!r} in it cannot be read")
        try:
            return stream.read(LARGEST_MEMBER).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Unreadable(f"{name[:80]!r} in it is not UTF-8 text") from error

    return fetch


def _facts(config: Any) -> dict[str, Any]:
    """Labels and environment of an image's configuration."""
    inner = config.get("config") or {}
    pairs = (str(pair).partition("=") for pair in inner.get("Env") or ())
    return {"labels": inner.get("Labels") or {}, "env": {name: value for name, _, value in pairs}}
