"""A push service as a browser has it: `web-push-testing` from npm, as a process of its own.

It holds the browser's keys, checks VAPID, decrypts what comes and keeps it to be asked for.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy.web import node
from tests.node import installed

HERE = Path(__file__).parent
PATIENCE_S = 40.0


@dataclass(frozen=True, slots=True)
class Browser:
    """One browser's subscription."""

    id: str
    endpoint: str
    keys: dict[str, str]

    @property
    def body(self) -> dict[str, Any]:
        """What the app puts to `/me/push/subscriptions`."""
        return {
            "endpoint": self.endpoint,
            "keys": self.keys,
            "expiration_time": None,
            "language": "zh-CN",
        }


@dataclass(frozen=True, slots=True)
class PushService:
    """The running service."""

    url: str

    def subscribe(self, vapid_public_key: str) -> Browser:
        """A browser that subscribes with our public key."""
        answer = self._post(
            "/subscribe",
            {"userVisibleOnly": "true", "applicationServerKey": vapid_public_key},
        )
        data = answer["data"]
        return Browser(data["clientHash"], data["endpoint"], data["keys"])

    def expire(self, browser: Browser) -> None:
        """The browser unsubscribes: its endpoint answers 410 from now on."""
        httpx.post(f"{self.url}/expire-subscription/{browser.id}").raise_for_status()

    def received(self, browser: Browser) -> list[dict[str, Any]]:
        """What the browser has been sent, decrypted by the service."""
        answer = self._post("/get-notifications", {"clientHash": browser.id})
        return [json.loads(text) for text in answer["data"]["messages"]]

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}{path}", json=body)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def push_service() -> Iterator[PushService]:
    """The service on a free port, ended at the end."""
    script = installed(HERE) / "node_modules" / "web-push-testing" / "src" / "bin" / "server.js"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([str(node()[0]), str(script), str(port)], stdout=subprocess.DEVNULL)
    service = PushService(f"http://localhost:{port}")
    try:
        end = time.monotonic() + PATIENCE_S
        while True:
            assert process.poll() is None, "the push service has ended by itself"
            with contextlib.suppress(httpx.TransportError):
                if httpx.post(f"{service.url}/status").is_success:
                    break
            assert time.monotonic() < end
            time.sleep(0.05)
        yield service
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)
