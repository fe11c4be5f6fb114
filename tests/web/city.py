"""A whole Lifering with Sanming loaded, for the pages to stand before."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx

from deploy.bulk import gateway_client
from deploy.datadir import DataDir
from deploy.loading import load_scenario
from deploy.tokens import HOUR_S, key_pair, make_token
from shared.scenarios import load
from shared.scenarios.scenario import Scenario
from tests.e2e.lifering import lifering

Json = dict[str, Any]
T = TypeVar("T")
PATIENCE_S = 60.0
"""Only ends a test that would hang."""


@dataclass
class City:
    """Where it is, and who may ask."""

    url: str
    data: DataDir
    scenario: Scenario
    _places: Iterator[tuple[float, float]] = field(init=False)
    _clients: dict[tuple[str, str], httpx.Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Beside AEDs far from each other, so that no test's patient is another's.
        chosen: list[tuple[float, float]] = []
        for aed in self.scenario.aeds:
            place = aed["place"]
            latitude, longitude = float(place["latitude"]) + 0.001, float(place["longitude"])
            if all(abs(latitude - a) + abs(longitude - b) > 0.03 for a, b in chosen):
                chosen.append((latitude, longitude))
        self._places = itertools.cycle(chosen)

    def next_place(self) -> tuple[float, float]:
        """A place that no other test of this run uses (latitude, longitude; WGS-84)."""
        return next(self._places)

    def token(self, role: str, subject: str, station: str | None = None) -> str:
        """A signed token for an hour."""
        return make_token(key_pair(self.data)[0], role, subject, int(HOUR_S), station)

    def link(self, page: str, role: str, subject: str, station: str | None = None) -> str:
        """The address of a page, signed in."""
        return f"{self.url}/{page}/#token={self.token(role, subject, station)}"

    def client(self, role: str, subject: str = "test") -> httpx.Client:
        """An HTTP client of the services, signed in."""
        key = (role, subject)
        if key not in self._clients:
            self._clients[key] = httpx.Client(
                base_url=f"{self.url}/api",
                headers={"Authorization": f"Bearer {self.token(role, subject)}"},
                timeout=PATIENCE_S,
                trust_env=False,
            )
        return self._clients[key]

    def get(self, path: str, role: str = "dispatcher", subject: str = "test") -> Any:
        """What is at a path."""
        answer = self.client(role, subject).get(path)
        assert answer.is_success, f"GET {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def post(
        self, path: str, body: Json | None = None, role: str = "dispatcher", subject: str = "test"
    ) -> Any:
        """What a command answered."""
        answer = self.client(role, subject).post(path, json=body or {})
        assert answer.is_success, f"POST {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def arrest(self, **details: Any) -> Json:
        """A suspected arrest at a place of its own; what dispatch answered."""
        latitude, longitude = self.next_place()
        place = {"latitude": latitude, "longitude": longitude, "datum": "wgs84"}
        body = {"place": place, "conscious": False, "breathing_normally": False, **details}
        answer: Json = self.post("/calls", body)
        return answer

    def alerted(self, incident_id: str) -> list[str]:
        """The rescuers who are asked, soonest first."""
        incident = self.get(f"/incidents/{incident_id}")
        return [alert["rescuer_id"] for alert in incident["alerts"]]

    def end_all(self) -> None:
        """Ends what other tests have left open: a queue to look at, and units that are free."""
        for incident in self.get("/incidents?limit=1000")["items"]:
            # One that has ended meanwhile is as good.
            self.client("dispatcher").post(f"/incidents/{incident['id']}/cancel", json={})

    def close(self) -> None:
        """Ends the clients' connections."""
        for client in self._clients.values():
            client.close()


def until(look: Callable[[], T | None], what: str) -> T:
    """What ``look`` finds, as soon as it finds something."""
    give_up = time.monotonic() + PATIENCE_S
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < give_up, f"not there: {what}"
        time.sleep(0.1)


@contextmanager
def city(data_dir: Path) -> Iterator[City]:
    """Started, loaded, ready; stopped at the end."""
    started = lifering(data_dir, "up", "--json")
    assert started.returncode == 0, started.stderr[-3000:]
    try:
        url = json.loads(started.stdout)["services"]["gateway"]["urls"][0]
        scenario = load("sanming", today=datetime.now(UTC).date())
        here = City(url, DataDir(data_dir), scenario)
        # In a thread: a browser that is open keeps an event loop of its own in this one.
        with ThreadPoolExecutor(1) as thread:
            wanted = thread.submit(asyncio.run, _load(here)).result()
        until(lambda: _known(here, wanted), "the scenario in dispatch")
        yield here
        here.close()
    finally:
        lifering(data_dir, "down")


async def _load(here: City) -> dict[str, int]:
    """Loads the scenario; how many records of each table dispatch must know."""
    token = here.token("administrator", "loader")
    async with gateway_client(here.url, token) as client:
        report = await load_scenario(client, here.scenario, now=datetime.now(UTC))
    assert not report.refused, report.document()
    return {name: table.accepted for name, table in report.tables.items()}


def _known(here: City, wanted: dict[str, int]) -> bool:
    tables = here.get("/incidents/picture")["tables"]
    known = {table["name"]: table["records"] for table in tables}
    return all(known[name] >= count for name, count in wanted.items())
