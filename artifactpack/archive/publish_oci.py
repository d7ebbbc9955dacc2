"""Push a bundle to an OCI registry, by the distribution specification: one blob, one manifest, resumable."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from artifactpack.archive.publish_http import Answer, expect, patiently, request
from artifactpack.archive.publish_state import UploadState
from artifactpack.errors import InputError
from artifactpack.folders import home
from artifactpack.models.event import Event, Notify
from artifactpack.models.publish import Published
from artifactpack.patterns import late

MEDIA_TYPE = "application/vnd.artifactpack.artifact.v1+zip"
ARTIFACT_TYPE = "application/vnd.artifactpack.bundle.v1"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
CHUNK = 8 << 20
_TARGET = late(
    r"oci://(?P<host>[A-Za-z0-9.-]+|\[[0-9a-f:]+\])(?P<port>:\d{1,5})?/"
    r"(?P<name>[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?"
)
_LOGIN = "set ARTIFACTPACK_REGISTRY_USER and ARTIFACTPACK_REGISTRY_PASSWORD, or log in with docker or oras"


@dataclass
class Registry:
    """A repository in a registry, and the credentials it asked for."""

    base: str
    name: str
    tag: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """Host and port."""
        return urlsplit(self.base).netloc

    def ask(self, method: str, url: str, data: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """A request with the credentials, which only ever go to the registry's own host; logs in when asked to."""
        full = urljoin(self.base, url)
        same = urlsplit(full).netloc == self.host
        answer = request(method, full, data=data, headers={**(headers or {}), **(self.headers if same else {})})
        if (
            answer.status == 401
            and same
            and not self.headers
            and self._log_in(answer.headers.get("www-authenticate", ""))
        ):
            return self.ask(method, url, data, headers)
        return answer

    def _log_in(self, challenge: str) -> bool:
        """Answer a Basic or Bearer challenge; False when nothing can be done."""
        kind, _, rest = challenge.partition(" ")
        known = credentials(self.host)
        if kind.lower() == "basic" and known:
            self.headers["Authorization"] = "Basic " + known
        elif kind.lower() == "bearer":
            told = dict(re.findall(r'(\w+)="([^"]*)"', rest))
            realm = told.pop("realm", "")
            if urlsplit(realm).scheme != "https" and urlsplit(realm).hostname != urlsplit(self.base).hostname:
                return False
            scope = {"service": told.get("service", ""), "scope": f"repository:{self.name}:pull,push"}
            login = {"Authorization": "Basic " + known} if known else {}
            answer = expect(request("GET", f"{realm}?{urlencode(scope)}", headers=login), (200,), "logging in", _LOGIN)
            token = answer.json().get("token") or answer.json().get("access_token")
            self.headers["Authorization"] = f"Bearer {token}"
        return bool(self.headers)


def credentials(host: str) -> str:
    """user:password in base64, from the environment or docker's configuration; "" for none."""
    user, password = (os.environ.get(f"ARTIFACTPACK_REGISTRY_{what}", "") for what in ("USER", "PASSWORD"))
    if user and password:
        return base64.b64encode(f"{user}:{password}".encode()).decode()
    folder = Path(os.environ.get("DOCKER_CONFIG") or home() / ".docker")
    try:
        told = json.loads((folder / "config.json").read_text(encoding="utf-8"))["auths"]
        return str((told.get(host) or told.get(f"https://{host}") or {}).get("auth", ""))
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return ""


def parse(target: str, tag: str, *, insecure: bool) -> Registry:
    """``oci://host/name[:tag]``; plain HTTP only to this machine, or when *insecure*. Raises :class:`InputError`."""
    match = _TARGET.fullmatch(target)
    if not match:
        raise InputError(f"{target} is no OCI address; write oci://registry.example.org/group/name:tag")
    host = match["host"]
    local = host in ("localhost", "[::1]") or host.startswith("127.")
    scheme = "http" if local or insecure else "https"
    return Registry(f"{scheme}://{host}{match['port'] or ''}", match["name"], match["tag"] or tag)


def publish(
    bundle: Path, target: str, *, sha256: str, digest: str, title: str, insecure: bool, notify: Notify
) -> Published:
    """Push *bundle*; what the registry already has is not sent again."""
    registry = parse(target, f"sha256-{digest[:12]}" if digest else "latest", insecure=insecure)
    size = bundle.stat().st_size
    sent = patiently(lambda: _push_blob(registry, bundle, size, f"sha256:{sha256}", notify))
    empty = b"{}"
    _push_bytes(registry, empty)
    manifest = _manifest(title, bundle.name, size, sha256, digest, empty)
    url = f"/v2/{registry.name}/manifests/{quote(registry.tag)}"
    answer = registry.ask("PUT", url, manifest, {"Content-Type": MANIFEST_TYPE})
    expect(answer, (201,), f"pushing the manifest to {registry.host}", _LOGIN)
    at = answer.headers.get("docker-content-digest") or f"sha256:{hashlib.sha256(manifest).hexdigest()}"
    place = f"oci://{registry.host}/{registry.name}:{registry.tag}"
    note = f"pinned: oci://{registry.host}/{registry.name}@{at}"
    return Published(target=target, url=place, size=size, sent=sent, sha256=sha256, digest=digest, notes=(note,))


def _manifest(title: str, name: str, size: int, sha256: str, digest: str, empty: bytes) -> bytes:
    told: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "artifactType": ARTIFACT_TYPE,
        "config": {
            "mediaType": EMPTY_TYPE,
            "digest": f"sha256:{hashlib.sha256(empty).hexdigest()}",
            "size": len(empty),
        },
        "layers": [
            {
                "mediaType": MEDIA_TYPE,
                "digest": f"sha256:{sha256}",
                "size": size,
                "annotations": {"org.opencontainers.image.title": name},
            }
        ],
        "annotations": {"org.opencontainers.image.title": title, "org.artifactpack.bundle.digest": digest},
    }
    return json.dumps(told, separators=(",", ":"), sort_keys=True).encode()


def _has(registry: Registry, digest: str) -> bool:
    answer = registry.ask("HEAD", f"/v2/{registry.name}/blobs/{digest}")
    return expect(answer, (200, 404), f"asking {registry.host}", _LOGIN).status == 200


def _push_bytes(registry: Registry, data: bytes) -> None:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    if not _has(registry, digest):
        _finish(registry, _begin(registry), digest, data)


def _begin(registry: Registry) -> str:
    answer = registry.ask("POST", f"/v2/{registry.name}/blobs/uploads/", b"", {"Content-Length": "0"})
    return _location(registry, expect(answer, (202,), f"starting an upload to {registry.host}", _LOGIN))


def _location(registry: Registry, answer: Answer) -> str:
    return urljoin(registry.base, answer.headers.get("location", ""))


def _push_blob(registry: Registry, bundle: Path, size: int, digest: str, notify: Notify) -> int:
    """Send what the registry lacks, in pieces that survive an interruption; returns the bytes sent."""
    if _has(registry, digest):
        return 0
    state = UploadState(f"{registry.base}/{registry.name}", digest)
    place, offset = _resumed(registry, state.load().get("location", ""), size)
    place = place or _begin(registry)
    start = offset
    with bundle.open("rb") as file:
        file.seek(offset)
        while piece := file.read(CHUNK):
            state.save(location=place)
            headers = {
                "Content-Type": "application/octet-stream",
                "Content-Range": f"{offset}-{offset + len(piece) - 1}",
            }
            answer = expect(registry.ask("PATCH", place, piece, headers), (202, 201), "sending a piece", _LOGIN)
            place, offset = _location(registry, answer), offset + len(piece)
            state.save(location=place)
            notify(Event(stage="uploading", done=offset, total=size))
    _finish(registry, place, digest, b"")
    state.forget()
    return offset - start


def _resumed(registry: Registry, place: str, size: int) -> tuple[str, int]:
    """Where an earlier upload goes on, and how many bytes it has; ("", 0) when there is none any more."""
    if not place:
        return "", 0
    answer = registry.ask("GET", place)
    reached = re.fullmatch(r"(?:bytes=)?0-(\d+)", answer.headers.get("range", ""))
    if answer.status != 204 or not reached:
        return "", 0
    offset = int(reached.group(1))
    offset = offset + 1 if offset else 0
    return (_location(registry, answer) or place, offset) if offset <= size else ("", 0)


def _finish(registry: Registry, place: str, digest: str, data: bytes) -> None:
    joined = place + ("&" if urlsplit(place).query else "?") + urlencode({"digest": digest})
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(len(data))}
    answer = registry.ask("PUT", joined, data, headers)
    expect(answer, (201,), f"finishing the upload to {registry.host}", _LOGIN)
