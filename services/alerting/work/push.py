"""Web push: sends to the push services of browsers, encrypted and signed.

pywebpush encrypts (RFC 8291) and py-vapid signs (RFC 8292). The request itself is ours, because it
goes through the service's one pool with its time limits, and only to known hosts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
import httpx
from pywebpush import WebPusher

from services.alerting.domain import push
from services.alerting.domain.breaker import Breaker
from services.alerting.domain.fallback import Outcome, OutcomeKind
from services.alerting.domain.message import Message
from services.alerting.domain.order import NO_SUBSCRIPTION
from services.alerting.domain.push import EndpointRules, Subscription
from services.alerting.domain.vapid import Vapid
from services.alerting.store import subscriptions
from services.alerting.work.addresses import is_inside
from services.alerting.work.answers import TIMEOUT_S, away, outcome_of
from services.alerting.work.channels import unless_down
from shared.clock import Clock
from shared.telemetry.logs import logger
from shared.telemetry.metrics import PUSH_SUBSCRIPTIONS_GONE

log = logger(__name__)

GONE: Final = "subscription_gone"
NOT_ALLOWED: Final = "endpoint_not_allowed"
ENCODING: Final = "aes128gcm"
_GONE_STATUSES: Final = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Push:
    """One push, to however many devices."""

    content: bytes
    ttl_s: int
    topic: str


class PushServices:
    """Sends pushes to the devices of rescuers."""

    def __init__(
        self,
        *,
        client: httpx.AsyncClient,
        pool: asyncpg.Pool[Any],
        vapid: Vapid,
        rules: EndpointRules,
        clock: Clock,
    ) -> None:
        self.vapid = vapid
        self.rules = rules
        self._client = client
        self._pool = pool
        self._clock = clock
        self._breakers: dict[str, Breaker] = {}
        self._held: dict[str, datetime] = {}

    def is_down(self) -> bool:
        """Whether every push service that we have spoken to is being left alone."""
        now = self._clock.now()
        return bool(self._breakers) and all(b.is_open(now) for b in self._breakers.values())

    async def to_devices(
        self, rescuer_id: str, pushed: Push, *, taken_by: Collection[str] = ()
    ) -> dict[str, Outcome]:
        """Sends to each of a rescuer's devices that has not taken it; what each answered, by id.

        A subscription that is gone is dropped.
        """
        async with self._pool.acquire() as connection:
            found = await subscriptions.of_rescuer(
                connection, rescuer_id, vapid_key=self.vapid.public_key, now=self._clock.now()
            )
        left = [one for one in found if one.subscription_id not in taken_by]
        outcomes = await asyncio.gather(*(self._to_device(one, pushed) for one in left))
        await self._note(left, outcomes)
        return {one.subscription_id: outcome for one, outcome in zip(left, outcomes, strict=True)}

    async def _to_device(self, subscription: Subscription, pushed: Push) -> Outcome:
        now = self._clock.now()
        held_until = self._held.pop(subscription.subscription_id, now)
        if held_until > now:
            self._held[subscription.subscription_id] = held_until
            wait_s = (held_until - now).total_seconds()
            return Outcome(OutcomeKind.TRY_AGAIN, "asked_to_wait", retry_after_s=wait_s)
        # The list of hosts may have been narrowed since the subscription was taken.
        host = urlsplit(subscription.endpoint).hostname
        if host is None or self.rules.fault(subscription.endpoint) is not None:
            return Outcome(OutcomeKind.REFUSED, NOT_ALLOWED)
        breaker = self._breakers.setdefault(host, Breaker())

        async def attempt() -> Outcome:
            if not self.rules.insecure and await is_inside(host):
                return Outcome(OutcomeKind.REFUSED, NOT_ALLOWED)
            return await self._post(subscription, pushed)

        outcome = await unless_down(breaker, self._clock, attempt)
        if outcome.retry_after_s is not None:
            # It may be this device alone that gets too many: nobody else waits for it.
            later = self._clock.now() + timedelta(seconds=outcome.retry_after_s)
            self._held[subscription.subscription_id] = later
        return outcome

    async def _post(self, subscription: Subscription, pushed: Push) -> Outcome:
        info = {
            "endpoint": subscription.endpoint,
            "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
        }
        body = WebPusher(info).encode(pushed.content, ENCODING)["body"]
        headers = {
            "Authorization": self.vapid.authorization(subscription.endpoint, self._clock.now()),
            "Content-Encoding": ENCODING,
            "Content-Type": "application/octet-stream",
            "TTL": str(pushed.ttl_s),
            "Urgency": "high",
            "Topic": pushed.topic,
        }
        try:
            answer = await self._client.post(
                subscription.endpoint,
                content=body,
                headers=headers,
                timeout=TIMEOUT_S,
                follow_redirects=False,
            )
        except httpx.TransportError as error:
            return away(error)
        if answer.status_code in _GONE_STATUSES:
            return Outcome(OutcomeKind.REFUSED, GONE)
        return outcome_of(answer, self._clock.now())

    async def _note(self, tried: Sequence[Subscription], outcomes: Sequence[Outcome]) -> None:
        gone: list[str] = []
        failed: dict[str, str] = {}
        for one, outcome in zip(tried, outcomes, strict=True):
            if outcome.reason == GONE:
                gone.append(one.subscription_id)
            elif outcome.kind is not OutcomeKind.HANDED_OVER:
                failed[one.subscription_id] = outcome.reason or outcome.kind.value
        if not gone and not failed:
            return
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            for subscription_id in sorted(failed):
                await subscriptions.note_failure(
                    connection, subscription_id, failed[subscription_id], now
                )
            await subscriptions.drop(connection, gone)
        if gone:
            PUSH_SUBSCRIPTIONS_GONE.inc(len(gone))
            log.info("push subscriptions are gone", subscription_ids=gone)


class WebPushChannel:
    """The rescuer's browsers, all of them at once."""

    def __init__(self, services: PushServices, clock: Clock) -> None:
        self._services = services
        self._clock = clock

    async def send(self, message: Message, taken_by: Collection[str]) -> Outcome:
        """Wakes the devices that have not been woken; refused at once when there is none."""
        pushed = Push(
            content=push.content(message.kind.value, message.message_id),
            ttl_s=push.ttl_s(message.expires_at, self._clock.now()),
            topic=push.topic(message.incident_id, message.rescuer_id),
        )
        outcomes = await self._services.to_devices(message.rescuer_id, pushed, taken_by=taken_by)
        return together(outcomes, taken_by)

    def is_down(self) -> bool:
        """Whether no push service answers."""
        return self._services.is_down()


def together(outcomes: dict[str, Outcome], before: Collection[str] = ()) -> Outcome:
    """What the answers about several devices mean for the message.

    One device that has it is enough to wait for a receipt; those that may still take it are tried
    again meanwhile.
    """
    taken = tuple(each for each, one in outcomes.items() if one.kind is OutcomeKind.HANDED_OVER)
    again = [one for one in outcomes.values() if one.kind is OutcomeKind.TRY_AGAIN]
    if again:
        wait_s = min(one.retry_after_s or 0.0 for one in again)
        return Outcome(OutcomeKind.TRY_AGAIN, again[0].reason, retry_after_s=wait_s, taken_by=taken)
    if taken or before:
        return Outcome(OutcomeKind.HANDED_OVER, taken_by=taken)
    for kind in (OutcomeKind.UNAVAILABLE, OutcomeKind.REFUSED):
        for one in outcomes.values():
            if one.kind is kind:
                return one
    return Outcome(OutcomeKind.REFUSED, NO_SUBSCRIPTION)
