"""What rescuers say about themselves, and what counts of it now."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.rescuer_location.domain.availability import Duty, WhyNot, reasons_against
from services.rescuer_location.domain.changes import OwnChange, changed
from services.rescuer_location.domain.rescuer import Rescuer, record_of
from services.rescuer_location.domain.whereabouts import CountedPlace, Whereabouts, whereabouts
from shared.contracts.records import PresenceRecord
from shared.decision.candidates import whereabouts as decided_whereabouts
from shared.decision.index import RescuerIndex
from shared.decision.moment import Moment
from shared.decision.policy import default_policy
from shared.geometry.cells import cell_of
from shared.identity.roles import Role
from tests.services.gateway.world import serving
from tests.services.rescuer_location.world import HOME, NOW, Running, World, eventually, row

WORK = cell_of(26.27, 117.64)
BY_HOUR = [
    {"kind": "work", "cell": WORK, "hours": "Mo-Fr 08:00-18:00"},
    {"kind": "home", "cell": HOME, "hours": "Mo-Fr 18:00-08:00; Sa-Su 00:00-24:00"},
]
ME: dict[str, Any] = {"role": Role.RESCUER, "subject": "R-1"}
AT_HOME = Whereabouts(CountedPlace.HOME, HOME, "no_live_place")  # type: ignore[arg-type]


def rescuer(**changes: Any) -> Rescuer:
    return Rescuer.model_validate(row("R-1", **changes))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "enrolled"}, WhyNot.NOT_VERIFIED),
        ({"state": "suspended"}, WhyNot.SUSPENDED),
        ({"credential": None}, WhyNot.NO_CERTIFICATE),
        (
            {"credential": {"kind": "cpr", "expires_on": "2026-03-01"}},
            WhyNot.CERTIFICATE_EXPIRED,
        ),
        ({"consent": {"alerts": False, "location": True}}, WhyNot.CONSENT_WITHDRAWN),
        ({"available": False}, WhyNot.OFF_DUTY),
        ({"quiet_hours": "09:00-11:00"}, WhyNot.QUIET_HOURS),
    ],
)
def test_each_reason_is_told(changes: dict[str, Any], reason: WhyNot) -> None:
    assert reasons_against(rescuer(**changes), AT_HOME, NOW) == [reason]


def test_what_others_know_counts_as_well_and_reasons_add_up() -> None:
    nowhere = Whereabouts(CountedPlace.NONE, None, "no_live_place")  # type: ignore[arg-type]
    assert reasons_against(rescuer(), nowhere, NOW) == [WhyNot.NO_PLACE]
    assert reasons_against(rescuer(), None, NOW) == []
    busy = Duty(held=True, resting_until=None)
    assert reasons_against(rescuer(), AT_HOME, NOW, duty=busy) == [WhyNot.HELD]
    tired = Duty(held=False, resting_until=datetime(2026, 3, 3, tzinfo=UTC))
    off = rescuer(available=False)
    assert reasons_against(off, AT_HOME, NOW, duty=tired) == [WhyNot.OFF_DUTY, WhyNot.FATIGUE]
    rested = Duty(held=False, resting_until=NOW)
    assert reasons_against(rescuer(), AT_HOME, NOW, duty=rested, retired=True) == [WhyNot.RETIRED]
    expires_today = rescuer(credential={"kind": "cpr", "expires_on": "2026-03-02"})
    assert reasons_against(expires_today, AT_HOME, NOW) == []


def test_the_place_that_is_told_is_the_one_that_a_plan_would_take() -> None:
    policy = default_policy()
    record = record_of(rescuer(places=BY_HOUR), 1)
    presence = PresenceRecord(rescuer_id="R-1", cell=HOME, recorded_at=NOW)
    for live in (None, presence):
        told = whereabouts(record, live, NOW, policy)
        index = RescuerIndex()
        index.put(record)
        if live is not None:
            index.place(live)
        entry = index.get("R-1")
        assert entry is not None
        found = decided_whereabouts(entry, Moment(NOW, policy.response), policy.places)
        assert found is not None
        assert told.place.value == found.source.value


def test_without_alerts_there_is_no_reason_to_be_located() -> None:
    no = changed(rescuer(), OwnChange.model_validate({"consent": {"alerts": False}}), NOW)
    assert (no.consent.alerts, no.consent.location, no.consent.at) == (False, False, NOW)
    again = changed(no, OwnChange.model_validate({"consent": {"alerts": True}}), NOW)
    assert (again.consent.alerts, again.consent.location) == (True, False)
    both = OwnChange.model_validate({"consent": {"alerts": True, "location": True}})
    assert changed(no, both, NOW).consent.location is True


@pytest.mark.integration
class TestOwnEntry:
    async def test_everything_that_a_phone_may_change(self, world: World, service: Running) -> None:
        await service.register(row("R-1"))
        change = {
            "available": False,
            "quiet_hours": "22:00-06:00",
            "transport_mode": "bicycle",
            "places": BY_HOUR,
            "languages": ["zh-CN", "en"],
            "consent": {"location": False},
        }
        answer = await service.call("PATCH", "/me/rescuer", change, **ME)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert {name: told[name] for name in change if name != "consent"} == {
            name: value for name, value in change.items() if name != "consent"
        }
        assert told["consent"]["location"] is False
        assert (await service.call("GET", "/me/rescuer", **ME)).json() == told

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            (
                {"places": [{"kind": "home", "latitude": 26.2, "longitude": 117.6}]},
                "places.0",
            ),
            ({"places": [{"kind": "home", "cell": HOME, "lat": 26.2, "lng": 1}]}, "places.0"),
            ({"places": [{"kind": "home", "cell": "8928308280fffff"}]}, "places.0.cell"),
            ({"places": [{"kind": "home", "cell": HOME, "hours": "at night"}]}, "places.0.hours"),
            ({"places": [{"kind": "home", "cell": HOME}] * 11}, "places"),
            ({"languages": ["Chinese, mostly"]}, "languages.0"),
            ({"quiet_hours": "sometimes"}, "quiet_hours"),
            ({"transport_mode": "rocket"}, "transport_mode"),
            ({"available": "yes"}, "available"),
            ({"state": "verified"}, "state"),
            ({"credential": None}, "credential"),
            ({"name": "Somebody else"}, "name"),
        ],
    )
    async def test_what_a_phone_may_not_say(
        self, service: Running, change: dict[str, Any], field: str
    ) -> None:
        await service.register(row("R-1"))
        answer = await service.call("PATCH", "/me/rescuer", change, **ME)
        assert answer.status_code == 422, answer.text
        errors = answer.json()["errors"]
        assert field in [error["field"] for error in errors]
        assert all(error["mend"] for error in errors)
        assert "26.2" not in answer.text
        assert (await service.call("GET", "/rescuers/R-1")).headers["etag"] == '"1"'

    async def test_which_place_counts_and_until_when(self, world: World, service: Running) -> None:
        await service.register(row("R-1", places=BY_HOUR))
        told = await service.own("R-1", "/me/rescuer")
        assert told["place_now"] == {
            "kind": "work",
            "cell": WORK,
            "why": "no_live_place",
            "age_s": None,
            "until": "2026-03-02T10:00:00Z",  # 18:00 in Sanming
        }
        assert told["available_now"] == {
            "value": True,
            "reasons": [],
            "not_known": ["held", "fatigue"],  # nobody to ask in this deployment
        }
        await world.send(world.position("R-1", HOME, 30))

        async def live() -> bool:
            return await service.live_cell("R-1") == HOME

        await eventually(live)
        now = (await service.own("R-1", "/me/rescuer"))["place_now"]
        assert (now["kind"], now["cell"], now["age_s"]) == ("live", HOME, 30.0)
        assert now["until"] == "2026-03-02T03:59:30Z"  # two hours after it was told

        refused = await service.call("PATCH", "/me/rescuer", {"consent": {"location": False}}, **ME)
        assert refused.json()["place_now"]["why"] == "no_location_consent"
        assert refused.json()["available_now"]["value"] is True  # work and home still count

    async def test_why_nobody_would_be_asked(self, service: Running) -> None:
        await service.register(
            row("R-1", state="enrolled", places=[], quiet_hours="09:00-11:00", credential=None)
        )
        told = await service.own("R-1", "/me/rescuer")
        assert told["place_now"]["kind"] == "none"
        assert told["available_now"] == {
            "value": False,
            "reasons": ["not_verified", "no_certificate", "quiet_hours", "no_place"],
            "not_known": ["held", "fatigue"],
        }
        off = await service.call(
            "PATCH", "/me/rescuer", {"available": False, "consent": {"alerts": False}}, **ME
        )
        assert {"off_duty", "consent_withdrawn"} <= set(off.json()["available_now"]["reasons"])

    async def test_what_dispatch_knows_counts_and_its_silence_is_said(self, world: World) -> None:
        asked: list[str] = []
        said: dict[str, Any] = {"rescuer_id": "R-1", "held": True, "resting_until": None}

        async def duty(request: Request) -> Response:
            asked.append(request.url.path)
            return JSONResponse(said, status_code=200 if said else 503)

        dispatch = Starlette(routes=[Route("/duty/{rescuer_id}", duty)])
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(serving(dispatch))
            urls = {"dispatch": f"http://127.0.0.1:9,{url}"}
            service = await stack.enter_async_context(world.running(urls=urls))
            await service.register(row("R-1"))
            now = (await service.own("R-1", "/me/rescuer"))["available_now"]
            assert now == {"value": False, "reasons": ["held"], "not_known": []}
            assert asked == ["/duty/R-1"]
            said.update(held=False, resting_until="2026-03-02T02:00:01Z")
            now = (await service.own("R-1", "/me/rescuer"))["available_now"]
            assert now == {"value": False, "reasons": ["fatigue"], "not_known": []}
            said.clear()
            now = (await service.own("R-1", "/me/rescuer"))["available_now"]
            assert now == {"value": True, "reasons": [], "not_known": ["held", "fatigue"]}
