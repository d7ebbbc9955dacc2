"""A paper that fetches its data itself: closed it fails, and says of what; `--network` opens it, and says so."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.rerun.toy import TRAIN, pack, rewrite
from tests.rerun.toy_fixtures import cached, environments, recorded, toy  # noqa: F401 - fixtures
from tests.support.strangers import stranger

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("cached")]
FETCH = """
import urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
assert opener.open("http://127.0.0.1:PORT/points.csv", timeout=10).read() == b"1,2"
"""


@pytest.fixture
def host():
    """A server on this machine's loopback, which is not the one behind the walls; its port and what it was asked."""
    asked = []

    class Host(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"1,2")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], asked
        server.shutdown()


def test_the_network_is_opened_only_when_asked_and_told(host, toy, tmp_path):  # noqa: F811
    port, asked = host
    rewrite(toy, "train.py", TRAIN.replace("# SABOTAGE", FETCH.replace("PORT", str(port))))
    with stranger(pack(toy, tmp_path / "paper.zip")) as somebody:
        closed = somebody.rerun("--work", "closed", "-f", "json")
        assert asked == []
        opened = somebody.rerun("--work", "opened", "--network", "-f", "json")
        page = (somebody.home / "opened" / "rerun-report.html").read_text(encoding="utf-8")
    found = json.loads(closed.stdout)
    assert found["sandbox"]["network"] is False
    assert {claim["cause"] for claim in found["claims"]} == {"data"}
    assert found["failures"] and all("--network opens it" in why for why in found["failures"])
    found = json.loads(opened.stdout)
    assert (opened.returncode, found["sandbox"]["network"], found["failures"]) == (0, True, [])
    assert asked and "network open (--network)" in page
