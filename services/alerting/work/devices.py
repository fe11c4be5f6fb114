"""A rescuer's own devices: subscribed, dropped, tried out, heard from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import asyncpg

from services.alerting.domain import push
from services.alerting.domain.fallback import Outcome, OutcomeKind
from services.alerting.domain.message import MessageState
from services.alerting.domain.order import WEB_PUSH
from services.alerting.domain.push import Subscription
from services.alerting.store import subscriptions
from services.alerting.work.desk import Desk
from services.alerting.work.push import GONE, Push, PushServices
from shared.clock import Clock
from shared.contracts.words import DeliveryState
from shared.ids import new_id

MOST_DEVICES: Final = 10
"""Devices of one rescuer; the one that has been silent longest goes (our choice)."""
TEST_EVERY_S: Final = 10.0
"""How often a rescuer may send a test push, seconds (our choice)."""
TEST_TTL_S: Final = 60
TEST: Final = "test"
"""The kind of a test push; its message is none of dispatch's."""


class EndpointTaken(Exception):  # noqa: N818 (says what is the matter)
    """Another rescuer has this endpoint, and the keys sent with it are not its own."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a test push."""

    message_id: str
    outcomes: tuple[Outcome, ...]

    def count(self, kind: OutcomeKind, *, gone: bool = False) -> int:
        """How many devices' push services answered so."""
        return sum(one.kind is kind and (one.reason == GONE) is gone for one in self.outcomes)


class Devices:
    """Everything that a rescuer does about web push goes through here."""

    def __init__(
        self, *, pool: asyncpg.Pool[Any], services: PushServices, desk: Desk, clock: Clock
    ) -> None:
        self.services = services
        self._pool = pool
        self._desk = desk
        self._clock = clock

    async def of(self, rescuer_id: str) -> list[Subscription]:
        """A rescuer's devices, the newest first."""
        key = self.services.vapid.public_key
        async with self._pool.acquire() as connection:
            return await subscriptions.of_rescuer(
                connection, rescuer_id, vapid_key=key, now=self._clock.now()
            )

    async def subscribe(self, wanted: Subscription) -> tuple[Subscription, bool]:
        """Keeps a subscription; returns it, and whether it is new for this rescuer.

        The same endpoint again changes nothing but what the browser says anew of itself. A phone
        handed on moves with its endpoint, and the keys prove that it is that phone: raises
        :class:`EndpointTaken` for somebody who only knows the endpoint.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await subscriptions.lock_rescuer(connection, wanted.rescuer_id)
            known = await subscriptions.of_endpoint(connection, wanted.endpoint)
            if known is not None and known.rescuer_id == wanted.rescuer_id:
                kept = replace(
                    known,
                    p256dh=wanted.p256dh,
                    auth=wanted.auth,
                    language=wanted.language,
                    user_agent=wanted.user_agent,
                    vapid_key=wanted.vapid_key,
                    expires_at=wanted.expires_at,
                    session_id=wanted.session_id,
                )
                if kept != known:
                    await subscriptions.renew(connection, kept)
                return kept, False
            if known is not None:
                if (known.p256dh, known.auth) != (wanted.p256dh, wanted.auth):
                    raise EndpointTaken
                await subscriptions.drop(connection, [known.subscription_id])
            if not await subscriptions.add(connection, wanted):
                raise EndpointTaken  # somebody else's, this very moment
            await subscriptions.drop_unusable(
                connection,
                wanted.rescuer_id,
                keep=MOST_DEVICES,
                vapid_key=wanted.vapid_key,
                now=wanted.created_at,
            )
        return wanted, True

    async def unsubscribe(self, rescuer_id: str, subscription_id: str) -> bool:
        """Forgets a device; False when the rescuer has no such one."""
        async with self._pool.acquire() as connection:
            return await subscriptions.drop_own(connection, rescuer_id, subscription_id)

    async def try_out(self, rescuer_id: str) -> Tried | None:
        """Sends a test push to all of a rescuer's devices; None when one was sent just before."""
        message_id = new_id("msg")
        async with self._pool.acquire() as connection:
            begun = await subscriptions.begin_test(
                connection, rescuer_id, message_id, every_s=TEST_EVERY_S, now=self._clock.now()
            )
        if not begun:
            return None
        pushed = Push(
            content=push.content(TEST, message_id),
            ttl_s=TEST_TTL_S,
            topic=push.topic(TEST, rescuer_id),
        )
        outcomes = await self.services.to_devices(rescuer_id, pushed)
        return Tried(message_id, tuple(outcomes.values()))

    async def arrived(
        self, rescuer_id: str, message_id: str, *, endpoint: str | None, at: datetime | None
    ) -> MessageState | None:
        """Notes that a push has arrived on a device, and that its message thereby has.

        Returns the message's state; None when the rescuer has no such message.
        """
        now = self._clock.now()
        message = await self._desk.receipt(
            message_id, DeliveryState.DELIVERED, at=at, channel=WEB_PUSH, rescuer_id=rescuer_id
        )
        send = None if message is None else message.on(WEB_PUSH)
        devices = [] if send is None else list(send.taken_by)
        async with self._pool.acquire() as connection, connection.transaction():
            if message is None and not await subscriptions.end_test(
                connection, rescuer_id, message_id, now
            ):
                return None
            if endpoint is not None:
                known = await subscriptions.of_endpoint(connection, endpoint)
                devices = [] if known is None else [known.subscription_id]
            if devices:
                await subscriptions.note_delivery(connection, rescuer_id, devices, now)
        return MessageState.DELIVERED if message is None else message.state


@dataclass(frozen=True, slots=True)
class WebPush:
    """Whether this deployment has web push."""

    devices: Devices | None
    """None where there is no key for it."""
