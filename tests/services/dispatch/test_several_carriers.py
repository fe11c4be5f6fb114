"""Several rescuers of one incident for one AED: it is the incident's, until the last lets go."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg
import httpx
import pytest

from services.dispatch.work import planning
from services.dispatch.work.aed_codes import AedCodes
from shared.contracts.words import AlertState, Task, TransportMode
from shared.decision import decide
from shared.decision.model import (
    Commitment,
    Order,
    Patient,
    PlaceSource,
    Plan,
    Reason,
    RescuerChoice,
)
from shared.decision.policy import Policy
from shared.decision.snapshot import Snapshot
from shared.identity.roles import Role
from tests.services.dispatch.test_deadlines import until
from tests.services.dispatch.world import World, moved

pytestmark = pytest.mark.integration
sent_for_a1 = pytest.mark.usefixtures("several")


def everybody_for_a1(
    snapshot: Snapshot,
    patient: Patient,
    now: datetime,
    policy: Policy,
    commitments: Sequence[Commitment] = (),
    orders: Sequence[Order] = (),
) -> Plan:
    """The decision, but that everybody asked first is sent for the AED a1 (unless it is held).

    They keep it until somebody has collected it or found it missing. So what dispatch does with
    several carriers does not hang on how many the decision sends, and for how long.
    """
    plan = decide(snapshot, patient, now, policy, commitments, orders)
    if not commitments and "a1" not in {
        **snapshot.held.aeds,
        **dict.fromkeys(snapshot.missing_aeds),
    }:
        return replace(plan, rescuers=tuple(for_a1(c) for c in plan.rescuers))
    collected = {c.aed_id for c in commitments if c.state is AlertState.AED_COLLECTED}
    gone = collected | snapshot.missing_aeds
    aeds = {c.rescuer_id: c.aed_id for c in commitments}
    kept = [c for c in plan.retask if aeds[c.rescuer_id] in gone]
    told = {choice.rescuer_id for choice in (*kept, *plan.rescuers)}
    told |= {stand_down.rescuer_id for stand_down in plan.stand_down}
    more = [
        direct(c, rank)
        for rank, c in enumerate(commitments, start=len(kept) + 1)
        if c.aed_id in collected
        and c.rescuer_id not in told
        and c.state in {AlertState.SENT, AlertState.ACCEPTED}
    ]
    return replace(plan, retask=(*kept, *more))


def for_a1(choice: RescuerChoice) -> RescuerChoice:
    return replace(
        choice,
        task=Task.VIA_AED,
        aed_id="a1",
        eta_shock_s=choice.eta_cpr_s + 45,
        p_aed=0.9,
        reason=Reason.FETCHES_AED,
    )


def direct(commitment: Commitment, rank: int) -> RescuerChoice:
    return RescuerChoice(
        rescuer_id=commitment.rescuer_id,
        rank=rank,
        task=Task.DIRECT,
        aed_id=None,
        eta_cpr_s=100.0,
        eta_shock_s=None,
        p_accept=1.0,
        p_arrive=0.8,
        p_aed=None,
        aed_doubts=(),
        place_source=PlaceSource.LIVE,
        place_age_s=0.0,
        mode=TransportMode.E_BIKE,
        distance_m=100.0,
        reason=Reason.AED_LOST,
    )


@pytest.fixture
def several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "decide", everybody_for_a1)


async def aed_claims(city: World, schema: str) -> list[tuple[str, str]]:
    """(AED, incident) of every active claim of an AED."""
    connection = await asyncpg.connect(city.dsn)
    try:
        rows = await connection.fetch(
            f"""SELECT entity_id, incident_id FROM {schema}.claims
                WHERE kind = 'aed' AND released_at IS NULL ORDER BY 1, 2"""
        )
    finally:
        await connection.close()
    return [(row["entity_id"], row["incident_id"]) for row in rows]


async def carriers(city: World) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A call with at least three carriers of a1."""
    incident = (await city.call())["incident"]
    found = [a for a in incident["alerts"] if a["aed_id"] == "a1"]
    assert len(found) >= 3
    return incident, found


async def task_of(city: World, alert: dict[str, Any]) -> dict[str, Any]:
    return await city.ok(
        "GET", f"/me/tasks/{alert['id']}", role=Role.RESCUER, subject=alert["rescuer_id"]
    )


@sent_for_a1
async def test_it_is_held_until_the_last_of_them_is_gone(city: World, schema: str) -> None:
    incident, found = await carriers(city)
    held = [("a1", incident["id"])]
    first, second, *rest = found
    assert await aed_claims(city, schema) == held
    await city.rescuer(first["rescuer_id"], first["id"], "decline")
    assert ("a1", incident["id"]) in await aed_claims(city, schema)
    await city.rescuer(second["rescuer_id"], second["id"], "accept")
    await city.rescuer(second["rescuer_id"], second["id"], "withdraw")
    assert ("a1", incident["id"]) in await aed_claims(city, schema)
    city.clock.advance(50)
    await until(city, incident["id"], "alert_timed_out", len(rest))
    assert ("a1", incident["id"]) not in await aed_claims(city, schema)


@sent_for_a1
async def test_another_patient_gets_it_only_then(city: World, schema: str) -> None:
    incident, _ = await carriers(city)
    latitude, longitude = moved(700)
    place = {"latitude": latitude, "longitude": longitude, "datum": "wgs84"}
    for number in range(6, 10):
        await city.add_rescuer(f"r{number}", 600 + 10 * number)
    second = (await city.call(place=place))["incident"]
    assert second["alerts"]
    assert "a1" not in {a["aed_id"] for a in second["alerts"]}
    await city.ok("POST", f"/incidents/{incident['id']}/cancel", {})
    assert ("a1", incident["id"]) not in await aed_claims(city, schema)
    latitude, longitude = moved(0, 400)
    third = await city.call(place={**place, "latitude": latitude, "longitude": longitude})
    assert ("a1", third["incident"]["id"]) in await aed_claims(city, schema)


@sent_for_a1
async def test_two_take_it_at_the_same_instant_and_one_incident_has_it(
    city: World, schema: str
) -> None:
    for number in range(6, 16):
        await city.add_rescuer(f"r{number:02}", 40 * number)
    places = [moved(0, 300 * n) for n in range(4)]
    calls = await asyncio.gather(
        *(city.call(place={"latitude": a, "longitude": b, "datum": "wgs84"}) for a, b in places)
    )
    having = [
        call["incident"]["id"]
        for call in calls
        if "a1" in {a["aed_id"] for a in call["incident"]["alerts"]}
    ]
    assert len(having) == 1
    assert ("a1", having[0]) in await aed_claims(city, schema)


@sent_for_a1
async def test_when_one_has_it_the_others_get_another_task(
    city: World, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def code_of(_: AedCodes, aed_id: str) -> str:
        return f"code of {aed_id}"

    monkeypatch.setattr(AedCodes, "code_of", code_of)
    incident, found = await carriers(city)
    first, second, third, *_ = found
    for one in (first, second):
        assert (await city.rescuer(one["rescuer_id"], one["id"], "accept")).is_success
    codes = [(await task_of(city, one))["aed"] for one in (first, second)]
    assert [aed and aed["code"] for aed in codes] == ["code of a1"] * 2
    assert (await task_of(city, third))["aed"] is None

    answer = await city.rescuer(first["rescuer_id"], first["id"], "aed-collected", aed_id="a1")
    assert answer.json()["state"] == "aed_collected"
    after = {a["id"]: a for a in (await city.incident(incident["id"]))["alerts"]}
    assert after[first["id"]]["aed_id"] == "a1"
    still_on = [a for a in after.values() if a["ended_at"] is None and a["id"] != first["id"]]
    assert still_on
    assert "a1" not in {a["aed_id"] for a in still_on}
    told = await task_of(city, second)
    assert told["aed"] is None or told["aed"]["code"] != "code of a1"
    assert await aed_claims(city, schema) == [("a1", incident["id"])]

    timeline = await city.ok("GET", f"/incidents/{incident['id']}/timeline")
    changed = [e["detail"] for e in timeline["entries"] if e["event"] == "task_changed"]
    assert {d["alert_id"] for d in changed} == {a["id"] for a in still_on}
    assert {d["because"] for d in changed} == {"aed_lost"}
    updates = [m for m in await city.alerts(len(found) + len(changed)) if m.kind.value == "update"]
    assert {m.alert_id for m in updates} == {a["id"] for a in still_on}
    assert all(m.sequence > 1 for m in updates)

    # It left with the first; the cabinet is empty for everybody until somebody has looked.
    await city.rescuer(first["rescuer_id"], first["id"], "withdraw")
    assert await aed_claims(city, schema) == []
    await city.ok("POST", f"/incidents/{incident['id']}/cancel", {})
    again = (await city.call())["incident"]
    assert "a1" not in {a["aed_id"] for a in again["alerts"]}


@sent_for_a1
async def test_what_one_does_not_find_nobody_fetches(city: World, schema: str) -> None:
    incident, found = await carriers(city)
    first, second, *_ = found
    await city.rescuer(second["rescuer_id"], second["id"], "accept")
    await city.rescuer(first["rescuer_id"], first["id"], "accept")
    await city.rescuer(first["rescuer_id"], first["id"], "aed-missing", aed_id="a1")
    after = (await city.incident(incident["id"]))["alerts"]
    assert "a1" not in {a["aed_id"] for a in after if a["ended_at"] is None}
    assert ("a1", incident["id"]) not in await aed_claims(city, schema)
    assert (await city.events(incident["id"])).count("aed_missing") == 1
    # The second phone had the same words on their way: they change nothing any more.
    late = await city.rescuer(second["rescuer_id"], second["id"], "aed-missing", aed_id="a1")
    assert late.status_code == 200
    assert (await city.events(incident["id"])).count("aed_missing") == 1


@sent_for_a1
async def test_who_has_it_in_hand_after_all_brings_it(
    city: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_the_second(*given: Any) -> Plan:
        plan = everybody_for_a1(*given)
        keep = [c for c in plan.retask if c.rescuer_id != second["rescuer_id"]]
        if given[4]:
            commitment = next(c for c in given[4] if c.rescuer_id == second["rescuer_id"])
            keep.append(direct(commitment, 1))
        return replace(plan, retask=tuple(keep))

    incident, found = await carriers(city)
    first, second, *_ = found
    monkeypatch.setattr(planning, "decide", without_the_second)
    for one in (first, second):
        await city.rescuer(one["rescuer_id"], one["id"], "accept")
    monkeypatch.setattr(planning, "decide", everybody_for_a1)
    assert (await task_of(city, second))["task"] == "direct"
    # The phone was quicker than the change of task.
    refused = await city.rescuer(second["rescuer_id"], second["id"], "aed-collected", aed_id="zz")
    assert refused.status_code == 409
    taken = await city.rescuer(second["rescuer_id"], second["id"], "aed-collected", aed_id="a1")
    assert taken.json()["task"] == "via_aed"
    after = {a["id"]: a for a in (await city.incident(incident["id"]))["alerts"]}
    assert after[second["id"]]["aed_id"] == "a1"
    assert after[first["id"]]["aed_id"] != "a1"
    both: httpx.Response = await city.rescuer(
        first["rescuer_id"], first["id"], "aed-collected", aed_id="a1"
    )
    assert both.status_code == 409
    assert both.json()["type"].endswith("aed-collected")


@sent_for_a1
async def test_a_late_yes_joins_the_others(city: World, schema: str) -> None:
    incident, found = await carriers(city)
    first, second, *_ = found
    await city.rescuer(second["rescuer_id"], second["id"], "accept")
    city.clock.advance(50)
    await until(city, incident["id"], "alert_timed_out", len(found) - 1)
    late = await city.rescuer(first["rescuer_id"], first["id"], "accept")
    assert late.json()["task"] == "via_aed"
    assert ("a1", incident["id"]) in await aed_claims(city, schema)
    await city.rescuer(second["rescuer_id"], second["id"], "withdraw")
    assert ("a1", incident["id"]) in await aed_claims(city, schema)


@sent_for_a1
async def test_a_merge_hands_it_over_and_a_split_gives_it_to_one(city: World, schema: str) -> None:
    first, _ = await carriers(city)
    latitude, longitude = moved(20)
    place = {"latitude": latitude, "longitude": longitude, "datum": "wgs84"}
    second = (await city.call(place=place))["incident"]
    assert second["alerts"] == []
    await city.ok("POST", f"/incidents/{first['id']}/merge", {"into": second["id"]})
    assert ("a1", second["id"]) in await aed_claims(city, schema)
    merged = (await city.incident(second["id"]))["alerts"]
    assert {a["aed_id"] for a in merged if a["ended_at"] is None} >= {"a1"}
    await city.ok("POST", f"/incidents/{first['id']}/split")
    claims = [pair for pair in await aed_claims(city, schema) if pair[0] == "a1"]
    assert claims == [("a1", first["id"])]
    of_first = (await city.incident(first["id"]))["alerts"]
    of_second = (await city.incident(second["id"]))["alerts"]
    assert "a1" in {a["aed_id"] for a in of_first if a["ended_at"] is None}
    assert "a1" not in {a["aed_id"] for a in of_second if a["ended_at"] is None}


async def test_the_decision_sends_several_and_one_of_them_brings_it(
    city: World, schema: str
) -> None:
    incident = (await city.call())["incident"]
    sent: dict[str, list[dict[str, Any]]] = {}
    for alert in incident["alerts"]:
        if alert["aed_id"] is not None:
            sent.setdefault(alert["aed_id"], []).append(alert)
    aed_id, several = max(sent.items(), key=lambda item: len(item[1]))
    assert len(several) >= 2
    assert await aed_claims(city, schema) == sorted((each, incident["id"]) for each in sent)
    for alert in several:
        assert (await city.rescuer(alert["rescuer_id"], alert["id"], "accept")).is_success
    still = [a for a in (await city.incident(incident["id"]))["alerts"] if a["aed_id"] == aed_id]
    first = still[0]
    taken = await city.rescuer(first["rescuer_id"], first["id"], "aed-collected", aed_id=aed_id)
    assert taken.is_success
    after = [a for a in (await city.incident(incident["id"]))["alerts"] if a["ended_at"] is None]
    assert [a["id"] for a in after if a["aed_id"] == aed_id] == [first["id"]]
    assert {a["id"] for a in several} - {first["id"]} & {a["id"] for a in after}
    assert await aed_claims(city, schema) == sorted(
        {(a["aed_id"], incident["id"]) for a in after if a["aed_id"] is not None}
    )
