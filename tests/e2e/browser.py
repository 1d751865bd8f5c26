"""Drive a real Chromium through its own driver, by the W3C's protocol; nothing but Debian's two packages is needed."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""By this name the protocol knows an element."""
ENTER = "\ue007"
PATIENCE = 60.0
STROKES = 40
AT_REST = "return new Promise(done => requestIdleCallback(() => done(true), {timeout: 2000}))"
PROGRAMS = ("chromium", "chromedriver")


def is_there() -> bool:
    """Tell whether this machine has a browser and its driver."""
    return all(shutil.which(program) for program in PROGRAMS)


@dataclass(frozen=True)
class Browser:
    """One window; what is not there yet is waited for."""

    session: str

    def tell(self, method: str, path: str, content: dict[str, Any] | None = None) -> Any:
        """Send one command and give its value; LookupError says what the driver objects to."""
        body = json.dumps(content or {}).encode() if method == "POST" else None
        request = urllib.request.Request(f"{self.session}{path}", data=body, headers={"Content-Type": "application/json"}, method=method)
        try:
            with DIRECT.open(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as refused:
            raise LookupError(json.load(refused)["value"]["message"].splitlines()[0]) from None

    def open(self, address: str) -> None:
        """Go to an address and wait for the page's own parts."""
        self.tell("POST", "/url", {"url": address})

    @property
    def address(self) -> str:
        return str(self.tell("GET", "/url"))

    def resize(self, width: int, height: int) -> None:
        """Give the window a size in pixels."""
        self.tell("POST", "/window/rect", {"width": width, "height": height})

    def find(self, xpath: str, seconds: float = PATIENCE) -> str:
        """Wait for an element that is shown and give its number."""
        deadline = time.monotonic() + seconds
        while True:
            for element in self.tell("POST", "/elements", {"using": "xpath", "value": xpath}):
                number = str(element[ELEMENT])
                try:
                    if self.tell("GET", f"/element/{number}/displayed"):
                        return number
                except LookupError:
                    continue  # the page was drawn anew meanwhile
            if time.monotonic() > deadline:
                raise AssertionError(f"not shown after {seconds:.0f} s: {xpath}\nat {self.address}\n{self.text()[:2000]}")
            time.sleep(0.2)

    def click(self, xpath: str, seconds: float = PATIENCE) -> None:
        """Wait for an element and press it; what covers it for a moment is waited for."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.tell("POST", f"/element/{self.find(xpath, seconds)}/click")
                return
            except LookupError as hindrance:
                if time.monotonic() > deadline:
                    raise AssertionError(f"cannot be pressed: {xpath}: {hindrance}") from None
                time.sleep(0.2)

    def type(self, xpath: str, text: str) -> None:
        """Write into a field."""
        self.tell("POST", f"/element/{self.find(xpath)}/value", {"text": text})

    def clear(self, xpath: str) -> None:
        """Empty a field."""
        self.tell("POST", f"/element/{self.find(xpath)}/clear")

    def fill(self, xpath: str, text: str) -> None:
        """Write into a field as a person does: with pauses, in which the page takes in what was written.

        React drops a change when fifty came before the page had come to rest, so a long text typed in one go loses its 52nd letter.
        """
        element = self.find(xpath)
        for end in range(STROKES, len(text) + STROKES, STROKES):
            self.tell("POST", f"/element/{element}/value", {"text": text[end - STROKES : end]})
            deadline = time.monotonic() + PATIENCE
            while self.tell("GET", f"/element/{element}/property/value") != text[:end] or not self.run(AT_REST):
                assert time.monotonic() < deadline, f"what is written does not stand there: {xpath}"
                time.sleep(0.05)

    def text(self) -> str:
        """Give what a reader sees of the page."""
        return str(self.run("return document.body ? document.body.innerText : ''"))

    def run(self, script: str, *arguments: object) -> Any:
        """Run a script in the page."""
        return self.tell("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def enter_frame(self, xpath: str = "//iframe") -> None:
        """Look inside a frame of the page until `leave_frame`."""
        self.tell("POST", "/frame", {"id": {ELEMENT: self.find(xpath)}})

    def leave_frame(self) -> None:
        """Look at the whole page again."""
        self.tell("POST", "/frame", {"id": None})

    def picture(self, path: Path) -> None:
        """Keep what the window shows."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.tell("GET", "/screenshot")))


@contextmanager
def open_browser(folder: Path, width: int = 1440, height: int = 1000) -> Iterator[Browser]:
    """Start a driver and a window without a screen; both are ended with the block."""
    port = _free_port()
    with (folder / "chromedriver.log").open("ab") as log:
        driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        base = f"http://127.0.0.1:{port}"
        _wait_until_ready(base)
        words = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-proxy-server", "--lang=vi"]
        options = {"args": [*words, f"--window-size={width},{height}", f"--user-data-dir={folder / 'profile'}"]}
        wish = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options, "acceptInsecureCerts": True}}}
        number = Browser(base).tell("POST", "/session", wish)["sessionId"]
        browser = Browser(f"{base}/session/{number}")
        try:
            yield browser
        finally:
            browser.tell("DELETE", "")
    finally:
        driver.terminate()
        driver.wait(20)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_until_ready(base: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            if Browser(base).tell("GET", "/status")["ready"]:
                return
        except (OSError, LookupError):
            assert time.monotonic() < deadline, "the browser's driver does not answer"
        time.sleep(0.1)
