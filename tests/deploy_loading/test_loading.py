from __future__ import annotations

from datetime import UTC, date, datetime

import httpx
import pytest

from deploy.bulk import ATTEMPTS, gateway_client, send_table
from deploy.errors import UserError
from deploy.loading import load_scenario
from shared.scenarios import load
from tests.deploy_loading.conftest import FakeGateway, Row

NOW = datetime(2026, 5, 1, 3, 0, tzinfo=UTC)


def client_of(gateway: FakeGateway) -> httpx.AsyncClient:
    return gateway_client("http://gateway", "a-token", httpx.MockTransport(gateway))


async def test_a_scenario_is_loaded_whole_and_again_changes_nothing(gateway: FakeGateway) -> None:
    scenario = load("sanming", today=date(2026, 5, 1))
    told: list[tuple[str, int, int]] = []
    async with client_of(gateway) as client:
        report = await load_scenario(
            client, scenario, now=NOW, progress=lambda *news: told.append(news)
        )
        again = await load_scenario(client, scenario, now=NOW, presence=False)
    assert report.refused == 0
    for name, table in report.tables.items():
        assert table.created == table.accepted == len(scenario.table(name))
        assert len(gateway.tables[name]) == table.rows
        assert again.tables[name].unchanged == table.rows
    assert report.positions == len(scenario.presence) == len(gateway.positions)
    assert gateway.positions[0]["recorded_at"] == NOW.isoformat()
    assert set(gateway.positions[0]) == {"rescuer_id", "cell", "recorded_at"}
    assert gateway.authorizations == {"Bearer a-token"}
    assert max(rows for _, rows in gateway.requests) <= 5_000
    assert ("rescuers", 32_400, 32_400) in told
    assert report.document()["tables"]["aeds"]["created"] == 339


async def test_stations_go_before_their_units(gateway: FakeGateway) -> None:
    scenario = load("takamatsu", today=date(2026, 5, 1))
    async with client_of(gateway) as client:
        report = await load_scenario(client, scenario, now=NOW)
    paths = [path for path, _ in gateway.requests]
    assert paths.index("/api/stations/bulk") < paths.index("/api/units/bulk")
    assert report.tables["units"].refused == 0


async def test_refused_rows_keep_their_number_over_chunks(gateway: FakeGateway) -> None:
    error = {"field": "name", "message": "is odd", "mend": "change it"}
    gateway.refuse = lambda row: error if row["id"] in {"aed-2", "aed-7"} else None
    rows: list[Row] = [{"id": f"aed-{number}"} for number in range(1, 9)]
    rows[4]["state"] = "suspended"
    async with client_of(gateway) as client:
        report = await send_table(client, "aeds", rows, chunk_rows=3)
    assert [path for path, _ in gateway.requests] == ["/api/aeds/bulk"] * 3
    assert report.accepted == 6
    assert report.refused == 2
    assert [(each["row"], each["id"]) for each in report.refused_rows] == [
        (2, "aed-2"),
        (7, "aed-7"),
    ]
    assert report.refused_rows[0]["errors"] == [error]


async def test_what_may_be_over_soon_is_tried_again(
    gateway: FakeGateway, no_waiting: list[float]
) -> None:
    gateway.trouble = [
        httpx.ConnectError("refused"),
        httpx.Response(503, headers={"Retry-After": "2"}, json={"title": "Not now"}),
        httpx.Response(429),
        httpx.ReadTimeout("slow"),
    ]
    async with client_of(gateway) as client:
        report = await send_table(client, "aeds", [{"id": "aed-1"}])
    assert report.created == 1
    assert len(no_waiting) == 4
    assert no_waiting[1] >= 2


async def test_what_stays_away_is_one_line(gateway: FakeGateway, no_waiting: list[float]) -> None:
    gateway.trouble = [httpx.ConnectError("refused") for _ in range(ATTEMPTS)]
    async with client_of(gateway) as client:
        with pytest.raises(UserError, match=r"/api/aeds/bulk: http://gateway cannot be reached"):
            await send_table(client, "aeds", [{"id": "aed-1"}])
    assert len(no_waiting) == ATTEMPTS - 1


async def test_a_refusal_is_not_tried_again_and_says_the_mend(
    gateway: FakeGateway, no_waiting: list[float]
) -> None:
    scenario = load("takamatsu", today=date(2026, 5, 1))
    refusal = {
        "title": "Not allowed",
        "detail": "This needs the role registrar.",
        "errors": [{"field": "role", "message": "is dispatcher", "mend": "take another token"}],
    }
    gateway.trouble = [httpx.Response(403, json=refusal) for _ in range(4)]
    async with client_of(gateway) as client:
        with pytest.raises(UserError, match=r"403: This needs the role.*; take another token"):
            await load_scenario(client, scenario, now=NOW)
    assert no_waiting == []
