"""Fetching by address and hash: ranges, resuming, several at once, and bytes that are not the recorded ones."""

import hashlib
import http.server
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from artifactpack.archive import thin
from artifactpack.errors import InfrastructureError, RefusedError
from artifactpack.folders import cache_dir

DATA = os.urandom(1 << 20) + b"end"
SIZE = len(DATA)
SHA = hashlib.sha256(DATA).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves DATA; ``ranges`` off answers with all of it, the first ``broken`` requests past the start fail."""

    def do_GET(self):
        server = self.server
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        start, stop = (int(found[1]), int(found[2]) + 1) if found and server.ranges else (0, len(DATA))
        with server.lock:
            server.asked.append(start)
            fail = server.broken > 0 and start > 0
            server.broken -= fail
        self.send_response(500 if fail else 206 if server.ranges else 200)
        self.send_header("Content-Length", str(0 if fail else stop - start))
        self.end_headers()
        if not fail:
            self.wfile.write(DATA[start:stop])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(thin, "RANGE", 1 << 18)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as there:
        there.asked, there.ranges, there.broken, there.lock = [], True, 0, threading.Lock()
        there.daemon_threads = True
        thread = threading.Thread(target=there.serve_forever, args=(0.05,))
        thread.start()
        yield there
        there.shutdown()
        thread.join()


def get(server, sha256=SHA, size=SIZE):
    url = f"http://127.0.0.1:{server.server_address[1]}/data"
    return thin.fetch(url, sha256, size, schemes=("http",))


def left():
    return sorted(p.suffix for p in (cache_dir() / "data").iterdir() if p.suffix != ".lock")


def test_ranges_are_joined_and_fetched_once(server):
    assert get(server).read_bytes() == DATA
    asked = len(server.asked)
    assert asked == 5
    assert get(server).name == SHA
    assert len(server.asked) == asked


def test_a_server_without_ranges_serves_too(server):
    server.ranges = False
    assert get(server).read_bytes() == DATA


def test_what_has_arrived_is_not_fetched_again(server):
    server.broken = 1
    with pytest.raises(InfrastructureError, match="what has arrived is kept"):
        get(server)
    assert left() == [".done", ".part"]
    server.asked.clear()
    assert get(server).read_bytes() == DATA
    assert len(server.asked) < 5
    assert left() == [""]


@pytest.mark.parametrize(
    ("sha256", "size"),
    [
        pytest.param("0" * 64, len(DATA), id="other-bytes"),
        pytest.param(SHA, len(DATA) - 1, id="longer-than-recorded"),
        pytest.param(SHA, len(DATA) + 1, id="shorter-than-recorded"),
    ],
)
def test_other_bytes_are_refused_and_never_in_the_cache(server, sha256, size):
    with pytest.raises(RefusedError):
        get(server, sha256, size)
    assert not (cache_dir() / "data" / sha256).exists()


def test_several_at_once_fetch_it_once(server):
    with ThreadPoolExecutor(4) as pool:
        paths = set(pool.map(lambda _: get(server), range(4)))
    assert [p.read_bytes() == DATA for p in paths] == [True]
    assert len(server.asked) == 5


@pytest.mark.parametrize("url", ["http://example.org/x", "file:///etc/passwd", "memory://x", "x"])
def test_a_strangers_address_is_of_few_kinds(url):
    with pytest.raises(RefusedError):
        thin.fetch(url, SHA, 1)


def test_any_store_that_fsspec_knows(tmp_path):
    pytest.importorskip("fsspec")
    (tmp_path / "data").write_bytes(DATA)
    found = thin.fetch(f"file://{tmp_path}/data", SHA, len(DATA), schemes=("file",))
    assert found.read_bytes() == DATA
