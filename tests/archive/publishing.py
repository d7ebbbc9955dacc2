"""Servers to publish to, on loopback: a real registry, and a Zenodo of our own."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic
from urllib.parse import unquote

import pytest

from tests.support.apt import need


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def registry(folder: Path, password_file: str = "") -> Iterator[str]:
    """Debian's docker-registry; yields host:port."""
    program = need("docker-registry")
    port = free_port()
    auth = f"auth:\n  htpasswd:\n    realm: test\n    path: {password_file}\n" if password_file else ""
    config = folder / "registry.yml"
    storage = f"storage:\n  filesystem:\n    rootdirectory: {folder / 'storage'}\n"
    config.write_text(f"version: 0.1\nlog:\n  level: error\n{storage}http:\n  addr: 127.0.0.1:{port}\n{auth}")
    server = subprocess.Popen([program, "serve", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/v2/")
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """An S3 server; yields the variables that lead there."""
    pytest.importorskip("s3fs")
    program = Path(sys.prefix, "moto/bin/moto_server")
    if not program.exists():
        pytest.skip("no S3 server here: tools/setup.sh test installs it")
    port = free_port()
    command = [str(program), "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/")
        keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "eu-west-1"}
        yield keys | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    finally:
        server.terminate()
        server.wait(10)


def _wait(url: str) -> None:
    deadline = monotonic() + 60  # a busy machine takes its time to start a server
    while monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except urllib.error.HTTPError as error:
            error.close()
            return
        except OSError:
            threading.Event().wait(0.05)  # tests make time.sleep instant
    raise TimeoutError(url)


class FakeZenodo(ThreadingHTTPServer):
    """What the deposit API does as far as drafts go; counts what it was asked, and fails on demand."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.drafts: dict[int, dict] = {}
        self.files: dict[int, dict[str, bytes]] = {}
        self.asked: list[str] = []
        self.fail_puts = 0
        self.elsewhere = False

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def draft(self, number: int) -> dict:
        links = {"bucket": f"{self.base}/api/files/{number}", "html": f"{self.base}/deposit/{number}"}
        if self.elsewhere:
            links["bucket"] = "http://127.0.0.2:9/api/files/1"
        return {"id": number, "submitted": False, "links": links, "metadata": self.drafts[number]}


class _Handler(BaseHTTPRequestHandler):
    server: FakeZenodo

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def _reply(self, status: int, told: object) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append(f"{self.command} {self.path}")
        if self.headers.get("Authorization") != "Bearer right":
            return self._reply(401, {"message": "bad token"})
        parts = [unquote(part) for part in self.path.strip("/").split("/")]
        if self.command == "POST" and parts == ["api", "deposit", "depositions"]:
            number = len(self.server.drafts) + 1
            self.server.drafts[number], self.server.files[number] = {}, {}
            return self._reply(201, self.server.draft(number))
        number = int(next(part for part in parts if part.isdigit()))
        if parts[:2] == ["api", "files"]:
            if self.server.fail_puts:
                self.server.fail_puts -= 1
                return self._reply(503, {"message": "busy"})
            self.server.files[number][parts[3]] = body
            return self._reply(201, {"checksum": f"md5:{hashlib.md5(body).hexdigest()}"})
        if parts[-1] == "files":
            files = self.server.files[number].items()
            return self._reply(
                200, [{"filename": n, "filesize": len(d), "checksum": hashlib.md5(d).hexdigest()} for n, d in files]
            )
        if self.command == "PUT":
            self.server.drafts[number] = json.loads(body)["metadata"]
        return self._reply(200, self.server.draft(number))

    do_GET = do_POST = do_PUT = _handle


@contextmanager
def zenodo() -> Iterator[FakeZenodo]:
    """A running fake."""
    server = FakeZenodo()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
