"""The strict reader: opens only what the writer can write, and believes nothing that it has not hashed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

from artifactpack.archive import content, extract, folder, listing
from artifactpack.archive.bag import derived
from artifactpack.archive.content import DEFLATED, MANIFEST
from artifactpack.archive.hashes import Part, check_parts
from artifactpack.archive.limits import MAX_MANIFEST, MAX_META
from artifactpack.archive.window import MemberFile
from artifactpack.archive.zipbytes import hash_lines, listing_size, read_member
from artifactpack.archive.zipdir import FormError, read_directory, refuse, unlike
from artifactpack.archive.zipform import DEFLATED as METHOD_DEFLATED
from artifactpack.archive.zipform import Header
from artifactpack.errors import InputError, RefusedError
from artifactpack.models.event import Notify, silent
from artifactpack.models.manifest import Manifest, Member

_TAIL = 1 << 20  # bytes in which a directory's last records lie


class Bundle:
    """An opened bundle, zip or unpacked: its structure is checked, its members' hashes are checked when read.

    ``manifest`` lists all members but the derived ones. Close it, or use it in a ``with`` block.
    """

    path: Path
    manifest: Manifest
    zipped: bool
    what = "bundle"

    def __enter__(self) -> Bundle:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def digest(self) -> str:
        """The bundle digest, as recomputed from the content list."""
        return self.manifest.digest

    def member(self, path: str) -> Member | None:
        """The manifest's entry for *path*, thin or thick, or None."""
        return self._members().get(path)

    def _members(self) -> dict[str, Member]:
        known: dict[str, Member] | None = getattr(self, "_by_path", None)
        if known is None:
            known = self._by_path = {m.path: m for m in self.manifest.members}
        return known

    def read(self, path: str) -> bytes:
        """The bytes of member *path*, hash checked; raises :class:`RefusedError`, or KeyError if it is not inside."""
        raise NotImplementedError

    def check(self, *, threads: int = 2, notify: Notify = silent) -> None:
        """Hash every member; raises :class:`RefusedError` naming the first that is not what the manifest says."""
        raise NotImplementedError

    def extract(self, folder: Path, *, notify: Notify = silent) -> None:
        """Unpack into the new private folder *folder*, hashing on the way; on failure nothing is left."""
        raise NotImplementedError

    def tagmanifest(self) -> bytes:
        """`tagmanifest-sha256.txt`: the file that a signature covers."""
        raise NotImplementedError

    def file(self, path: str) -> Path:
        """Member *path* as something to ``open("rb")``, in place; KeyError if it is not inside, or is deflated."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the file."""


class ZipBundle(Bundle):
    """A bundle as one zip file, open at ``fd``."""

    zipped = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fd = _open(path)
        try:
            self.headers = {h.name.decode(): h for h in read_directory(self.fd)}
            rendered = self._meta(MANIFEST)
            self.manifest = listing.parse(rendered)
            self.deflated = self._deflated()
            self.derived = derived(self.manifest, self.deflated, rendered)
            _check_set(self.headers, self.manifest, self.derived, self.deflated)
            _check_derived(self.derived, self._meta)
        except BaseException:
            os.close(self.fd)
            raise

    def _meta(self, name: str) -> bytes:
        header = self.headers.get(name)
        if header is None:
            raise refuse(f"not an artifactpack bundle: {name} is missing")
        if header.size > MAX_MANIFEST or header.method == METHOD_DEFLATED:
            raise refuse(f"{name} is deflated or over {MAX_MANIFEST:,} bytes")
        return read_member(self.fd, header)

    def _deflated(self) -> dict[str, str]:
        """The hash of each deflated member as it lies in the zip."""
        if DEFLATED not in self.headers:
            return {}
        listed = [h.name for h in self.headers.values() if h.method == METHOD_DEFLATED]
        if self.headers[DEFLATED].size != listing_size(listed):
            raise refuse(f"{DEFLATED} does not list the deflated members")
        return hash_lines(self._meta(DEFLATED))

    def read(self, path: str) -> bytes:
        if path in self.derived:
            return self.derived[path]
        header, member = self.headers[path], self._members()[path]
        if header.size > MAX_META:
            raise refuse(f"{path}: {header.size:,} bytes are too many to read at once")
        return read_member(self.fd, header, member.sha256, self.deflated.get(path, ""))

    def check(self, *, threads: int = 2, notify: Notify = silent) -> None:
        check_parts(self._parts(), threads, notify)

    def _parts(self) -> list[Part]:
        return [
            Part(self.fd, self.headers[m.path], m.sha256, self.deflated.get(m.path, ""))
            for m in self.manifest.members
            if not m.url
        ]

    def extract(self, folder: Path, *, notify: Notify = silent) -> None:
        extract.extract(folder, self._parts(), self.derived, notify)

    def tagmanifest(self) -> bytes:
        return self.derived["tagmanifest-sha256.txt"]

    def file(self, path: str) -> Path:
        header = self.headers[path]
        if header.method == METHOD_DEFLATED:
            raise KeyError(path)
        return cast(Path, MemberFile(self.fd, header))  # a Path as far as reading goes

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class FolderBundle(Bundle):
    """A bundle that something else unpacked: the same manifest, the same digest, no zip form to check."""

    zipped = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = folder.walk(path)
        rendered = self._meta(MANIFEST)
        self.manifest = listing.parse(rendered)
        if self.files.get(DEFLATED, 0) > listing_size(m.path.encode() for m in self.manifest.members):
            raise refuse(f"{DEFLATED} lists more than the members")
        deflated = hash_lines(self._meta(DEFLATED)) if DEFLATED in self.files else {}
        self.derived = derived(self.manifest, deflated, rendered)
        folder.check_set(self.files, self.manifest, self.derived, deflated)
        _check_derived(self.derived, self._meta)

    def _meta(self, name: str) -> bytes:
        if name not in self.files:
            raise refuse(f"not an artifactpack bundle: {name} is missing")
        return folder.read(self.path, name, MAX_MANIFEST)

    def read(self, path: str) -> bytes:
        if path in self.derived:
            return self.derived[path]
        member = self._members()[path]
        if path not in self.files:
            raise KeyError(path)
        return folder.checked(self.path, member, MAX_META)

    def check(self, *, threads: int = 2, notify: Notify = silent) -> None:
        folder.check_hashes(self.path, self._here(), threads, notify)

    def _here(self) -> list[Member]:
        return [m for m in self.manifest.members if m.path in self.files]

    def extract(self, folder_: Path, *, notify: Notify = silent) -> None:
        folder.copy(self.path, folder_, self._here(), self.derived, notify)

    def tagmanifest(self) -> bytes:
        return self.derived["tagmanifest-sha256.txt"]

    def file(self, path: str) -> Path:
        if path not in self.files:
            raise KeyError(path)
        return self.path / path


def open_bundle(path: Path) -> Bundle:
    """Open the bundle *path*, a zip or the folder it was unpacked to.

    Raises :class:`RefusedError` for whatever our writer cannot have written, :class:`InputError` when it is not there.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist; give a bundle (a .zip) or the folder it was unpacked to")
    if path.is_dir():
        return FolderBundle(path)
    try:
        return ZipBundle(path)
    except FormError as error:
        if _packed_again(path):
            raise RefusedError(f"{error}; another program packed it again: unpack it and verify the folder") from error
        raise


def _packed_again(path: Path) -> bool:
    """Whether the file looks like our bundle in somebody else's zip: its own end record and our manifest's name."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL))
            tail = file.read(_TAIL)
    except OSError:
        return False
    return b"PK\5\6" in tail and MANIFEST.encode() in tail


def _open(path: Path) -> int:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    if not path.is_file():
        os.close(fd)
        raise refuse(f"{path} is not a regular file")
    return fd


def _check_derived(files: dict[str, bytes], read: Callable[[str], bytes]) -> None:
    if wrong := next((name for name, data in files.items() if read(name) != data), ""):
        raise refuse(f"{wrong} is not what the manifest gives")


def _check_set(
    headers: dict[str, Header], manifest: Manifest, files: dict[str, bytes], deflated: dict[str, str]
) -> None:
    """What is in the zip is what the manifest lists, in canonical order, at the same sizes."""
    sizes = {m.path: m.size for m in manifest.members if not m.url} | {p: len(d) for p, d in files.items()}
    if missing := next((p for p in sizes if p not in headers), ""):
        raise refuse(f"{missing} is in the manifest but not in the archive")
    if extra := next((p for p in headers if p not in sizes), ""):
        raise refuse(f"{extra} is in the archive but not in the manifest")
    if wrong := next((p for p, size in sizes.items() if headers[p].size != size), ""):
        raise refuse(f"{wrong} has another size than the manifest says")
    if list(headers) != sorted(headers, key=content.order):
        raise unlike("its members are not in canonical order")
    if {p for p, h in headers.items() if h.method == METHOD_DEFLATED} != set(deflated):
        raise refuse(f"{DEFLATED} does not list the deflated members")
