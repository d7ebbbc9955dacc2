"""Copy a bundle to any place that fsspec knows; S3 in parts that survive an interruption."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from artifactpack.archive.publish_state import UploadState
from artifactpack.errors import ArtifactPackError, InfrastructureError, InputError, MissingExtraError
from artifactpack.models.event import Event, Notify
from artifactpack.models.publish import Published

PART = 16 << 20
MOST_PARTS = 10_000


def publish(bundle: Path, target: str, *, sha256: str, digest: str, notify: Notify) -> Published:
    """Copy *bundle* to *target* (a URL; ending in ``/`` it is a folder); the same bytes are not sent twice.

    Raises MissingExtraError without fsspec, InputError/InfrastructureError as the store answers.
    """
    try:
        import fsspec
    except ImportError as error:
        raise MissingExtraError(f"publishing to {target.partition('://')[0]}://", "s3") from error
    url = target + bundle.name if target.endswith("/") else target
    try:
        system, place = fsspec.core.url_to_fs(url)
        sent = _send(system, place, bundle, url, sha256, notify)
    except ArtifactPackError:
        raise
    except ImportError as error:
        raise MissingExtraError(f"publishing to {target.partition('://')[0]}://", "s3") from error
    except Exception as error:  # each store raises its own classes
        raise _failed(url, error) from error
    return Published(target=target, url=url, size=bundle.stat().st_size, sent=sent, sha256=sha256, digest=digest)


def _failed(url: str, error: Exception) -> InputError | InfrastructureError:
    said = f"{type(error).__name__}: {str(error)[:200]}"
    if isinstance(error, (PermissionError, FileNotFoundError, ValueError)) or "Credentials" in said:
        return InputError(f"cannot publish to {url}: {said}; check the address and the credentials")
    return InfrastructureError(f"publishing to {url} failed: {said}; try again: what was sent is kept")


def _send(system: Any, place: str, bundle: Path, url: str, sha256: str, notify: Notify) -> int:
    size = bundle.stat().st_size
    if "s3" in system.protocol and size > PART:
        return _in_parts(system, place, bundle, url, sha256, notify)
    if system.exists(place) and system.info(place).get("size") == size and _same(system, place, sha256):
        return 0
    notify(Event(stage="uploading", done=0, total=size))
    system.makedirs(place.rpartition("/")[0], exist_ok=True) if "s3" not in system.protocol else None
    system.put_file(str(bundle), place)
    system.invalidate_cache()
    if not _same(system, place, sha256):
        raise InfrastructureError(f"{url} holds other bytes than were sent; run the same command again")
    notify(Event(stage="uploading", done=size, total=size, state="finished"))
    return size


def _same(system: Any, place: str, sha256: str) -> bool:
    """Whether the bytes at *place* have this hash: they are read back, because a store's own tag may mean anything."""
    digest = hashlib.sha256()
    with system.open(place, "rb") as file:
        while piece := file.read(PART):
            digest.update(piece)
    return digest.hexdigest() == sha256


def _in_parts(system: Any, place: str, bundle: Path, url: str, sha256: str, notify: Notify) -> int:
    """An S3 multipart upload: parts that the store holds with the right MD5 are kept."""
    bucket, _, key = place.partition("/")
    size, where = bundle.stat().st_size, {"Bucket": bucket, "Key": key}
    part = max(PART, -(-size // MOST_PARTS))
    if _is_there(system, where, size, sha256):
        return 0
    state = UploadState(url, sha256)
    upload, held = _begun(system, where, state.load().get("upload", ""))
    if not upload:
        upload = system.call_s3("create_multipart_upload", **where, Metadata={"sha256": sha256})["UploadId"]
        state.save(upload=upload)
    done, sent = [], 0
    with bundle.open("rb") as file:
        for number in range(1, -(-size // part) + 1):
            data = file.read(part)
            tag = f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
            if held.get(number) != tag:
                answer = system.call_s3("upload_part", **where, UploadId=upload, PartNumber=number, Body=data)
                tag, sent = answer["ETag"], sent + len(data)
            done.append({"PartNumber": number, "ETag": tag})
            notify(Event(stage="uploading", done=min(size, number * part), total=size))
    system.call_s3("complete_multipart_upload", **where, UploadId=upload, MultipartUpload={"Parts": done})
    system.invalidate_cache()
    state.forget()
    return sent


def _is_there(system: Any, where: dict[str, str], size: int, sha256: str) -> bool:
    try:
        head = system.call_s3("head_object", **where)
    except Exception:  # noqa: BLE001 - s3fs and botocore have several classes for "not there"
        return False
    return bool(head.get("ContentLength") == size and head.get("Metadata", {}).get("sha256") == sha256)


def _begun(system: Any, where: dict[str, str], upload: str) -> tuple[str, dict[int, str]]:
    """An earlier upload and the tags of the parts the store holds of it; ("", {}) when it is gone."""
    held: dict[int, str] = {}
    if not upload:
        return "", held
    marker = 0
    try:
        while True:
            told = system.call_s3("list_parts", **where, UploadId=upload, PartNumberMarker=marker)
            held |= {p["PartNumber"]: p["ETag"] for p in told.get("Parts", [])}
            if not told.get("IsTruncated"):
                return upload, held
            marker = told["NextPartNumberMarker"]
    except Exception:  # noqa: BLE001 - s3fs and botocore have several classes for "no such upload"
        return "", {}
