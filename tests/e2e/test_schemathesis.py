"""Every service against its own OpenAPI document: no 5xx, no breach of the contract."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lifering import ROOT, Running, environment, lifering, running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

ROLES = {
    "gateway": "administrator",
    "dispatch": "administrator",
    "aed_registry": "administrator",
    "rescuer_location": "administrator",
    "ambulance_stations": "administrator",
    "alerting": "rescuer",
    "planning": "planner",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, dict[str, Any]]]:
    """Everything up, in the foreground, empty."""
    data_dir = tmp_path_factory.mktemp("schemathesis") / "data"
    with running(data_dir, "up", "--foreground") as up:
        up.wait_for(lambda: "running on" in up.said())
        yield up, up.status()


@pytest.mark.parametrize("service", sorted(ROLES))
def test_the_contract_is_kept(stack: tuple[Running, dict[str, Any]], service: str) -> None:
    up, status = stack
    token = lifering(up.data_dir, "token", "--role", ROLES[service], "--subject", "schemathesis")
    url = status["services"][service]["urls"][0]
    answer = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            "--config-file", str(ROOT / "schemathesis.toml"),
            "run", f"{url}/openapi.json",
            "-H", f"Authorization: Bearer {token.stdout.strip()}",
            "--max-examples", "5", "--seed", "1", "--no-color",
        ],
        cwd=up.data_dir,
        env=environment(up.data_dir),
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout[-6_000:] + answer.stderr[-2_000:]
    assert up.status()["ready"] is True
