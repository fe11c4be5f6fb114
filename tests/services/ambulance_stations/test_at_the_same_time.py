"""Writers of stations, units, states and circles at the same time, on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from shared.contracts.words import OrderState
from shared.identity.roles import Role
from tests.services.ambulance_stations.conftest import Stations, step

pytestmark = pytest.mark.integration
Row = Callable[..., dict[str, Any]]

ROUNDS = 6


async def test_nobody_waits_for_each_other_in_a_circle(
    stations: Stations, station_row: Row, unit_row: Row
) -> None:
    """Every write takes its locks in one order: the station first. A deadlock would be a 500."""
    for station_id in ("A", "B"):
        await stations.made("/stations", station_row(id=station_id))
    for number in range(4):
        await stations.made("/units", unit_row(id=f"U-{number}", station_id="AB"[number % 2]))

    def moved(number: int) -> dict[str, Any]:
        return {"latitude": 26.0 + number / 10, "longitude": 117.6, "datum": "wgs84"}

    async def move_stations() -> list[httpx.Response]:
        return [
            await stations.call(
                "PUT",
                f"/stations/{station_id}",
                station_row(id=station_id, place=moved(number)),
                if_match="*",
            )
            for number in range(ROUNDS)
            for station_id in ("B", "A")
        ]

    async def upload_stations() -> list[httpx.Response]:
        rows = [station_row(id="B", name="B"), station_row(id="A", name="A")]
        return [await stations.call("POST", "/stations/bulk", rows) for _ in range(ROUNDS)]

    async def upload_units() -> list[httpx.Response]:
        return [
            await stations.call(
                "POST",
                "/units/bulk",
                [
                    unit_row(id=f"U-{each}", station_id="AB"[(each + number) % 2])
                    for each in (3, 2, 1, 0)
                ],
            )
            for number in range(ROUNDS)
        ]

    async def retire_and_bring_back() -> list[httpx.Response]:
        answers = []
        for _ in range(ROUNDS):
            answers.append(await stations.call("DELETE", "/units/U-0", if_match="*"))
            row = unit_row(id="U-0", station_id="A")
            answers.append(await stations.call("PUT", "/units/U-0", row, if_match="*"))
        return answers

    async def tell() -> list[httpx.Response]:
        return [
            await stations.call(
                "POST",
                f"/units/U-{number % 4}/state",
                {"state": "available", **moved(number)},
                role=Role.ADMINISTRATOR,
            )
            for number in range(ROUNDS * 2)
        ]

    async def order() -> list[httpx.Response]:
        await stations.order(
            *(
                (
                    f"evt-{number}",
                    step(
                        OrderState.FREE if number % 2 else OrderState.MOBILE,
                        number,
                        unit_id=f"U-{number % 4}",
                        order_id=f"order-{number % 4}",
                    ),
                )
                for number in range(1, ROUNDS * 2)
            )
        )
        return []

    writers: list[Coroutine[Any, Any, list[httpx.Response]]] = [
        move_stations(),
        upload_stations(),
        upload_units(),
        retire_and_bring_back(),
        tell(),
        order(),
    ]
    answers = [answer for each in await asyncio.gather(*writers) for answer in each]
    # 409: a told state for a unit on an order, or retired at that moment.
    assert {answer.status_code for answer in answers} <= {200, 409}
    for station_id in ("A", "B"):
        station = await stations.get(f"/stations/{station_id}")
        units = (await stations.get("/units", station_id=station_id))["items"]
        assert {unit["shard"] for unit in units} <= {station["shard"]}
        assert bool((await stations.circles(station_id))["circles"]) == bool(units)
