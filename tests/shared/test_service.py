"""A service's life as a process: the port first, then its parts; a drained stop; a loud failure."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
WAIT_S = 60.0
"""How long anything may take on a busy machine before the test gives up."""


@contextlib.contextmanager
def process(schema: str, database_url: str, **environment: str) -> Iterator[tuple[Any, str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.shared.sample_service"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "LIFERING_SERVICE": schema,
            "LIFERING_PORT": str(port),
            "DATABASE_URL": database_url,
            **environment,
        },
    )
    try:
        yield child, f"http://127.0.0.1:{port}"
    finally:
        child.kill()
        child.communicate()


def until(url: str, path: str, status: int, child: Any) -> dict[str, Any]:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        assert child.poll() is None, child.communicate()[1]
        with contextlib.suppress(httpx.TransportError):
            response = httpx.get(url + path, trust_env=False)
            if response.status_code == status:
                body: dict[str, Any] = response.json()
                return body
        time.sleep(0.05)
    raise AssertionError(f"{path} never answered {status}")


@pytest.mark.integration
def test_it_starts_serves_and_drains(schema: str, database_url: str, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with process(schema, database_url, SAMPLE_GATE=str(gate)) as (child, url):
        starting = until(url, "/ready", 503, child)
        assert starting["checks"]["started"] == {"ok": False, "detail": "starting"}
        assert httpx.get(url + "/live", trust_env=False).status_code == 200
        assert httpx.get(url + "/count", trust_env=False).status_code == 503
        gate.touch()
        ready = until(url, "/ready", 200, child)
        assert ready["checks"]["database"] == {"ok": True, "detail": "answers"}
        traced = httpx.get(url + "/count", trust_env=False, headers={"traceparent": TRACEPARENT})
        assert traced.json() == 0
        assert traced.headers["x-trace-id"] == TRACEPARENT.split("-")[1]
        assert len(httpx.get(url + "/count", trust_env=False).headers["x-trace-id"]) == 32
        with httpx.stream("GET", url + "/stream", trust_env=False, timeout=WAIT_S) as stream:
            received = stream.iter_lines()
            assert next(received) == "retry: 2000"
            child.send_signal(signal.SIGTERM)
            assert list(received) == [""]
        errors = child.communicate(timeout=WAIT_S)[1]
        assert child.returncode == 0, errors
        stops = [line for line in errors.splitlines() if '"stopping ' in line]
        assert ["stopping second" in line for line in stops] == [True, False]


@pytest.mark.integration
@pytest.mark.parametrize("how", ["start", "part"])
def test_what_fails_ends_the_process_loudly(
    schema: str, database_url: str, tmp_path: Path, how: str
) -> None:
    (gate := tmp_path / "gate").touch()
    environment = {"SAMPLE_GATE": str(gate), "SAMPLE_FAIL": how}
    with process(schema, database_url, **environment) as (child, _):
        errors = child.communicate(timeout=WAIT_S)[1]
        assert child.returncode == 1, errors
        assert "RuntimeError: as asked" in errors


@pytest.mark.integration
def test_it_can_be_stopped_while_it_starts(schema: str, database_url: str, tmp_path: Path) -> None:
    with process(schema, database_url, SAMPLE_GATE=str(tmp_path / "never")) as (child, url):
        until(url, "/ready", 503, child)
        child.send_signal(signal.SIGTERM)
        errors = child.communicate(timeout=WAIT_S)[1]
        assert child.returncode == 0, errors
