"""A scenario into a running Lifering, through the same public interfaces as everybody's data.

Stations go before their units; the rest goes side by side. Loading again leaves everything
unchanged. Live places go the way that phones send theirs, as cells.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from deploy.bulk import Progress, Row, TableReport, send, send_table
from shared.scenarios.scenario import Scenario

POSITION_ROWS = 5_000
"""The most that the gateway takes at once."""


@dataclass
class LoadReport:
    """What became of a scenario's rows."""

    scenario: str
    tables: dict[str, TableReport] = field(default_factory=dict)
    positions: int = 0
    """Live places that the gateway has taken."""
    seconds: float = 0.0

    @property
    def refused(self) -> int:
        """Rows that were refused, over all tables."""
        return sum(table.refused for table in self.tables.values())

    def document(self) -> Row:
        """For JSON."""
        return {
            "scenario": self.scenario,
            "tables": {name: table.document() for name, table in self.tables.items()},
            "positions": self.positions,
            "seconds": round(self.seconds, 3),
        }


async def load_scenario(
    client: httpx.AsyncClient,
    scenario: Scenario,
    *,
    now: datetime,
    presence: bool = True,
    progress: Progress | None = None,
) -> LoadReport:
    """Loads all rows.

    ``client`` is signed in as administrator (:func:`deploy.bulk.gateway_client`), who may write
    every register and send anybody's position.

    ``now`` is when the live places are recorded. Refused rows are in the report; what cannot be
    sent at all raises :class:`deploy.errors.UserError`.
    """
    started = time.monotonic()
    report = LoadReport(scenario.manifest.name)

    async def table(name: str) -> None:
        report.tables[name] = TableReport()
        report.tables[name] = await send_table(
            client, name, scenario.table(name), progress=progress
        )

    async def stations_then_units() -> None:
        await table("stations")
        await table("units")

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(stations_then_units())
            group.create_task(table("aeds"))
            group.create_task(table("rescuers"))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None  # the first to fail has cancelled the others
    if presence:
        report.positions = await send_presence(
            client, scenario.presence, now=now, progress=progress
        )
    report.seconds = time.monotonic() - started
    return report


async def send_presence(
    client: httpx.AsyncClient,
    rows: list[Row],
    *,
    now: datetime,
    progress: Progress | None = None,
) -> int:
    """Sends live cells as positions of ``now``; returns how many were taken."""
    recorded_at = now.isoformat()
    taken = 0
    for start in range(0, len(rows), POSITION_ROWS):
        chunk = [{**row, "recorded_at": recorded_at} for row in rows[start : start + POSITION_ROWS]]
        answer = await send(client, "/api/positions/batch", chunk)
        taken += int(answer["accepted"])
        if progress is not None:
            progress("positions", start + len(chunk), len(rows))
    return taken
