"""Channels: the ways to a rescuer beside the stream that every message is on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Protocol

from services.alerting.domain.breaker import Breaker
from services.alerting.domain.fallback import Outcome, OutcomeKind
from services.alerting.domain.message import Message
from services.alerting.domain.order import ChannelOrder
from services.alerting.work.streams import Hub
from shared.clock import Clock

PROVIDER_DOWN = "provider_down"


class Channel(Protocol):
    """A way to a rescuer.

    ``send`` hands a message over and says how that went; whether it arrived is told later, by a
    receipt. It may be called again with the same message (after a crash, or when an answer was
    lost), so it passes the message's id on for the other side to tell them apart. It never raises
    for what the other side does, and ends within ten seconds.
    """

    async def send(self, message: Message, taken_by: Collection[str]) -> Outcome:
        """Hands over to the message's rescuer, on the devices that have not taken it yet.

        The outcome says whether to wait, to try again or to go on to the next channel.
        """
        ...

    def is_down(self) -> bool:
        """Whether it would not even be tried now."""
        ...


class InAppChannel:
    """The rescuer's own stream; the message is on it already, so this wakes whoever reads it."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def send(self, message: Message, taken_by: Collection[str]) -> Outcome:
        """Always handed over: a phone that is not connected finds it when it connects."""
        self._hub.wake((message.rescuer_id,))
        return Outcome(OutcomeKind.HANDED_OVER)

    def is_down(self) -> bool:
        """Never."""
        return False


async def unless_down(
    breaker: Breaker, clock: Clock, attempt: Callable[[], Awaitable[Outcome]]
) -> Outcome:
    """Tries a provider, unless it has just been found dead: then it costs the message nothing."""
    if not breaker.may_try(clock.now()):
        return Outcome(OutcomeKind.UNAVAILABLE, PROVIDER_DOWN)
    outcome = await attempt()
    breaker.note(down=outcome.down, now=clock.now())
    return outcome


class Channels:
    """The channels that there are, in their order."""

    def __init__(self, order: ChannelOrder, ways: Mapping[str, Channel]) -> None:
        self.order = order
        self.ways = dict(ways)

    def is_down(self, name: str) -> bool:
        """Whether a channel would not even be tried now."""
        way = self.ways.get(name)
        return way is None or way.is_down()
