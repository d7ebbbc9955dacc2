"""What `publish` did (schema artifactpack.publish/1)."""

from __future__ import annotations

from artifactpack.models.records import record


@record
class Published:
    """Where the bundle is now; ``sent`` counts the bytes of this call, less than ``size`` where it was resumed.

    ``sha256`` is of the zip file, ``digest`` the bundle digest; ``draft`` is True where a person must still publish it.
    """

    schema: str = "artifactpack.publish/1"
    target: str
    url: str
    size: int
    sent: int
    sha256: str
    digest: str = ""
    draft: bool = False
    notes: tuple[str, ...] = ()
