"""Advice for idle ambulances, from the live picture and what has happened here."""

from __future__ import annotations

import pytest

from services.dispatch.work import relocation
from services.dispatch.work.relocation import PROXY_INCIDENTS, demand_of
from shared.contracts.records import UsualPlace
from shared.contracts.words import PlaceKind
from shared.geometry.cells import cell_of
from shared.identity.roles import Role
from tests.services.dispatch.world import HERE, NOON, World, moved


def test_few_incidents_lean_on_homes_and_many_do_not() -> None:
    homes = {"88418a6a2bfffff": 3, "88418a6a23fffff": 1}
    nothing = demand_of([], homes, NOON)
    assert nothing.by_cell == {
        "88418a6a2bfffff": 0.75 * PROXY_INCIDENTS,
        "88418a6a23fffff": 0.25 * PROXY_INCIDENTS,
    }
    assert demand_of([], {}, NOON).by_cell == {}
    seen = demand_of([HERE] * 3, {}, NOON)
    assert list(seen.by_cell.values()) == [3.0]
    assert (seen.incidents, seen.homes) == (3, 0)


def test_many_cells_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relocation, "MOST_CELLS", 4)
    places = [moved(1_500 * row, 1_500 * column) for row in range(6) for column in range(6)]
    demand = demand_of(places, {}, NOON)
    assert len(demand.by_cell) <= 4
    assert sum(demand.by_cell.values()) == len(places)


@pytest.mark.integration
class TestAdvice:
    async def test_an_ambulance_is_sent_where_people_are(self, world: World) -> None:
        # Two ambulances stand together where nobody lives within reach; one base near is empty.
        for name in ("amb1", "amb2"):
            await world.add_unit(name, 5_500)
        home = UsualPlace(kind=PlaceKind.HOME, cell=cell_of(*HERE), hours="24/7")
        for number in range(3):
            await world.add_rescuer(f"r{number}", 100, places=(home,))
        before = await world.ok("GET", "/relocation-advice")
        assert before["idle"] == 2
        assert before["moves"] == []
        assert before["demand"]["homes"] == 3
        await world.add_unit("near", 500, state="off_duty")
        advice = await world.ok("GET", "/relocation-advice", role=Role.PLANNER, subject="p")
        first = advice["moves"][0]
        assert (first["unit_id"], first["to_base"]) == ("amb1", "station-near")
        assert advice["covered_after"] > advice["covered_before"]
        assert advice["basis"] == "h3-grid"
        # Who is on an incident is not advised, and what has happened is demand.
        incident = (await world.call())["incident"]
        busy = {order["unit_id"] for order in incident["orders"]}
        assert busy
        after = await world.ok("GET", "/relocation-advice")
        assert after["idle"] == 2 - len(busy)
        assert after["demand"]["incidents"] == 1

    async def test_it_is_for_those_who_dispatch_and_plan(self, world: World) -> None:
        for role in (Role.RESCUER, Role.STATION):
            answer = await world.ask("GET", "/relocation-advice", role=role, subject="x")
            assert answer.status_code == 403
