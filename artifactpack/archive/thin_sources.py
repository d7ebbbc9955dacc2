"""Where thin data comes from: ranges over HTTP, and of anything that fsspec knows.

A source raises InfrastructureError for what may pass (a cut line, a server that fails or drips), InputError for what
will not (no such file, not allowed), RefusedError where it holds a file of another size.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import urlsplit

from artifactpack.errors import ArtifactPackError, InfrastructureError, InputError, MissingExtraError, RefusedError
from artifactpack.patterns import late

TIMEOUT = 60.0  # seconds without a byte
SLOWEST = 16 << 10  # bytes a second, from which on a line counts as dead
BLOCK = 1 << 16
EXTRAS = {"gs": "gs"}  # the extra that has the driver; all other stores: "s3"


_HOST = late(r"[0-9a-f:.]*:[0-9a-f:.]*|(?=.{1,253}\Z)(?:[\w-]{1,63}\.)*[\w-]{1,63}\.?")  # RFC 1035, RFC 4291


class NoRanges(Exception):
    """The server only gives all of the file: ask for :meth:`Source.whole`."""


class Source(Protocol):
    """One file elsewhere."""

    def read(self, start: int, stop: int) -> bytes:
        """The bytes *start* to *stop*; NoRanges where they cannot be had alone."""

    def whole(self) -> Iterator[bytes]:
        """All of it, in order."""


def source(url: str, size: int) -> Source:
    """What reads *url*, where *size* bytes are expected."""
    return Web(url, size) if url.startswith(("https://", "http://")) else Store(url, size)


class Web:
    """A file behind an HTTP address."""

    def __init__(self, url: str, size: int) -> None:
        self.url, self.size, self._ranged = url, size, True
        if not _has_host(url):
            raise InputError(f"{url!r}: no address of the web; give the file with --data")

    def read(self, start: int, stop: int) -> bytes:
        if not self._ranged:
            raise NoRanges
        with self._asked({"Range": f"bytes={start}-{stop - 1}"}) as answer:
            if answer.status == 206:
                self._hold_to(answer.headers.get("Content-Range", ""), start)
            elif (start, stop) != (0, self.size):
                self._ranged = False
                raise NoRanges
            return b"".join(_blocks(answer, stop - start))

    def whole(self) -> Iterator[bytes]:
        with self._asked({}) as answer:
            yield from _blocks(answer, self.size)
            if answer.read1(1):
                raise RefusedError(f"{self.url}: is not {self.size} bytes long")

    def _hold_to(self, told: str, start: int) -> None:
        """Hold what a server says that it sends against what was asked for."""
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", told)
        if found and found[2] not in ("*", str(self.size)):
            raise RefusedError(f"{self.url}: is {found[2]} bytes long, recorded {self.size}")
        if told and (not found or int(found[1]) != start):
            raise InputError(f"{self.url}: the server answers with other bytes than it was asked for ({told[:80]})")

    @contextlib.contextmanager
    def _asked(self, headers: dict[str, str]) -> Iterator[http.client.HTTPResponse]:
        try:
            request = urllib.request.Request(self.url, headers=headers)  # noqa: S310 - the scheme was checked
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - the same
                yield answer
        except urllib.error.HTTPError as error:
            error.close()
            raise self._refusal(error.code, error.reason) from None
        except ValueError as error:  # a host or a port that is none
            raise InputError(f"{self.url}: {error}") from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", "") or error
            raise InfrastructureError(f"{self.url}: {reason}; what has arrived is kept, try again") from error

    def _refusal(self, code: int, reason: str) -> ArtifactPackError:
        if code == 416:
            return RefusedError(f"{self.url}: is not {self.size} bytes long")
        if code >= 500 or code == 429:
            return InfrastructureError(f"{self.url}: HTTP {code} {reason}; what has arrived is kept, try again")
        return InputError(f"{self.url}: HTTP {code} {reason}; give the file with --data")


def _blocks(answer: http.client.HTTPResponse, count: int) -> Iterator[bytes]:
    """The next *count* bytes as they come; OSError where the line is cut or next to nothing comes."""
    deadline = time.monotonic() + TIMEOUT + count / SLOWEST
    while count:
        block = answer.read1(min(count, BLOCK))
        if not block:
            raise OSError(f"the connection ended {count} bytes early")
        if time.monotonic() > deadline:
            raise TimeoutError(f"slower than {SLOWEST >> 10} KiB a second")
        count -= len(block)
        yield block


def _has_host(url: str) -> bool:
    """Whether *url* names a host, and a port if any, that can exist: nobody need be asked for it."""
    try:
        parts = urlsplit(url)
        return parts.port != 0 and _HOST.fullmatch(parts.hostname or "") is not None
    except ValueError:
        return False


class Store:
    """A file in anything that fsspec knows."""

    def __init__(self, url: str, size: int) -> None:
        self.url, self.size = url, size
        scheme = url.partition("://")[0]
        try:
            import fsspec

            self._system, self._path = fsspec.core.url_to_fs(url.replace("%20", " "))  # as bundles write blanks
        except ImportError as error:
            raise MissingExtraError(url, EXTRAS.get(scheme, "s3")) from error
        except (ValueError, OSError) as error:
            raise InputError(f"{url}: {error}") from error

    def read(self, start: int, stop: int) -> bytes:
        data = self._asked(start, stop)
        if len(data) != stop - start:
            raise RefusedError(f"{self.url}: is not {self.size} bytes long")
        return data

    def whole(self) -> Iterator[bytes]:
        yield self.read(0, self.size)

    def _asked(self, start: int, stop: int) -> bytes:
        try:
            data: Any = self._system.cat_file(self._path, start=start, end=stop)
            return bytes(data)
        except (FileNotFoundError, PermissionError) as error:
            raise InputError(f"{self.url}: {type(error).__name__}: {str(error)[:200]}") from error
        except Exception as error:  # each store raises its own classes
            said = f"{type(error).__name__}: {str(error)[:200]}"
            if "Credentials" in said:
                raise InputError(f"{self.url}: {said}; set the credentials of that store") from error
            raise InfrastructureError(f"{self.url}: {said}; what has arrived is kept, try again") from error
