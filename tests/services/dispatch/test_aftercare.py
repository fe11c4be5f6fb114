"""After it is over: history, fatigue, surveys, debriefs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from services.dispatch.domain.aftercare import (
    Impact,
    WhyDebrief,
    resting_until,
    why_debrief,
)
from services.dispatch.work.follow_ups import welcome
from shared.contracts import topics
from shared.decision.policy import default_policy
from shared.identity.roles import Role
from tests.services.dispatch.world import NOON, World

FATIGUE = default_policy().fatigue
WINDOW = timedelta(days=FATIGUE.window_days)
GOOD: dict[str, Any] = {
    "arrived": True,
    "cpr": True,
    "shock": False,
    "reached_patient_before_ambulance": True,
    "impact": "mild",
    "wants_debrief": False,
}


def test_the_budget_is_used_up_until_the_oldest_alert_that_counts_leaves_it() -> None:
    full = [NOON - timedelta(days=day) for day in range(FATIGUE.max_alerts)]
    oldest = min(full)
    assert resting_until(full[1:], FATIGUE, NOON) is None
    until = resting_until(full, FATIGUE, NOON)
    assert until == oldest + WINDOW
    assert resting_until(full, FATIGUE, until + timedelta(seconds=1)) is None
    longer = resting_until([*full, NOON - WINDOW * 2], FATIGUE, NOON)
    assert longer == until
    more = resting_until([*full, NOON], FATIGUE, NOON)
    assert more == sorted(full)[1] + WINDOW
    none = FATIGUE.model_copy(update={"max_alerts": 0})
    assert resting_until([], none, NOON) == NOON + WINDOW


def test_who_should_be_talked_to() -> None:
    assert why_debrief(Impact.MODERATE, False) == []
    assert why_debrief(Impact.NONE, True) == [WhyDebrief.ASKED_FOR]
    assert why_debrief(Impact.SEVERE, True) == [WhyDebrief.SEVERE_IMPACT, WhyDebrief.ASKED_FOR]


async def over(city: World) -> dict[str, dict[str, Any]]:
    """An incident until its end: one arrives, one withdraws, one declines, the others wait."""
    incident = (await city.call())["incident"]
    first, second, third, *_ = incident["alerts"]
    city.clock.advance(20)
    for alert, steps in (
        (first, ("accept", "arrived")),
        (second, ("accept", "withdraw")),
        (third, ("decline",)),
    ):
        for step in steps:
            assert (await city.rescuer(alert["rescuer_id"], alert["id"], step)).is_success
    city.clock.advance(300)
    await city.ok("POST", f"/incidents/{incident['id']}/cancel", {"because": "handed over"})
    return {"arrived": first, "withdrew": second, "declined": third}


async def of(city: World, alert: dict[str, Any], path: str) -> dict[str, Any]:
    return await city.ok("GET", path, role=Role.RESCUER, subject=alert["rescuer_id"])


async def say(city: World, alert: dict[str, Any], **changes: Any) -> Any:
    return await city.ask(
        "PUT",
        f"/me/surveys/{alert['id']}",
        {**GOOD, **changes},
        role=Role.RESCUER,
        subject=alert["rescuer_id"],
    )


@pytest.mark.integration
class TestHistory:
    async def test_what_became_of_each_alert_and_no_place(self, city: World) -> None:
        alerts = await over(city)
        expected = {
            "arrived": ("accepted", "arrived", "later"),
            "withdrew": ("accepted", "withdrawn", "later"),
            "declined": ("declined", None, None),
        }
        for name, alert in alerts.items():
            history = await of(city, alert, "/me/history")
            (item,) = history["items"]
            assert (item["answer"], item["outcome"], item["survey"]) == expected[name]
            assert item["alert_id"] == alert["id"]
            assert (item["arrived_at"] is not None) is (name == "arrived")
            assert history["next_before"] is None
            for secret in ("SECRET", "26.24", "117.61", "latitude", "address"):
                assert secret not in json.dumps(history)

    async def test_pages_go_back_in_time(self, city: World) -> None:
        mine = []
        for _ in range(3):
            incident = (await city.call())["incident"]
            mine += [a["id"] for a in incident["alerts"] if a["rescuer_id"] == "r1"]
            await city.ok("POST", f"/incidents/{incident['id']}/cancel", {"because": "false alarm"})
            city.clock.advance(60)
        seen: list[str] = []
        path = "/me/history?limit=2"
        while True:
            page = await of(city, {"rescuer_id": "r1"}, path)
            seen += [item["alert_id"] for item in page["items"]]
            assert {item["answer"] for item in page["items"]} == {"called_off"}
            if page["next_before"] is None:
                break
            path = f"/me/history?limit=2&before={page['next_before']}"
        assert len(mine) == 3
        assert seen == mine[::-1]
        forged = await city.ask("GET", "/me/history?before=abc", role=Role.RESCUER, subject="r1")
        assert forged.status_code == 422

    async def test_who_accepted_is_asked_once_how_it_was(self, city: World) -> None:
        told = await over(city)
        assert await city.follow_ups.look() == 0
        city.clock.advance(5_400)
        # Nobody is woken in their quiet hours; it is noon.
        resting = told["withdrew"]["rescuer_id"]
        record = city.picture.rescuers.get(resting)
        assert record is not None
        quiet = record.record.model_copy(update={"quiet_hours": "10:00-18:00"})
        assert not welcome(quiet, city.clock.now())
        assert welcome(quiet, city.clock.now() + timedelta(hours=6))
        assert not welcome(
            record.record.model_copy(update={"alerts_consent": False}), city.clock.now()
        )
        assert await city.follow_ups.look() == 2
        assert await city.follow_ups.look() == 0
        messages = await city.read(
            topics.ALERTS, lambda seen: sum(m.kind.value == "follow_up" for m in seen) == 2
        )
        asked = {m.rescuer_id: m for m in messages if m.kind.value == "follow_up"}
        assert set(asked) == {told["arrived"]["rescuer_id"], resting}
        for rescuer_id, message in asked.items():
            # The newest of all, so that nothing of the task is shown in its place.
            assert message.sequence == max(
                m.sequence for m in messages if m.rescuer_id == rescuer_id
            )

    async def test_a_running_task_is_not_history(self, city: World) -> None:
        alert = (await city.call())["incident"]["alerts"][0]
        assert (await of(city, alert, "/me/history"))["items"] == []

    async def test_fatigue_is_counted_as_the_decision_counts_it(self, city: World) -> None:
        for number in range(FATIGUE.max_alerts):
            told = await of(city, {"rescuer_id": "r1"}, "/me/fatigue")
            assert told["alerts_7d"] == told["alerts_30d"] == number
            assert told["budget"] == {
                "max_alerts": FATIGUE.max_alerts,
                "window_days": FATIGUE.window_days,
                "left": FATIGUE.max_alerts - number,
            }
            assert told["resting_until"] is None
            incident = (await city.call())["incident"]
            assert "r1" in {alert["rescuer_id"] for alert in incident["alerts"]}
            await city.ok("POST", f"/incidents/{incident['id']}/cancel", {"because": "false alarm"})
        told = await of(city, {"rescuer_id": "r1"}, "/me/fatigue")
        assert told["budget"]["left"] == 0
        assert told["resting_until"] == (NOON + WINDOW).isoformat().replace("+00:00", "Z")
        duty = await city.ok("GET", "/duty/r1", role=Role.SERVICE, subject="rescuer_location")
        assert duty == {"rescuer_id": "r1", "held": False, "resting_until": told["resting_until"]}
        # The decision leaves them in peace for the same reason.
        call = await city.call()
        passed = {each["id"]: each["reason"] for each in call["plan"]["plan"]["skipped"]}
        assert passed["r1"] == "fatigue"

    async def test_whoever_was_asked_is_held(self, city: World) -> None:
        alert = (await city.call())["incident"]["alerts"][0]
        path = f"/duty/{alert['rescuer_id']}"
        assert (await city.ok("GET", path, role=Role.SERVICE))["held"] is True
        for role in set(Role) - {Role.SERVICE}:
            refused = await city.ask("GET", path, role=role, subject=alert["rescuer_id"])
            assert refused.status_code == 403


@pytest.mark.integration
class TestSurveys:
    async def test_they_are_offered_after_ninety_minutes_and_not_for_ever(
        self, city: World
    ) -> None:
        alerts = await over(city)
        arrived = alerts["arrived"]
        assert (await of(city, arrived, "/me/surveys"))["items"] == []
        early = await say(city, arrived)
        assert (early.status_code, early.json()["type"]) == (
            409,
            "urn:lifering:problem:survey-not-open",
        )
        city.clock.advance(5_400)
        for name, asked in (("arrived", 1), ("withdrew", 1), ("declined", 0)):
            offers = (await of(city, alerts[name], "/me/surveys"))["items"]
            assert len(offers) == asked, name
        (offer,) = (await of(city, arrived, "/me/surveys"))["items"]
        assert offer["offered_at"] == "2026-06-10T05:35:20Z"
        assert (await say(city, alerts["declined"])).status_code == 409

        assert (await say(city, arrived)).json()["debrief"] is False
        assert (await of(city, arrived, "/me/surveys"))["items"] == []
        assert (await of(city, arrived, "/me/history"))["items"][0]["survey"] == "answered"
        city.clock.advance(timedelta(days=30).total_seconds())
        assert (await of(city, alerts["withdrew"], "/me/surveys"))["items"] == []
        for name in ("arrived", "withdrew"):
            assert (await say(city, alerts[name])).status_code == 409
        late = await of(city, alerts["withdrew"], "/me/history")
        assert late["items"][0]["survey"] == "closed"

    async def test_a_call_off_ends_it_as_well(self, city: World) -> None:
        incident = (await city.call())["incident"]
        alert = incident["alerts"][0]
        await city.rescuer(alert["rescuer_id"], alert["id"], "accept")
        await city.ok("POST", f"/incidents/{incident['id']}/call-off", {"because": "awake"})
        city.clock.advance(5_400)
        assert len((await of(city, alert, "/me/surveys"))["items"]) == 1

    async def test_nobody_answers_for_somebody_else(self, city: World) -> None:
        arrived = (await over(city))["arrived"]
        city.clock.advance(5_400)
        path = f"/me/surveys/{arrived['id']}"
        stranger = await city.ask("PUT", path, GOOD, role=Role.RESCUER, subject="r9")
        nobody = await city.ask(
            "PUT", f"/me/surveys/alert-{'0' * 32}", GOOD, role=Role.RESCUER, subject="r9"
        )
        assert stranger.status_code == nobody.status_code == 404
        for role in set(Role) - {Role.RESCUER}:
            for method, where, body in (
                ("PUT", path, GOOD),
                ("GET", "/me/surveys", None),
                ("GET", "/me/history", None),
                ("GET", "/me/fatigue", None),
            ):
                refused = await city.ask(
                    method, where, body, role=role, subject=arrived["rescuer_id"]
                )
                assert refused.status_code == 403, (role, where)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"impact": "terrible"}, "impact"),
            ({"arrived": "yes"}, "arrived"),
            ({"note": "x" * 4_001}, "note"),
            ({"state": "done"}, "state"),
        ],
    )
    async def test_what_is_wrong_is_named(
        self, city: World, changes: dict[str, Any], field: str
    ) -> None:
        arrived = (await over(city))["arrived"]
        city.clock.advance(5_400)
        answer = await say(city, arrived, **changes)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field
        assert len((await of(city, arrived, "/me/surveys"))["items"]) == 1


@pytest.mark.integration
class TestDebriefs:
    async def test_who_needs_a_talk_is_seen_until_it_is_done(
        self, city: World, schema: str
    ) -> None:
        alerts = await over(city)
        city.clock.advance(5_400)
        said = await say(city, alerts["arrived"], impact="severe", note="I cannot sleep")
        assert said.json()["debrief"] is True
        await say(city, alerts["withdrew"], wants_debrief=True)
        listed = await city.ok("GET", "/debriefs?state=open")
        assert {each["alert_id"]: each["because"] for each in listed["items"]} == {
            alerts["arrived"]["id"]: ["severe_impact"],
            alerts["withdrew"]["id"]: ["asked_for"],
        }
        # Who feels better before anybody called is not called; a talk that began goes on.
        await say(city, alerts["withdrew"])
        path = f"/debriefs/{alerts['arrived']['id']}"
        who: dict[str, Any] = {"role": Role.REGISTRAR, "subject": "li"}
        moved = await city.ok("PUT", path, {"state": "contacted", "note": "Calls back"}, **who)
        assert (moved["state"], moved["by"], moved["note"], moved["rescuer_note"]) == (
            "contacted",
            "registrar:li",
            "Calls back",
            "I cannot sleep",
        )
        await say(city, alerts["arrived"])
        done = await city.ok("PUT", path, {"state": "done"})
        assert (done["note"], done["by"]) == ("Calls back", "dispatcher:alice")
        assert (await city.ok("GET", "/debriefs?state=open"))["items"] == []
        listed = await city.ok("GET", "/debriefs", role=Role.REGISTRAR, subject="li")
        assert [each["state"] for each in listed["items"]] == ["done"]
        lines = await sql(city, schema, "SELECT actor, action FROM audit WHERE action LIKE 'debr%'")
        assert [tuple(line) for line in lines] == [
            ("dispatcher:alice", "debrief.list"),
            ("registrar:li", "debrief.contacted"),
            ("dispatcher:alice", "debrief.done"),
            ("dispatcher:alice", "debrief.list"),
            ("registrar:li", "debrief.list"),
        ]

    async def test_it_is_nobody_else_s_business(self, city: World) -> None:
        arrived = (await over(city))["arrived"]
        city.clock.advance(5_400)
        await say(city, arrived, impact="severe")
        path = f"/debriefs/{arrived['id']}"
        for role in set(Role) - {Role.DISPATCHER, Role.REGISTRAR}:
            for method, where, body in (
                ("GET", "/debriefs", None),
                ("PUT", path, {"state": "done"}),
            ):
                refused = await city.ask(
                    method, where, body, role=role, subject=arrived["rescuer_id"]
                )
                assert refused.status_code == 403, (role, where)
        nobody = await city.ask("PUT", f"/debriefs/alert-{'0' * 32}", {"state": "done"})
        assert nobody.status_code == 404

    async def test_words_are_kept_for_a_year(self, city: World, schema: str) -> None:
        alerts = await over(city)
        city.clock.advance(5_400)
        await say(city, alerts["arrived"], impact="severe", note="SECRET WORDS")
        path = f"/debriefs/{alerts['arrived']['id']}"
        await city.ok("PUT", path, {"state": "done", "note": "SECRET REPORT"})
        for statement in (
            "UPDATE surveys SET answered_at = answered_at - interval '366 days'",
            "UPDATE debriefs SET state_at = state_at - interval '366 days'",
        ):
            await sql(city, schema, statement)
        await say(city, alerts["withdrew"])
        kept = await sql(city, schema, "SELECT answers::text AS said FROM surveys")
        assert len(kept) == 2
        assert "SECRET" not in "".join(each["said"] for each in kept)
        (debrief,) = (await city.ok("GET", "/debriefs"))["items"]
        told = (debrief["impact"], debrief["rescuer_note"], debrief["note"])
        assert told == ("severe", None, None)


async def sql(city: World, schema: str, statement: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(city.dsn, server_settings={"search_path": schema})
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()
