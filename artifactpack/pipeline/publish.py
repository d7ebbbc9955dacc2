"""`publish`: check a bundle and bring it to where reviewers or readers find it."""

from __future__ import annotations

from pathlib import Path

from artifactpack.archive.reader import open_bundle
from artifactpack.errors import InputError
from artifactpack.models.event import Notify, silent
from artifactpack.models.publish import Published
from artifactpack.patterns import late
from artifactpack.scan.digests import hash_file

_SCHEME = late(r"([a-z][a-z0-9+.-]*):")


def publish(bundle: Path, target: str, *, insecure: bool = False, notify: Notify = silent) -> Published:
    """Bring the bundle to *target*: a fsspec URL, ``oci://host/name:tag`` or ``zenodo:``.

    Raises :class:`RefusedError` for what is no intact bundle, InputError for a target we do not know.
    """
    scheme = _SCHEME.match(target)
    if scheme is None:
        raise InputError(f"{target!r} is no address; write file:///…, s3://…, oci://… or zenodo:")
    if bundle.is_dir():
        raise InputError(f"{bundle} is a folder; publish the zip file that it was unpacked from")
    with open_bundle(bundle) as opened:
        opened.check(notify=notify)
        digest, title = opened.digest, opened.manifest.name
    sha256 = hash_file(bundle)
    if scheme.group(1) == "oci":
        from artifactpack.archive import publish_oci

        return publish_oci.publish(
            bundle, target, sha256=sha256, digest=digest, title=title, insecure=insecure, notify=notify
        )
    if scheme.group(1) == "zenodo":
        from artifactpack.archive import publish_zenodo

        return publish_zenodo.publish(bundle, target, sha256=sha256, digest=digest, title=title, notify=notify)
    if scheme.group(1) == "file":
        from artifactpack.archive import publish_file

        return publish_file.publish(bundle, target, sha256=sha256, digest=digest)
    from artifactpack.archive import publish_s3

    return publish_s3.publish(bundle, target, sha256=sha256, digest=digest, notify=notify)
