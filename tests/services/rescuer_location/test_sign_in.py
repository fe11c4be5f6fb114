"""Signing in on a new phone: nobody learns who is registered."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.identity.roles import Role
from tests.services.rescuer_location.enrolling import (
    SECRET,
    ask,
    code_of,
    enrolled,
    everything,
    give,
    provider,
    sign_in,
    wrong,
)
from tests.services.rescuer_location.test_enrolment_rules import base64_of, image_bytes
from tests.services.rescuer_location.world import NOW, Running, World, eventually, row

pytestmark = pytest.mark.integration


class TestSigningIn:
    async def test_a_new_phone_of_somebody_enrolled(self, world: World, service: Running) -> None:
        await service.register(row("R-1", phone="+86 13800001234"), row("R-2", phone=None))
        asked = (await sign_in(service)).json()
        answer = await give(
            service, asked["enrolment_id"], await code_of(service, asked["enrolment_id"])
        )
        assert answer.json()["rescuer_id"] == "R-1"
        assert (await service.own("R-1", "/me/rescuer"))["version"] == 1  # nothing has changed

    async def test_nobody_learns_whether_a_number_is_registered(
        self, world: World, service: Running
    ) -> None:
        await service.register(row("R-1", phone="13800000001"))
        known = await sign_in(service, "13800000001")
        unknown = await sign_in(service, "13800000002")
        assert known.status_code == unknown.status_code == 201
        same = {"expires_at", "next_try_at"}
        assert list(known.json()) == list(unknown.json())
        assert {name: known.json()[name] for name in same} == {
            name: unknown.json()[name] for name in same
        }
        assert len(known.json()["enrolment_id"]) == len(unknown.json()["enrolment_id"])
        code = await code_of(service, known.json()["enrolment_id"])
        assert await code_of(service, unknown.json()["enrolment_id"]) is None
        for _ in range(5):
            answers = [
                await give(service, each.json()["enrolment_id"], wrong(code))
                for each in (known, unknown)
            ]
            assert answers[0].status_code == answers[1].status_code == 403
            said = [{**each.json(), "trace_id": None} for each in answers]
            assert said[0] == said[1]
        answers = [
            await give(service, each.json()["enrolment_id"], code) for each in (known, unknown)
        ]
        assert [each.status_code for each in answers] == [410, 410]

    async def test_a_decoy_s_own_code_opens_nothing(self, world: World, service: Running) -> None:
        """Even whoever read the table and broke the hash gets in nowhere."""
        asked = (await sign_in(service)).json()
        known = await ask(service, phone="13800000009")
        code = await code_of(service, known["enrolment_id"])
        await world.sql(
            "UPDATE enrolments SET (code_salt, code_hash) ="
            " (SELECT code_salt, code_hash FROM enrolments WHERE id = $2) WHERE id = $1",
            asked["enrolment_id"],
            known["enrolment_id"],
        )
        assert (await give(service, asked["enrolment_id"], code)).status_code == 403

    async def test_a_session_is_renewed_until_it_ends(self, world: World, service: Running) -> None:
        rescuer_id = await enrolled(service)
        session_id = (await world.sql("SELECT id FROM sessions"))[0]["id"]
        gateway: dict[str, Any] = {"role": Role.SERVICE, "subject": "gateway"}
        whose = {"rescuer_id": rescuer_id}
        refresh, end = f"/sessions/{session_id}/refresh", f"/sessions/{session_id}/end"
        assert (await service.call("POST", refresh, whose, **gateway)).status_code == 200
        other = await service.call("POST", refresh, {"rescuer_id": "R-9"}, **gateway)
        assert other.status_code == 401
        # Somebody else cannot sign this phone out either.
        await service.call("POST", end, {"rescuer_id": "R-9"}, **gateway)
        assert (await service.call("POST", refresh, whose, **gateway)).status_code == 200
        since = NOW.isoformat()
        ended = await service.call("GET", "/sessions/ended", **gateway, since=since)
        assert ended.json()["session_ids"] == []
        assert (await service.call("POST", end, whose, **gateway)).status_code == 200
        gone = await service.call("POST", refresh, whose, **gateway)
        assert (gone.status_code, gone.json()["type"]) == (
            401,
            "urn:lifering:problem:session-ended",
        )
        ended = await service.call("GET", "/sessions/ended", **gateway, since=since)
        assert ended.json()["session_ids"] == [session_id]

    async def test_whoever_leaves_the_register_is_signed_out_everywhere(
        self, world: World, service: Running
    ) -> None:
        photo = base64_of(image_bytes("PNG"))
        rescuer_id = await enrolled(service, credential={"kind": "cpr", "photo": photo})
        retired = await service.call("DELETE", f"/rescuers/{rescuer_id}", if_match=1)
        assert retired.status_code == 200
        ended = await world.sql("SELECT ended_at FROM sessions")
        assert [each["ended_at"] for each in ended] == [NOW]
        assert await world.sql("SELECT 1 FROM credential_photos") == []
        world.clock.advance(61)
        decoy = (await sign_in(service)).json()
        assert await code_of(service, decoy["enrolment_id"]) is None


class TestWhatIsKept:
    async def test_codes_are_hashed_where_a_provider_sends_them(self, world: World) -> None:
        async with (
            provider() as (url, sent),
            world.running(codes_url=url, codes_secret=SECRET) as service,
        ):
            asked = await ask(service)
            message = await asyncio.wait_for(sent.messages.get(), 30)
            assert (message["phone"], message["message_id"]) == (
                "+8613800001234",
                asked["enrolment_id"],
            )
            assert message["code"] in message["text"]
            assert await code_of(service, asked["enrolment_id"]) is None
            assert f'"{message["code"]}"' not in await everything(world)
            assert (await give(service, asked["enrolment_id"], message["code"])).status_code == 201
            # Nobody has this number: the answer is the same, and no text is sent.
            unknown = await sign_in(service, "13800007777")
            assert unknown.status_code == 201
            world.clock.advance(60)
            await sign_in(service)
            message = await asyncio.wait_for(sent.messages.get(), 30)
            assert message["phone"] == "+8613800001234"
            assert sent.messages.empty()

    async def test_a_provider_that_is_busy_is_asked_again(self, world: World) -> None:
        async with (
            provider(refusals=2) as (url, sent),
            world.running(codes_url=url, codes_secret=SECRET) as service,
        ):
            asked = await ask(service)
            message = await asyncio.wait_for(sent.messages.get(), 30)
            assert message["message_id"] == asked["enrolment_id"]
            assert sent.asked == 3

    async def test_what_ended_is_emptied_and_a_day_later_gone(self, world: World) -> None:
        async with world.running(retention_every_s=0.05) as service:
            photo = base64_of(image_bytes("PNG"))
            await ask(service, credential={"kind": "cpr", "number": "SECRET-1", "photo": photo})
            world.clock.advance(600)

            async def emptied() -> bool:
                return "SECRET-1" not in await everything(world)

            await eventually(emptied)
            left = await world.sql("SELECT photo, code_to_read_out FROM enrolments")
            assert [tuple(each) for each in left] == [(None, None)]
            world.clock.advance(86_400)

            async def gone() -> bool:
                return await world.sql("SELECT 1 FROM enrolments") == []

            await eventually(gone)

    async def test_photos_go_when_they_were_seen_and_when_nobody_looks(self, world: World) -> None:
        async with world.running(
            retention_every_s=0.05, photo_days=3, photo_unverified_days=10
        ) as service:
            photo = base64_of(image_bytes("PNG"))
            offer = {"kind": "cpr", "expires_on": "2027-01-01", "photo": photo}
            seen = await enrolled(service, credential=offer)
            unseen = await enrolled(service, phone="13800005555", credential=offer)

            async def kept() -> set[str]:
                rows = await world.sql("SELECT rescuer_id FROM credential_photos")
                return {each["rescuer_id"] for each in rows}

            await service.call("POST", f"/rescuers/{seen}/verify", {})
            assert await kept() == {seen, unseen}
            world.clock.advance(timedelta(days=3).total_seconds())

            async def only_unseen() -> bool:
                return await kept() == {unseen}

            await eventually(only_unseen)
            world.clock.advance(timedelta(days=7).total_seconds())

            async def none() -> bool:
                return await kept() == set()

            await eventually(none)
