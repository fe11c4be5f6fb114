"""What dispatch decides from, whole: read by a planner, audited, and enough to decide again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import asyncpg
import pytest

from shared.decision import Patient, decide, read_inputs, to_json
from shared.identity.roles import Role
from shared.snapshots import decode, identity
from tests.services.dispatch.world import HERE, NOON, World

pytestmark = pytest.mark.integration

PATH = "/incidents/picture/snapshot"
PLANNER: dict[str, Any] = {"role": Role.PLANNER, "subject": "paula"}


async def test_what_it_decides_from_gives_the_plan_that_a_call_gets(
    city: World, schema: str
) -> None:
    answer = await city.ask("GET", PATH, **PLANNER)
    assert answer.is_success, answer.text
    kept = decode(answer.content)
    assert kept.id == identity(kept.known)
    assert kept.taken_at == NOON
    assert kept.known.counts() == {
        "aeds": 2, "presence": 5, "rescuers": 5, "stations": 2, "units": 2,
    }  # fmt: skip
    assert kept.policy is not None
    patient = Patient(*HERE, NOON, floor=0, conscious=False, breathing=False)
    plan = to_json(decide(kept.known.snapshot(), patient, NOON, kept.policy))

    incident = (await city.call())["incident"]
    made = (await city.ok("GET", f"/incidents/{incident['id']}/plan?number=1"))["plan"]
    chosen = ("rescuer_id", "task", "aed_id", "eta_cpr_s", "reason")
    assert [[c[k] for k in chosen] for c in plan["rescuers"]] == [
        [c[k] for k in chosen] for c in made["rescuers"]
    ]
    assert [u["unit_id"] for u in plan["units"]] == [u["unit_id"] for u in made["units"]]

    # Now they are held, and have been asked: the next call finds them so.
    after = decode((await city.ask("GET", PATH, **PLANNER)).content).known
    asked = {choice["rescuer_id"] for choice in made["rescuers"]}
    assert asked
    assert set(after.held.rescuers) == asked
    assert set(after.held.rescuers.values()) == {incident["id"]}
    assert after.alerts_recent == dict.fromkeys(asked, 1)

    connection = await asyncpg.connect(city.dsn, server_settings={"search_path": schema})
    try:
        rows = await connection.fetch("SELECT actor, action, subject FROM audit")
    finally:
        await connection.close()
    assert [tuple(row) for row in rows] == [("planner:paula", "read_places", "everybody")] * 2


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.RESCUER, Role.STATION, Role.SERVICE])
async def test_only_planners_may_read_where_everybody_is(world: World, role: Role) -> None:
    station = "st-1" if role is Role.STATION else None
    answer = await world.ask("GET", PATH, role=role, subject="somebody", station=station)
    assert answer.status_code == 403


async def test_past_decisions_are_read_by_planners_and_that_is_on_record(
    city: World, schema: str
) -> None:
    call = await city.call()
    incident = call["incident"]["id"]
    window = {
        "since": (NOON - timedelta(days=1)).isoformat(),
        "until": (NOON + timedelta(days=1)).isoformat(),
    }
    query = urlencode(window)
    listed = (await city.ask("GET", f"/incidents/past?{query}", **PLANNER)).json()["incidents"]
    assert [each["incident_id"] for each in listed] == [incident]
    assert "latitude" not in listed[0]
    path = f"/incidents/{incident}/decisions"
    told = (await city.ask("GET", f"{path}?first=true", **PLANNER)).json()
    assert [each["number"] for each in told["decisions"]] == [1]
    kept = read_inputs(told["decisions"][0]["inputs"])
    assert kept.patient.call_at == NOON
    assert "address" not in str(told)
    for role in (Role.DISPATCHER, Role.RESCUER):
        assert (await city.ask("GET", path, role=role, subject="x")).status_code == 403
    connection = await asyncpg.connect(city.dsn, server_settings={"search_path": schema})
    try:
        rows = await connection.fetch(
            "SELECT actor, subject FROM audit WHERE action = $1", "read_decisions"
        )
    finally:
        await connection.close()
    assert [tuple(row) for row in rows] == [("planner:paula", incident)]
