"""Web push to a push service that checks it: `web-push-testing` from npm, as a browser's own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import pytest

from services.alerting.work.devices import MOST_DEVICES
from services.alerting.work.signed_out import SignedOutDevices
from shared.clock import SystemClock
from shared.identity.roles import Role
from tests.conftest import Servers
from tests.push_service.service import PushService, push_service
from tests.services.alerting.test_webhook import provider
from tests.services.alerting.world import (
    PATIENCE_S,
    VAPID,
    Running,
    World,
    alert,
    channels,
    new_world,
    states_of,
)

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def browsers() -> Iterator[PushService]:
    """The push service of all browsers here."""
    with push_service() as running:
        yield running


@pytest.fixture(scope="module")
def pushing(servers: Servers) -> Iterator[Running]:
    """One instance whose only channel is web push; each test uses rescuers of its own."""
    with (
        new_world(servers.kafka_bootstrap, servers.database_url) as made,
        made.process(LIFERING_CHANNELS=channels(("web_push", 30.0)), **VAPID) as running,
    ):
        yield running


async def until_received(
    browsers: PushService, browser: object, count: int = 1
) -> list[dict[str, str]]:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = browsers.received(browser)  # type: ignore[arg-type]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.05)


async def key_of(client: httpx.AsyncClient) -> str:
    key: str = (await client.get("/me/push")).json()["vapid_public_key"]
    return key


async def test_an_alert_wakes_the_browser_which_says_so(
    pushing: Running, browsers: PushService
) -> None:
    async with pushing.client(Role.RESCUER, "R-1") as phone:
        before = (await phone.get("/me/push")).json()
        assert before["subscriptions"] == []
        assert before["channels"] == [{"channel": "web_push", "works": "no", "sleeps_now": False}]
        browser = browsers.subscribe(before["vapid_public_key"])
        put = await phone.put(
            "/me/push/subscriptions", json=browser.body, headers={"User-Agent": "A phone"}
        )
        assert put.status_code == 201, put.text
        one = alert("R-1")
        await pushing.world.publish(one)
        assert await until_received(browsers, browser) == [
            {"kind": "alert", "message_id": one.message_id}
        ]
        state = (await phone.get("/me/push")).json()
        assert state["channels"][0]["works"] == "unknown", "taken is not delivered"
        receipt = {"message_id": one.message_id, "endpoint": browser.endpoint}
        for _ in range(2):
            answer = await phone.post("/me/push/receipts", json=receipt)
            assert (answer.status_code, answer.json()["state"]) == (200, "delivered")
        after = (await phone.get("/me/push")).json()
        assert after["channels"][0]["works"] == "yes"
        (mine,) = after["subscriptions"]
        assert mine["subscription_id"] == put.json()["subscription_id"]
        assert (mine["user_agent"], mine["language"]) == ("A phone", "zh-CN")
        assert mine["last_delivered_at"] is not None
        assert mine.keys().isdisjoint({"endpoint", "keys", "auth", "p256dh"})
    found = await pushing.world.deliveries_until(
        lambda d: "delivered" in states_of(d, one.message_id)
    )
    assert [(d.channel, d.state.value) for d in found if d.message_id == one.message_id] == [
        ("web_push", "sent"),
        ("web_push", "delivered"),
    ]


async def test_all_devices_are_woken_and_a_signature_of_another_key_is_not_taken(
    pushing: Running, browsers: PushService
) -> None:
    """The push service holds us to the key that the browser has subscribed with."""
    async with pushing.client(Role.RESCUER, "R-all") as phone:
        key = await key_of(phone)
        ours = [browsers.subscribe(key) for _ in range(2)]
        # Another key: a point of P-256 all the same.
        other = browsers.subscribe(ours[0].keys["p256dh"])
        for browser in (*ours, other):
            assert (await phone.put("/me/push/subscriptions", json=browser.body)).status_code == 201
        answer = await phone.post("/me/push/test")
        counts = {k: v for k, v in answer.json().items() if k != "message_id"}
        assert counts == {"taken": 2, "gone": 0, "failed": 1}
        for browser in ours:
            (test,) = browsers.received(browser)
            assert test == {"kind": "test", "message_id": answer.json()["message_id"]}
        assert browsers.received(other) == []
        again = await phone.post("/me/push/test")
        assert (again.status_code, int(again.headers["Retry-After"]) > 0) == (429, True)
        receipt = {"message_id": answer.json()["message_id"], "endpoint": ours[0].endpoint}
        assert (await phone.post("/me/push/receipts", json=receipt)).json()["state"] == "delivered"
        assert (await phone.get("/me/push")).json()["channels"][0]["works"] == "yes"


async def test_the_same_endpoint_again_changes_nothing(
    pushing: Running, browsers: PushService
) -> None:
    async with pushing.client(Role.RESCUER, "R-same") as phone:
        browser = browsers.subscribe(await key_of(phone))
        first = await phone.put("/me/push/subscriptions", json=browser.body)
        again = await phone.put("/me/push/subscriptions", json=browser.body)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        assert (await phone.get("/me/push")).json()["subscriptions"] == [first.json()]
        english = {**browser.body, "language": "en"}
        said = (await phone.put("/me/push/subscriptions", json=english)).json()
        assert said == {**first.json(), "language": "en"}


async def test_nobody_touches_anothers_subscriptions(
    pushing: Running, browsers: PushService
) -> None:
    one = alert("R-owner")
    async with (
        pushing.client(Role.RESCUER, "R-owner") as owner,
        pushing.client(Role.RESCUER, "R-thief") as thief,
    ):
        browser = browsers.subscribe(await key_of(owner))
        path = "/me/push/subscriptions"
        mine = (await owner.put(path, json=browser.body)).json()
        assert (await thief.get("/me/push")).json()["subscriptions"] == []
        refused = await thief.delete(f"{path}/{mine['subscription_id']}")
        unknown = await thief.delete(f"{path}/sub-that-never-was")
        assert (refused.status_code, unknown.status_code) == (404, 404)
        assert refused.json()["title"] == unknown.json()["title"]
        assert (await thief.post("/me/push/test")).status_code == 409
        # Whoever only knows the endpoint cannot take it away; the browser's keys can.
        own = browsers.subscribe(await key_of(thief))
        stolen = {**browser.body, "keys": own.keys}
        assert (await thief.put(path, json=stolen)).status_code == 409
        await pushing.world.publish(one)
        await until_received(browsers, browser)
        receipt = {"message_id": one.message_id, "endpoint": browser.endpoint}
        assert (await thief.post("/me/push/receipts", json=receipt)).status_code == 404
        assert (await owner.get("/me/push")).json()["subscriptions"] == [mine]
        # A phone handed on: the same browser, another rescuer.
        moved = await thief.put(path, json=browser.body)
        assert moved.status_code == 201
        assert moved.json()["subscription_id"] != mine["subscription_id"]
        assert (await owner.get("/me/push")).json()["subscriptions"] == []
        gone = await thief.delete(f"{path}/{moved.json()['subscription_id']}")
        assert gone.status_code == 204
        assert (await thief.get("/me/push")).json()["subscriptions"] == []


async def test_the_oldest_of_too_many_devices_goes(pushing: Running, browsers: PushService) -> None:
    async with pushing.client(Role.RESCUER, "R-many") as phone:
        key = await key_of(phone)
        made = []
        for _ in range(MOST_DEVICES + 2):
            answer = await phone.put("/me/push/subscriptions", json=browsers.subscribe(key).body)
            made.append(answer.json()["subscription_id"])
        kept = (await phone.get("/me/push")).json()["subscriptions"]
    assert [one["subscription_id"] for one in kept] == made[:1:-1]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"endpoint": "https://attacker.example/x"}, "endpoint"),
        ({"endpoint": "http://169.254.169.254/latest"}, "endpoint"),
        ({"endpoint": "not an address"}, "endpoint"),
        ({"endpoint": "http://localhost/" + "x" * 1_024}, "endpoint"),
        ({"keys": {"p256dh": "AAAA", "auth": "AAAAAAAAAAAAAAAAAAAAAA"}}, "keys.p256dh"),
        ({"keys": {"p256dh": "!", "auth": "AAAAAAAAAAAAAAAAAAAAAA"}}, "keys.p256dh"),
        ({"expiration_time": 1_000}, "expiration_time"),
        ({"expiration_time": 10**20}, "expiration_time"),
        ({"language": "de"}, "language"),
        ({"name": "mine"}, "name"),
    ],
)
async def test_bad_subscriptions_name_the_field(
    pushing: Running, browsers: PushService, changes: dict[str, object], field: str
) -> None:
    async with pushing.client(Role.RESCUER, "R-bad") as phone:
        browser = browsers.subscribe(await key_of(phone))
        answer = await phone.put("/me/push/subscriptions", json={**browser.body, **changes})
        assert answer.status_code == 422, answer.text
        (error,) = answer.json()["errors"]
        assert error["field"] == field
        assert error["mend"]
        assert (await phone.get("/me/push")).json()["subscriptions"] == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.RESCUER])
async def test_push_is_the_rescuers_own(pushing: Running, role: Role) -> None:
    async with pushing.client(role, "somebody") as client:
        for method, path in (
            ("GET", "/me/push"),
            ("PUT", "/me/push/subscriptions"),
            ("DELETE", "/me/push/subscriptions/sub-1"),
            ("POST", "/me/push/test"),
            ("POST", "/me/push/receipts"),
        ):
            assert (await client.request(method, path, json={})).status_code == 403
        client.headers.pop("Authorization")
        assert (await client.get("/me/push")).status_code == 401


async def test_what_is_gone_is_dropped_and_the_next_channel_comes_at_once(
    world: World, browsers: PushService
) -> None:
    """The first device is gone, the second gets it; then both are, and the SMS goes out."""
    first, second = alert("R-1"), alert("R-1", incident_id="inc-2")
    with provider() as sms:
        order = channels(("web_push", 300.0), ("sms", 300.0), sms=sms.url)
        with world.process(LIFERING_CHANNELS=order, **VAPID) as running:
            async with running.client(Role.RESCUER, "R-1") as phone:
                key = await key_of(phone)
                gone, alive = browsers.subscribe(key), browsers.subscribe(key)
                for browser in (gone, alive):
                    await phone.put("/me/push/subscriptions", json=browser.body)
                browsers.expire(gone)
                await world.publish(first)
                assert (await until_received(browsers, alive))[0]["kind"] == "alert"
                await world.deliveries_until(lambda d: states_of(d, first.message_id) == ["sent"])
                assert len((await phone.get("/me/push")).json()["subscriptions"]) == 1
                browsers.expire(alive)
                await world.publish(second)
                assert sms.next_message()["message_id"] == second.message_id
                state = (await phone.get("/me/push")).json()
                assert state["subscriptions"] == []
                assert [c["works"] for c in state["channels"]] == ["no", "unknown"]
                assert (await phone.post("/me/push/test")).status_code == 409
        assert sms.requests.empty(), "the first message has not gone on"


async def test_an_expired_subscription_is_not_sent_to(
    pushing: Running, browsers: PushService
) -> None:
    one = alert("R-late")
    async with pushing.client(Role.RESCUER, "R-late") as phone:
        browser = browsers.subscribe(await key_of(phone))
        soon = datetime.now(UTC) + timedelta(milliseconds=1_500)
        body = {**browser.body, "expiration_time": int(soon.timestamp() * 1_000)}
        assert (await phone.put("/me/push/subscriptions", json=body)).status_code == 201
        async with asyncio.timeout(PATIENCE_S):
            while (await phone.get("/me/push")).json()["subscriptions"]:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        await pushing.world.publish(one)
        found = await pushing.world.deliveries_until(
            lambda d: "failed" in states_of(d, one.message_id)
        )
    (news,) = (d for d in found if d.message_id == one.message_id)
    assert (news.channel, news.reason) == ("web_push", "no_subscription")
    assert browsers.received(browser) == []


async def test_without_a_key_web_push_is_skipped_and_says_so_once(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    one = alert("R-1")
    order = channels(("web_push", 30.0), ("in_app", 30.0))
    with world.process(LIFERING_CHANNELS=order) as running:
        async with running.phone("R-1") as phone, phone.stream() as stream:
            await world.publish(one)
            await anext(stream)
            state = (await phone.client.get("/me/push")).json()
            assert state["vapid_public_key"] is None
            assert [(c["channel"], c["works"]) for c in state["channels"]] == [("in_app", "yes")]
            answer = await phone.client.post("/me/push/test")
            assert (answer.status_code, answer.json()["type"]) == (
                409,
                "urn:lifering:problem:web-push-off",
            )
        found = await world.deliveries_until(lambda d: states_of(d, one.message_id) != [])
    assert [(d.channel, d.state.value) for d in found] == [("in_app", "sent")]
    assert capfd.readouterr().err.count("web push is off") == 1


async def test_a_phone_that_signed_out_is_pushed_to_no_more(
    pushing: Running, browsers: PushService
) -> None:
    """Two phones of one rescuer; the session of one ends, by whatever way."""
    world = pushing.world
    sessions = {"gone": "ses-" + "1" * 32, "stays": "ses-" + "2" * 32}
    path = "/me/push/subscriptions"
    kept = {}
    for name, session in sessions.items():
        token = world.token(Role.RESCUER, "R-two", session=session, passed_on=True)
        async with pushing.client(Role.RESCUER, "R-two") as phone:
            phone.headers["Authorization"] = f"Bearer {token}"
            body = browsers.subscribe(await key_of(phone)).body
            kept[name] = (await phone.put(path, json=body)).json()["subscription_id"]

    asked: list[str] = []

    def register(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params["since"])
        # The first answer is full: what is behind it is asked for at once.
        ids = [sessions["gone"]] if len(asked) > 1 else ["ses-" + "9" * 32]
        moment = datetime(2026, 3, len(asked), tzinfo=UTC).isoformat()
        said = {"session_ids": ids, "told_until": moment, "more": len(asked) == 1}
        return httpx.Response(200, json=said)

    async with (
        asyncpg.create_pool(world.dsn, server_settings={"search_path": world.schema}) as pool,
        httpx.AsyncClient(transport=httpx.MockTransport(register)) as client,
        pushing.client(Role.RESCUER, "R-two") as phone,
    ):
        devices = SignedOutDevices(
            pool=pool, client=client, urls=["http://register"], clock=SystemClock()
        )
        await devices.look()
        left = (await phone.get("/me/push")).json()["subscriptions"]
        assert [each["subscription_id"] for each in left] == [kept["stays"]]
        assert asked[1] == datetime(2026, 3, 1, tzinfo=UTC).isoformat()
