"""Fetching by address and hash: ranges, resuming, several at once, and bytes that are not the recorded ones."""

import hashlib
import http.server
import os
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from artifactpack.archive import thin, thin_sources
from artifactpack.errors import InfrastructureError, InputError, RefusedError
from artifactpack.folders import cache_dir

DATA = os.urandom(1 << 20) + b"end"
SIZE = len(DATA)
SHA = hashlib.sha256(DATA).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves DATA. ``ranges`` off answers with all of it; ``broken`` fails, and ``cut`` ends in the middle, so many
    requests past the start; ``says`` is another Content-Range; ``later`` other bytes from the third request on."""

    def do_GET(self):
        server = self.server
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        start, stop = (int(found[1]), int(found[2]) + 1) if found and server.ranges else (0, SIZE)
        with server.lock:
            server.asked.append(start)
            data = DATA if len(server.asked) < 3 else server.later
            fail = server.broken > 0 and start > 0
            server.broken -= fail
            cut = server.cut > 0 and (start > 0 or not server.ranges)
            server.cut -= cut
        body = data[start:stop]
        self.send_response(500 if fail else 206 if server.ranges else 200)
        self.send_header("Content-Length", str(0 if fail else len(body)))
        if server.ranges:
            self.send_header("Content-Range", server.says or f"bytes {start}-{start + len(body) - 1}/{SIZE}")
        self.end_headers()
        if not fail:
            self.send(body[: len(body) // 2] if cut else body)
        self.close_connection = True

    def send(self, body):
        if not self.server.drip:
            self.wfile.write(body)
            return
        for byte in body:
            self.wfile.write(bytes([byte]))
            time.sleep(self.server.drip)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    ranges, broken, cut, says, later, drip = True, 0, 0, "", DATA, 0.0
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.lock = [], threading.Lock()

    def handle_error(self, *_):
        """A client that hangs up is part of the tests."""


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(thin, "RANGE", 1 << 18)
    monkeypatch.setattr(thin, "PAUSE", 0.01)
    with Server() as there:
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
    assert len(server.asked) <= 5  # four that ask for ranges at once, and the one that takes all


@pytest.mark.parametrize("fault", ["broken", "cut"])
def test_a_line_that_breaks_now_and_then_is_tried_again(server, fault):
    setattr(server, fault, 2)
    assert get(server).read_bytes() == DATA


@pytest.mark.parametrize("fault", ["broken", "cut"])
def test_what_has_arrived_is_not_fetched_again(server, fault):
    setattr(server, fault, 1000)
    with pytest.raises(InfrastructureError, match="what has arrived is kept"):
        get(server)
    assert left() == [".done", ".part"]
    setattr(server, fault, 0)
    server.asked.clear()
    assert get(server).read_bytes() == DATA
    assert 0 not in server.asked
    assert left() == [""]


def test_without_ranges_a_cut_is_said_and_the_next_call_begins_anew(server):
    server.ranges, server.cut = False, 1000
    with pytest.raises(InfrastructureError, match="bytes early"):
        get(server)
    server.cut = 0
    assert get(server).read_bytes() == DATA


@pytest.mark.parametrize(
    ("says", "error", "words"),
    [
        pytest.param(f"bytes 7-8/{SIZE}", InputError, "other bytes than it was asked for", id="another-range"),
        pytest.param("nonsense", InputError, "other bytes than it was asked for", id="nonsense"),
        pytest.param(f"bytes 0-1/{SIZE + 1}", RefusedError, f"is {SIZE + 1} bytes long", id="another-size"),
    ],
)
def test_a_server_that_says_it_sends_something_else_is_not_believed(server, says, error, words):
    server.says = says
    with pytest.raises(error, match=words):
        get(server)
    assert not (cache_dir() / "data" / SHA).exists()


def test_a_file_that_changes_on_the_way_is_refused_and_then_fetched_whole(server):
    server.later = bytes(SIZE)
    with pytest.raises(RefusedError, match="is not the recorded file"):
        get(server)
    assert left() == []
    server.later = DATA
    assert get(server).read_bytes() == DATA


def test_what_was_left_of_other_bytes_does_not_spoil_the_next_call(server):
    server.later, server.broken = bytes(SIZE), 2
    with pytest.raises((RefusedError, InfrastructureError)):
        get(server)
    place = cache_dir() / "data" / SHA
    place.with_suffix(".part").write_bytes(bytes(SIZE))
    place.with_suffix(".done").write_bytes(b"\1\0\1\0\0")
    server.later, server.broken = DATA, 0
    assert get(server).read_bytes() == DATA


@pytest.mark.slow
@pytest.mark.parametrize("ranges", [True, False])
def test_a_server_that_drips_is_given_up(server, monkeypatch, ranges):
    monkeypatch.setattr(thin_sources, "TIMEOUT", 0.2)
    monkeypatch.setattr(thin_sources, "SLOWEST", 1 << 22)
    server.drip, server.ranges = 0.02, ranges
    with pytest.raises(InfrastructureError, match="slower than 4096 KiB a second"):
        get(server)


@pytest.mark.parametrize("code", [404, 403, 410])
def test_what_is_not_there_is_not_asked_for_again(server, monkeypatch, code):
    monkeypatch.setattr(Handler, "do_GET", lambda self: (self.server.asked.append(0), self.send_error(code)))
    with pytest.raises(InputError, match=f"HTTP {code} .*give the file with --data"):
        get(server)
    assert len(server.asked) <= 5


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


@pytest.mark.parametrize(
    "url",
    [
        "https://host:port/x",
        "https://[::1/x",
        f"https://{'a' * 70}.example/x",
        "https://x y/",
        "https:///x",
        "https://a..b/",
    ],
)
def test_an_address_that_is_none_is_refused_unasked(url, monkeypatch):
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: pytest.fail("a name server was asked"))
    with pytest.raises(InputError, match="no address of the web"):
        thin.fetch(url, SHA, 1)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "[::1]", "a-b.example.org.", "müller.example", "x_y.s3.test"]
)
def test_an_address_that_may_be_one_is_asked_for(host):
    assert thin_sources.source(f"https://{host}:8443/x", 1)


def test_any_store_that_fsspec_knows(tmp_path):
    pytest.importorskip("fsspec")
    (tmp_path / "data").write_bytes(DATA)
    found = thin.fetch(f"file://{tmp_path}/data", SHA, len(DATA), schemes=("file",))
    assert found.read_bytes() == DATA
