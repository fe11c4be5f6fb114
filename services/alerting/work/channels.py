"""Channels: the ways to a rescuer beside the stream that every message is on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from services.alerting.domain.fallback import Outcome, OutcomeKind
from services.alerting.domain.message import Message
from services.alerting.work.streams import Hub


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Whom to reach on a channel."""

    rescuer_id: str
    address: str | None = None
    """The channel's own address, such as a push subscription; None where the id suffices."""


class Channel(Protocol):
    """A way to a rescuer.

    ``send`` hands a message over and says how that went; whether it arrived is told later, by a
    receipt. It may be called again with the same message (after a crash, or when an answer was
    lost), so it passes the message's id on for the other side to tell them apart. It never raises
    for what the other side does, and ends within ten seconds.
    """

    async def send(self, message: Message, endpoint: Endpoint) -> Outcome:
        """Hands over; the outcome says whether to wait, to try again or to go on to the next."""
        ...


class InAppChannel:
    """The rescuer's own stream; the message is on it already, so this wakes whoever reads it."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def send(self, message: Message, endpoint: Endpoint) -> Outcome:
        """Always handed over: a phone that is not connected finds it when it connects."""
        self._hub.wake((endpoint.rescuer_id,))
        return Outcome(OutcomeKind.HANDED_OVER)
