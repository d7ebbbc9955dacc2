"""HTTP with the standard library: one request, its answer, and errors as our own sentences."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

from artifactpack.errors import InfrastructureError, InputError

TIMEOUT = 60
LARGEST_ANSWER = 4 << 20
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """Status, headers (keys in lower case) and body of a response."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """The body as JSON; raises :class:`InfrastructureError` when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise InfrastructureError("the server's answer is not JSON; try again later") from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An upload must not follow a redirect: its body and its credentials are for one host."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def request(
    method: str, url: str, *, data: bytes | BinaryIO | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """Send one request; any status comes back as an answer.

    Raises :class:`InputError` for an address that is not http(s), :class:`InfrastructureError` when nobody answers.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise InputError(f"{url} is not an http(s) address")
    opener = urllib.request.build_opener(_NoRedirect)
    wanted = urllib.request.Request(url, data=data, headers=dict(headers or {}), method=method)  # noqa: S310 - checked
    try:
        with opener.open(wanted, timeout=TIMEOUT) as response:
            return _answer(response.status, response.headers, response.read(LARGEST_ANSWER))
    except urllib.error.HTTPError as error:
        with error:
            return _answer(error.code, error.headers, error.read(LARGEST_ANSWER))
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise _unreachable(url, error) from error


def _unreachable(url: str, error: BaseException) -> InfrastructureError | InputError:
    reason = getattr(error, "reason", error)
    host = urlsplit(url).netloc.rpartition("@")[2]
    if isinstance(reason, ssl.SSLError):
        return InputError(f"{host} has no certificate that this machine trusts ({reason.reason or 'TLS error'})")
    return InfrastructureError(f"{host} does not answer ({reason}); try again: what was sent is kept")


def _answer(status: int, headers: Any, body: bytes) -> Answer:
    return Answer(status, {key.lower(): value for key, value in (headers.items() if headers else ())}, body)


def expect(answer: Answer, wanted: tuple[int, ...], what: str, login: str = "") -> Answer:
    """*answer* if its status is *wanted*; raises InputError (4xx) or InfrastructureError (5xx) saying *what* failed."""
    if answer.status in wanted:
        return answer
    said = _said(answer)
    if answer.status in (401, 403):
        raise InputError(f"{what}: not allowed ({answer.status}{said}); {login or 'check your credentials'}")
    if answer.status >= 500 or answer.status == 429:
        raise InfrastructureError(
            f"{what}: the server failed ({answer.status}{said}); try again: what was sent is kept"
        )
    raise InputError(f"{what}: refused ({answer.status}{said})")


def _said(answer: Answer) -> str:
    try:
        told = json.loads(answer.body)
        first = told["errors"][0] if isinstance(told.get("errors"), list) and told["errors"] else told
        text = str(first.get("message") or first.get("code") or "")
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        text = ""
    return f": {''.join(c for c in text if c.isprintable())[:120]}" if text else ""


def patiently(work: Callable[[], T], tries: int = 3, pause: float = 0.5) -> T:
    """*work*, again when the server or the network fails: at most *tries* times, with longer and longer pauses."""
    import time

    for attempt in range(1, tries):
        try:
            return work()
        except InfrastructureError:
            time.sleep(pause * attempt)
    return work()
