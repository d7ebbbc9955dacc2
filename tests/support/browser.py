"""A headless Chromium, driven through chromedriver's own protocol: no Selenium, no network."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.support.apt import need

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
    *(
        "--window-size=1280,1000",
        "--disable-extensions",
        "--force-prefers-reduced-motion",
        "--disable-features=Translate,OptimizationHints",
    ),
)
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One window; close it, or use it in a ``with`` block."""

    def __init__(self) -> None:
        driver, chromium = need("chromedriver", "chromium-driver"), need("chromium")
        self.profile = tempfile.mkdtemp(prefix="artifactpack-browser-")
        self.process = subprocess.Popen(
            [driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.base = f"http://127.0.0.1:{self._port()}"
        options = {"binary": chromium, "args": [*FLAGS, f"--user-data-dir={self.profile}"]}
        capabilities = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}
        self.session = ""
        try:
            self.session = self._call("POST", "/session", {"capabilities": capabilities})["sessionId"]
        except BaseException:
            self.close()
            raise

    def _port(self) -> int:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "started successfully on port" in line:
                return int(line.rstrip(". \n").rsplit(" ", 1)[1])
        raise RuntimeError("chromedriver did not start")

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = json.dumps(body if body is not None else {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"].splitlines()[0]) from None

    def _post(self, path: str, body: Any = None) -> Any:
        return self._call("POST", f"/session/{self.session}{path}", body)

    def open(self, page: Path) -> None:
        self._post("/url", {"url": page.absolute().as_uri()})

    def run(self, script: str, *arguments: Any) -> Any:
        """The value of *script*, a function body that may use ``arguments``."""
        return self._post("/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script: str, *arguments: Any) -> Any:
        """Like :meth:`run`, for a body that calls its last argument when it is done."""
        return self._post("/execute/async", {"script": script, "args": list(arguments)})

    def click(self, selector: str) -> None:
        """A real click: fails when something else lies on top."""
        found = self._post("/element", {"using": "css selector", "value": selector})[ELEMENT]
        self._post(f"/element/{found}/click")

    def type(self, selector: str, text: str) -> None:
        found = self._post("/element", {"using": "css selector", "value": selector})[ELEMENT]
        self._post(f"/element/{found}/value", {"text": text})

    def devtools(self, command: str, **parameters: Any) -> Any:
        return self._post("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def print(self) -> bytes:
        return base64.b64decode(self._post("/print", {"background": True}))

    def screenshot(self) -> bytes:
        return base64.b64decode(self._call("GET", f"/session/{self.session}/screenshot"))

    def close(self) -> None:
        try:
            if self.session:
                self._call("DELETE", f"/session/{self.session}")
        finally:
            self.process.terminate()
            self.process.wait(10)
            assert self.process.stdout is not None
            self.process.stdout.close()
            shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
