"""Enrolling on a real database, with honest people and with others."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from shared.contracts.records import RescuerRecord
from shared.contracts.topics import RESCUERS
from tests.services.rescuer_location.enrolling import (
    PHONE,
    ask,
    code_of,
    enrolled,
    give,
    person,
    sign_in,
    version,
    wrong,
)
from tests.services.rescuer_location.world import HOME, NOW, Running, World, eventually, row

pytestmark = pytest.mark.integration


class TestEnrolling:
    async def test_from_the_phone_to_the_first_alert(self, world: World, service: Running) -> None:
        asked = await ask(service)
        assert asked["code_sent_to"] == "…1234"
        assert asked["expires_at"] == "2026-03-02T02:10:00Z"
        assert asked["next_try_at"] == "2026-03-02T02:01:00Z"
        # Nobody is in the register before the number is proven.
        assert (await service.call("GET", "/rescuers")).json()["items"] == []
        code = await code_of(service, asked["enrolment_id"])
        answer = await give(service, asked["enrolment_id"], code)
        rescuer_id = answer.json()["rescuer_id"]
        assert answer.json()["session_id"].startswith("ses-")

        own = await service.own(rescuer_id, "/me/rescuer")
        assert (own["name"], own["phone"], own["state"]) == ("王小明", "+8613800001234", "enrolled")
        assert (own["consent"]["alerts"], own["consent"]["location"]) == (True, False)
        assert own["languages"] == ["zh-CN"]
        assert own["offered"]["number"] == "A-17"
        assert own["credential"] is None
        assert own["available_now"]["reasons"] == ["not_verified", "no_place"]
        proof = await world.sql("SELECT rescuer_id, version, location, at FROM consents")
        assert [tuple(each) for each in proof] == [(rescuer_id, await version(service), False, NOW)]

        async def published() -> bool:
            return len(await world.records(RESCUERS)) == 1

        await eventually(published)
        record = RescuerRecord.model_validate_json((await world.records(RESCUERS))[0].value or b"")
        assert (record.state, record.alerts_consent) == ("enrolled", True)
        # Nothing personal is left where it waited.
        left = await world.sql("SELECT said, photo, code_to_read_out FROM enrolments")
        assert [tuple(each) for each in left] == [(None, None, None)]

        waiting = await service.call("GET", "/rescuers", status="pending_verification")
        assert [each["id"] for each in waiting.json()["items"]] == [rescuer_id]
        verified = await service.call("POST", f"/rescuers/{rescuer_id}/verify", {})
        assert verified.json()["credential"]["expires_on"] == "2027-05-01"
        assert (verified.json()["state"], verified.json()["offered"]) == ("verified", None)
        waiting = await service.call("GET", "/rescuers", status="pending_verification")
        assert waiting.json()["items"] == []

    async def test_a_lost_answer_is_asked_for_again_but_not_for_long(
        self, world: World, service: Running
    ) -> None:
        asked = await ask(service)
        code = await code_of(service, asked["enrolment_id"])
        first = await give(service, asked["enrolment_id"], code)
        again = await give(service, asked["enrolment_id"], code)
        assert again.json()["rescuer_id"] == first.json()["rescuer_id"]
        assert len((await service.call("GET", "/rescuers")).json()["items"]) == 1
        world.clock.advance(61)
        late = await give(service, asked["enrolment_id"], code)
        assert (late.status_code, late.json()["type"]) == (410, "urn:lifering:problem:code-ended")

    async def test_five_wrong_codes_end_it_also_when_they_come_at_once(
        self, service: Running
    ) -> None:
        asked = await ask(service)
        code = await code_of(service, asked["enrolment_id"])
        answers = await asyncio.gather(
            *(give(service, asked["enrolment_id"], wrong(code)) for _ in range(7))
        )
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [403] * 5 + [410] * 2
        left = sorted(each.json()["detail"] for each in answers if each.status_code == 403)
        assert left == ["1 tries are left.", "2 tries are left.", "3 tries are left.",
                        "4 tries are left.", "Ask for a new code."]  # fmt: skip
        assert (await give(service, asked["enrolment_id"], code)).status_code == 410
        assert (await service.call("GET", "/rescuers")).json()["items"] == []
        assert (await service.call("GET", "/enrolments")).json()["items"] == []

    async def test_ten_minutes_and_no_longer(self, world: World, service: Running) -> None:
        asked = await ask(service)
        code = await code_of(service, asked["enrolment_id"])
        world.clock.advance(600)
        assert (await give(service, asked["enrolment_id"], code)).status_code == 410
        assert (await give(service, f"enrol-{'0' * 32}", code)).status_code == 404

    async def test_codes_are_few(self, world: World, service: Running) -> None:
        await ask(service)
        for soon in (await sign_in(service), await sign_in(service, "13800001234")):
            assert soon.status_code == 429
            assert soon.headers["retry-after"] == "60"
        world.clock.advance(60)
        # Whoever asks again and again waits longer and longer, and is told so.
        for number, wait_s in enumerate((60, 60, 120, 300, 900, 3_600, 3_600)):
            asked = await sign_in(service)
            assert asked.status_code == 201, number
            next_try = datetime.fromisoformat(asked.json()["next_try_at"])
            assert (next_try - world.clock.now()).total_seconds() == wait_s
            soon = await sign_in(service)
            assert (soon.status_code, soon.headers["retry-after"]) == (429, str(wait_s))
            world.clock.advance(60)
            # The number's owner, from elsewhere, is held up by a minute at most.
            if number == 6:
                assert (await sign_in(service, asker="198.51.100.7")).status_code == 201
            world.clock.advance(wait_s - 60)

    async def test_all_numbers_together_are_bounded(self, world: World) -> None:
        async with world.running(codes_per_hour=3) as service:
            for number in range(3):
                assert (await sign_in(service, f"1380000123{number}")).status_code == 201
            assert (await sign_in(service, "13800001239")).status_code == 429
            world.clock.advance(3_600)
            assert (await sign_in(service, "13800001239")).status_code == 201

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"phone": "12345"}, "phone"),
            ({"phone": "'; DROP TABLE rescuers"}, "phone"),
            ({"name": " "}, "name"),
            ({"language": "tlh"}, "language"),
            ({"consent": {"version": "0" * 12, "accepted": True, "location_accepted": True}},
             "consent.version"),
            ({"credential": {"kind": "cpr", "photo": "bm90IGFuIGltYWdl"}}, "credential.photo"),
            ({"credential": {"kind": "cpr", "expires_on": 20260101}}, "credential.expires_on"),
            ({"state": "verified"}, "state"),
            ({"id": "R-1"}, "id"),
        ],
    )  # fmt: skip
    async def test_what_is_wrong_is_named(
        self, service: Running, changes: dict[str, Any], field: str
    ) -> None:
        answer = await service.call(
            "POST", "/enrolments", await person(service, **changes), role=None
        )
        assert answer.status_code == 422, answer.text
        errors = answer.json()["errors"]
        assert field in [each["field"] for each in errors]
        assert all(each["mend"] for each in errors)
        assert "王小明" not in answer.text
        assert (await service.call("GET", "/enrolments")).json()["items"] == []

    async def test_nobody_is_enrolled_without_their_consent(self, service: Running) -> None:
        words = {"version": await version(service), "location_accepted": True}
        for consent in ({**words, "accepted": False}, words):
            answer = await service.call(
                "POST", "/enrolments", await person(service, consent=consent), role=None
            )
            assert answer.json()["errors"][0]["field"] == "consent.accepted"

    async def test_a_body_is_no_larger_than_a_photo(self, service: Running) -> None:
        huge = "A" * (3 * 1_048_576)
        answer = await service.call(
            "POST",
            "/enrolments",
            await person(service, credential={"kind": "cpr", "photo": huge}),
            role=None,
        )
        assert answer.status_code == 413

    async def test_somebody_registered_is_found_again_and_nobody_is_doubled(
        self, world: World, service: Running
    ) -> None:
        await service.register(row("R-1", phone="138 0000 1234"))
        await world.send(world.position("R-1", HOME, 1))

        async def live() -> bool:
            return await service.live_cell("R-1") == HOME

        await eventually(live)
        assert await enrolled(service) == "R-1"
        own = await service.own("R-1", "/me/rescuer")
        assert (own["name"], own["state"]) == ("张 R-1", "verified")
        assert own["offered"]["number"] == "A-17"
        assert own["credential"]["number"] == "C-R-1"
        # The consent is the one given now; with it goes the live place.
        assert own["consent"]["location"] is False
        assert await service.live_cell("R-1") is None

    async def test_who_is_suspended_cannot_enrol_their_way_back(
        self, world: World, service: Running
    ) -> None:
        await service.register(row("R-1", phone=PHONE, state="suspended"))
        assert await enrolled(service) == "R-1"
        own = await service.own("R-1", "/me/rescuer")
        assert own["state"] == "suspended"
        assert own["available_now"]["reasons"] == ["suspended"]

    async def test_one_number_of_two_people_lets_neither_in(self, service: Running) -> None:
        await service.register(row("R-1", phone=PHONE), row("R-2", phone=PHONE))
        asked = await ask(service)
        answer = await give(
            service, asked["enrolment_id"], await code_of(service, asked["enrolment_id"])
        )
        assert answer.status_code == 409
        other = await sign_in(service, "13800009999")
        assert (await sign_in(service, PHONE)).status_code == 429
        assert await code_of(service, other.json()["enrolment_id"]) is None
