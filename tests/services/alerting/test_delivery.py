"""From the topic to the phone and back, on a real Kafka and a real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.alerting.domain.order import IN_APP
from shared.contracts.words import MessageKind
from shared.identity.roles import Role
from tests.services.alerting.world import Running, alert, states_of

pytestmark = pytest.mark.integration


async def test_an_alert_is_on_its_rescuers_stream_and_on_nobody_elses(alerting: Running) -> None:
    mine, yours = alert("R-mine"), alert("R-yours")
    async with (
        alerting.phone("R-mine") as my_phone,
        alerting.phone("R-yours") as your_phone,
        my_phone.stream() as my_stream,
        your_phone.stream() as your_stream,
    ):
        await alerting.world.publish(mine)
        event = await anext(my_stream)
        assert (event.id, event.name) == ("1", "alert")
        assert event.data["message_id"] == mine.message_id
        assert event.data.keys() == {
            "message_id",
            "alert_id",
            "incident_id",
            "kind",
            "sequence",
            "task",
            "sent_at",
            "expires_at",
        }
        # The other stream's first event is its own: mine was not on it before.
        await alerting.world.publish(yours)
        assert (await anext(your_stream)).data["message_id"] == yours.message_id


async def test_resuming_misses_none_and_repeats_none(alerting: Running) -> None:
    sent = [alert("R-resume", incident_id=f"inc-resume-{n}", shard=n * 9) for n in range(7)]
    async with alerting.phone("R-resume") as phone:
        async with phone.stream() as stream:
            await alerting.world.publish(*sent[:3])
            first = [await anext(stream) for _ in range(3)]
        await alerting.world.publish(*sent[3:5])  # while nobody listens
        async with phone.stream(last_event_id=first[1].id) as stream:
            rest = [await anext(stream) for _ in range(3)]
            await alerting.world.publish(*sent[5:])
            rest += [await anext(stream) for _ in range(2)]
    got = [event.data["message_id"] for event in first[:2] + rest]
    assert sorted(got) == sorted(m.message_id for m in sent)
    assert [event.id for event in first[:2] + rest] == [str(n) for n in range(1, 8)]


async def test_without_an_id_the_stream_begins_with_what_is_still_valid(alerting: Running) -> None:
    first = alert("R-begin")
    await alerting.world.publish(first)
    async with alerting.phone("R-begin") as phone:
        for last_event_id in (None, "9000"):  # 9000: from before a restored backup
            async with phone.stream(last_event_id) as stream:
                assert (await anext(stream)).data["message_id"] == first.message_id


async def test_a_duplicate_is_delivered_once(alerting: Running) -> None:
    one, barrier = alert("R-twice"), alert("R-twice", incident_id="inc-other")
    async with alerting.phone("R-twice") as phone, phone.stream() as stream:
        await alerting.world.publish(one, event_id="evt-twice")
        await alerting.world.publish(one, event_id="evt-twice")
        await alerting.world.publish(one, event_id="evt-by-another-way")
        await alerting.world.publish(barrier)
        got = [(await anext(stream)).data["message_id"] for _ in range(2)]
        assert got == [one.message_id, barrier.message_id]
    found = await alerting.world.deliveries_until(lambda d: states_of(d, barrier.message_id) != [])
    assert states_of(found, one.message_id) == ["sent"]


async def test_receipts_become_deliveries_once(alerting: Running) -> None:
    one, two = alert("R-receipt"), alert("R-receipt", incident_id="inc-receipt-2")
    async with alerting.phone("R-receipt") as phone, phone.stream() as stream:
        await alerting.world.publish(one, two)
        await anext(stream)
        await anext(stream)
        first = await phone.receipt(one.message_id, "delivered")
        assert (first.status_code, first.json()["state"]) == (200, "delivered")
        assert (await phone.receipt(one.message_id, "delivered")).json() == first.json()
        at = datetime.now(UTC).isoformat()
        answer = await phone.receipt(one.message_id, "seen", at=at)
        assert answer.status_code == 200, answer.text
        assert answer.json()["state"] == "seen"
        assert (await phone.receipt(one.message_id, "delivered")).json()["state"] == "seen"
        # Seen at once implies delivered; both are published.
        assert (await phone.receipt(two.message_id, "seen")).status_code == 200
    found = await alerting.world.deliveries_until(
        lambda d: "seen" in states_of(d, one.message_id) and "seen" in states_of(d, two.message_id)
    )
    assert states_of(found, one.message_id) == ["sent", "delivered", "seen"]
    assert states_of(found, two.message_id) == ["sent", "delivered", "seen"]
    mine = [d for d in found if d.message_id == one.message_id]
    assert {(d.rescuer_id, d.alert_id, d.incident_id, d.channel, d.shard) for d in mine} == {
        ("R-receipt", one.alert_id, one.incident_id, IN_APP, one.shard)
    }


async def test_a_receipt_for_anothers_message_is_not_found(alerting: Running) -> None:
    one = alert("R-owner")
    async with (
        alerting.phone("R-owner") as owner,
        alerting.phone("R-thief") as thief,
        owner.stream() as stream,
    ):
        await alerting.world.publish(one)
        await anext(stream)
        refused = await thief.receipt(one.message_id, "seen")
        assert refused.status_code == 404
        unknown = await thief.receipt("msg-that-never-was", "seen")
        assert refused.json()["title"] == unknown.json()["title"], "the same, so nothing is learnt"
        assert (await thief.client.get("/me/messages")).json()["items"] == []
        (kept,) = (await owner.client.get("/me/messages")).json()["items"]
        assert (kept["message_id"], kept["state"]) == (one.message_id, "sent")


async def test_an_older_sequence_is_void_and_not_delivered(alerting: Running) -> None:
    newer = alert("R-void", sequence=3, kind=MessageKind.STAND_DOWN)
    older = alert("R-void", sequence=2)
    other = alert("R-void", incident_id="inc-void-2")
    async with alerting.phone("R-void") as phone, phone.stream() as stream:
        await alerting.world.publish(newer, older, other)
        got = [(await anext(stream)).data["message_id"] for _ in range(2)]
        assert got == [newer.message_id, other.message_id]
        listed = (await phone.client.get("/me/messages")).json()["items"]
        assert [m["message_id"] for m in listed] == [other.message_id, newer.message_id]
    found = await alerting.world.deliveries_until(lambda d: states_of(d, other.message_id) != [])
    assert states_of(found, older.message_id) == []


async def test_an_expired_message_fails_and_is_not_delivered(alerting: Running) -> None:
    now = datetime.now(UTC)
    late = alert("R-late", expires_at=now - timedelta(seconds=1))
    barrier = alert("R-late", incident_id="inc-late-2")
    async with alerting.phone("R-late") as phone, phone.stream() as stream:
        await alerting.world.publish(late, barrier)
        assert (await anext(stream)).data["message_id"] == barrier.message_id
    found = await alerting.world.deliveries_until(lambda d: states_of(d, barrier.message_id) != [])
    (news,) = (d for d in found if d.message_id == late.message_id)
    assert (news.state.value, news.reason) == ("failed", "expired")


async def test_messages_are_listed_in_pages_newest_first(alerting: Running) -> None:
    sent = [alert("R-pages", incident_id=f"inc-p-{n}") for n in range(5)]
    await alerting.world.publish(*sent)
    async with alerting.phone("R-pages") as phone:
        async with phone.stream() as stream:
            for _ in sent:
                await anext(stream)
        got: list[str] = []
        cursor: str | None = None
        for _ in range(3):
            query = {"limit": "2"} | ({} if cursor is None else {"cursor": cursor})
            page = (await phone.client.get("/me/messages", params=query)).json()
            got += [m["message_id"] for m in page["items"]]
            cursor = page["next_cursor"]
        assert cursor is None
    assert got == [m.message_id for m in reversed(sent)]


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (("GET", "/me/stream", {"headers": {"Last-Event-ID": "abc"}}), "Last-Event-ID"),
        (("GET", "/me/stream?limit_s=-1", {}), "limit_s"),
        (("POST", "/me/messages/m/receipts", {"json": {"state": "lost"}}), "state"),
        (
            ("POST", "/me/messages/m/receipts", {"json": {"state": "seen", "at": "2026-03-02"}}),
            "at",
        ),
        (("POST", "/me/messages/m/receipts", {"json": {"state": "seen", "x": 1}}), "x"),
        (("GET", "/me/messages?cursor=!!", {}), "cursor"),
    ],
)
async def test_bad_requests_name_the_field(
    alerting: Running, request_: tuple[str, str, dict[str, object]], field: str
) -> None:
    method, path, more = request_
    async with alerting.client(Role.RESCUER, "R-bad") as client:
        answer = await client.request(method, path, **more)  # type: ignore[arg-type]
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["field"].lower() == field.lower()
    assert error["mend"]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.RESCUER])
async def test_other_roles_are_refused(alerting: Running, role: Role) -> None:
    async with alerting.client(role, "somebody") as client:
        for method, path in (
            ("GET", "/me/stream"),
            ("GET", "/me/messages"),
            ("POST", "/me/messages/m/receipts"),
        ):
            assert (await client.request(method, path, json={"state": "seen"})).status_code == 403
        client.headers.pop("Authorization")
        assert (await client.get("/me/stream")).status_code == 401
