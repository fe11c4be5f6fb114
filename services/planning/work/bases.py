"""Where scenarios come from: built in, saved, or the registry as of now.

The registry is read with the asker's own token: dispatch audits by name who took a snapshot, and
planning needs no right that its askers have not.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from services.planning.domain.scenarios import (
    BUILT_IN,
    LIVE,
    Json,
    Scenario,
    Sites,
    Snapshot,
)
from services.planning.settings import Settings
from services.planning.store import ScenarioStore, SnapshotStore
from services.planning.work.children import JobError, work
from shared.http.problems import Problem, not_found, unavailable

SCENARIOS: Final = Path(__file__).resolve().parents[3] / "shared" / "scenarios"
PAGE: Final = 1_000
TABLES: Final = ("aeds", "presence", "rescuers", "stations", "units")


@dataclass(frozen=True, slots=True)
class Base:
    """A scenario as a run or another scenario stands on it."""

    id: str
    name: str
    snapshot: Snapshot
    changes: list[Json]


class Bases:
    """Finds and takes bases."""

    def __init__(
        self,
        scenarios: ScenarioStore,
        snapshots: SnapshotStore,
        client: httpx.AsyncClient,
        settings: Settings,
    ) -> None:
        self._scenarios = scenarios
        self._snapshots = snapshots
        self._client = client
        self._settings = settings
        self._making = asyncio.Lock()

    async def base(self, scenario_id: str, authorization: str) -> Base:
        """One with its snapshot kept; raises 404 and 503 problems."""
        if scenario_id == LIVE:
            return Base(LIVE, LIVE, await self.take(authorization), [])
        if scenario_id in BUILT_IN:
            return Base(scenario_id, scenario_id, await self.built_in(scenario_id), [])
        saved = await self._scenarios.get(scenario_id)
        return Base(saved.id, saved.name, await self.snapshot_of(saved), saved.changes)

    async def snapshot_of(self, saved: Scenario) -> Snapshot:
        """The base of a saved one."""
        found = await self._snapshots.find(saved.snapshot_id)
        if found is None:
            raise not_found("snapshot", saved.snapshot_id)
        return found

    async def built_in(self, name: str) -> Snapshot:
        """A scenario that comes with the software; made once for each of its versions."""
        snapshot_id = f"{name}-{await asyncio.to_thread(_making_of_scenarios)}"
        found = await self._snapshots.find(snapshot_id)
        if found is not None:
            return found
        async with self._making:
            found = await self._snapshots.find(snapshot_id)
            if found is not None:
                return found
            try:
                answer = await work({"do": "base", "name": name})
            except JobError as error:
                raise Problem(
                    409, error.problem["type"], error.problem["title"], error.problem["detail"]
                ) from None
            meta = answer.meta
            made = Snapshot(
                snapshot_id,
                name,
                datetime.fromisoformat(meta["taken_at"]),
                meta["counts"],
                Sites(**meta["sites"]),
            )
            await self._snapshots.keep(made, answer.blobs[0])
        return made

    async def take(self, authorization: str) -> Snapshot:
        """The registry as dispatch decides from it now, kept; audited there under who asks."""
        answer = await self._ask("dispatch", "/incidents/picture/snapshot", authorization)
        taken = await asyncio.to_thread(_read, answer.content)
        await self._snapshots.keep(taken, answer.content)
        return taken

    async def live_sites(self, authorization: str) -> Sites:
        """AEDs, stations and units of the registers as of now: nobody's place is in them."""
        aeds, stations = await asyncio.gather(
            self._pages("aed_registry", "/aeds", authorization),
            self._pages("ambulance_stations", "/stations", authorization),
        )
        return Sites(aeds=[_flat(row) for row in aeds], stations=[_flat(row) for row in stations])

    async def live_counts(self, authorization: str) -> dict[str, int] | None:
        """How much the registry has; None when dispatch does not say."""
        try:
            answer = await self._ask("dispatch", "/incidents/picture", authorization)
        except Problem:
            return None
        return {table["name"]: table["records"] for table in answer.json()["tables"]}

    async def get(self, path: str, authorization: str, **params: Any) -> Any:
        """What dispatch answers to the asker; raises its refusal, or a 503 problem."""
        answer = await self._ask("dispatch", path, authorization, params)
        return await asyncio.to_thread(msgspec.json.decode, answer.content)

    async def _pages(self, service: str, path: str, authorization: str) -> list[Json]:
        rows: list[Json] = []
        params: dict[str, Any] = {"limit": PAGE}
        while True:
            page = (await self._ask(service, path, authorization, params)).json()
            rows += page["items"]
            if page["next_cursor"] is None:
                return rows
            params["cursor"] = page["next_cursor"]

    async def _ask(
        self, service: str, path: str, authorization: str, params: dict[str, Any] | None = None
    ) -> httpx.Response:
        try:
            url = self._settings.url_of(service)[0]
            answer = await self._client.get(
                f"{url}{path}", headers={"Authorization": authorization}, params=params
            )
        except LookupError as error:
            raise unavailable(str(error)) from None
        except httpx.HTTPError as error:
            raise unavailable(f"{service} does not answer ({type(error).__name__}).") from None
        if answer.status_code in (401, 403, 404):
            raise Problem(
                answer.status_code, "refused", f"{service} has refused it", answer.text[:200]
            )
        if not answer.is_success:
            raise unavailable(f"{service} answers {answer.status_code}.")
        return answer


@cache
def _making_of_scenarios() -> str:
    """Tells apart what different versions of the software make."""
    digest = hashlib.sha256()
    for path in sorted(SCENARIOS.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(SCENARIOS).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _read(document: bytes) -> Snapshot:
    """What is told of a snapshot, without the decision's own reader, which loads the decision."""
    found = msgspec.json.decode(document)
    tables = found["content"]["tables"]
    return Snapshot(
        id=f"live-{found['id']}",
        base=LIVE,
        taken_at=datetime.fromisoformat(found["taken_at"]),
        counts={name: len(tables[name]["records"]) for name in TABLES},
        sites=Sites(**{name: tables[name]["records"] for name in ("aeds", "stations", "units")}),
    )


def _flat(row: Json) -> Json:
    """A register's row as records have it."""
    return {**row, **row["place"]}
