"""A Zenodo draft: deposition, file, title; a person looks at it and publishes it, never this program."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from artifactpack.archive.publish_http import Answer, expect, patiently, request
from artifactpack.archive.publish_state import UploadState
from artifactpack.errors import InputError
from artifactpack.models.event import Event, Notify
from artifactpack.models.publish import Published

_KNOWN = {"": "https://zenodo.org", "sandbox": "https://sandbox.zenodo.org"}
_LOGIN = "set ZENODO_TOKEN to a personal access token with the scope deposit:write"


class Zenodo:
    """The deposit API at *base*; the token goes to that host only."""

    def __init__(self, base: str, token: str) -> None:
        self.base, self.token = base.rstrip("/"), token

    def ask(self, method: str, url: str, data: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """One request; *url* may be a path or one of the links the server gave."""
        full = url if "://" in url else self.base + url
        if urlsplit(full).netloc != urlsplit(self.base).netloc:
            raise InputError(f"{self.base} sends uploads to another host ({urlsplit(full).netloc}): not followed")
        return request(method, full, data=data, headers={"Authorization": f"Bearer {self.token}", **(headers or {})})

    def json(self, method: str, url: str, told: Any, wanted: tuple[int, ...], what: str) -> Any:
        """A JSON request and its JSON answer."""
        answer = self.ask(method, url, json.dumps(told).encode(), {"Content-Type": "application/json"})
        return expect(answer, wanted, what, _LOGIN).json()


def base_of(target: str) -> str:
    """``zenodo:``, ``zenodo:sandbox`` or ``zenodo:https://host``; raises :class:`InputError`."""
    rest = target.removeprefix("zenodo:").removeprefix("//").rstrip("/")
    base = _KNOWN.get(rest, rest)
    host = urlsplit(base).hostname or ""
    if not base.startswith("https://") and not (base.startswith("http://") and host in ("127.0.0.1", "localhost")):
        raise InputError(f"{target} is no Zenodo address; write zenodo:, zenodo:sandbox or zenodo:https://host")
    return base


def publish(bundle: Path, target: str, *, sha256: str, digest: str, title: str, notify: Notify) -> Published:
    """Make or continue a draft that holds *bundle*; raises InputError without a token."""
    token = os.environ.get("ZENODO_TOKEN", "")
    if not token:
        raise InputError(f"a Zenodo draft needs a token: {_LOGIN}")
    server = Zenodo(base_of(target), token)
    state = UploadState(server.base, sha256)
    draft = _draft(server, state)
    sent = patiently(lambda: _file(server, draft, bundle, notify))
    _describe(server, draft, title, digest)
    url = str(draft.get("links", {}).get("html", server.base))
    note = "a draft: look at it, complete authors and licence, and publish it yourself"
    return Published(
        target=target,
        url=url,
        size=bundle.stat().st_size,
        sent=sent,
        sha256=sha256,
        digest=digest,
        draft=True,
        notes=(note,),
    )


def _draft(server: Zenodo, state: UploadState) -> dict[str, Any]:
    """The draft an earlier call began, when it is still one; else a new one."""
    known = state.load().get("deposition", "")
    if known.isdigit():
        answer = server.ask("GET", f"/api/deposit/depositions/{known}")
        if answer.status == 200 and not answer.json().get("submitted"):
            return dict(answer.json())
    made = server.json("POST", "/api/deposit/depositions", {}, (201,), "making a Zenodo draft")
    state.save(deposition=str(made["id"]))
    return dict(made)


def _file(server: Zenodo, draft: dict[str, Any], bundle: Path, notify: Notify) -> int:
    """Send the file unless the draft already holds the same bytes; returns the bytes sent."""
    size = bundle.stat().st_size
    files = server.ask("GET", f"/api/deposit/depositions/{draft['id']}/files")
    listed = files.json() if files.status == 200 else []
    same = next((f for f in listed if f.get("filename") == bundle.name and int(f.get("filesize", -1)) == size), None)
    if same and str(same.get("checksum", "")).removeprefix("md5:") == _md5(bundle):
        return 0
    bucket = str(draft["links"]["bucket"])
    notify(Event(stage="uploading", done=0, total=size))
    with bundle.open("rb") as file:
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        answer = server.ask("PUT", f"{bucket}/{quote(bundle.name)}", file, headers)
    told = expect(answer, (200, 201), "sending the file to Zenodo", _LOGIN).json()
    if str(told.get("checksum", "")).removeprefix("md5:") not in ("", _md5(bundle)):
        raise InputError("Zenodo holds other bytes than were sent; run the same command again")
    notify(Event(stage="uploading", done=size, total=size, state="finished"))
    return size


def _md5(path: Path) -> str:
    """Zenodo's own checksum; nothing here relies on it for safety."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _describe(server: Zenodo, draft: dict[str, Any], title: str, digest: str) -> None:
    """Title and digest, where the author has written nothing yet."""
    told = dict(draft.get("metadata") or {})
    if told.get("title"):
        return
    text = f"Artifact bundle; check it with `artifactpack verify`. Bundle digest sha256:{digest}"
    metadata = {**told, "title": title, "upload_type": "software", "description": text}
    server.json(
        "PUT", f"/api/deposit/depositions/{draft['id']}", {"metadata": metadata}, (200,), "describing the draft"
    )
