"""The order in which channels are tried, by day and by night, and how long each has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from shared.contracts.words import MessageKind

IN_APP: Final = "in_app"
"""The rescuer's own stream: every message is on it, whatever the order says."""
WEB_PUSH: Final = "web_push"
"""A browser's own push service, by VAPID."""

NO_SUBSCRIPTION: Final = "no_subscription"
"""Why web push ends where the rescuer has no device for it."""

DEFAULT_DEADLINE_S: Final = 20.0
"""How long the app has to say that it got a message, seconds (our choice, [B]): an app that is
awake answers within one, and turnout alone takes 105 s (DOMAIN §3), so that a replacement asked
after 20 s still comes in time to matter."""
_UTC: Final = ZoneInfo("UTC")


class Asleep(StrEnum):
    """What becomes of a channel in its quiet hours."""

    SKIP = "skip"
    LAST = "last"
    """Tried after all the others: perhaps it arrives all the same."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When a channel sleeps, by the deployment's local time; over midnight where begin > end.

    Handsets hold pushes back at night: Huawei during the sleep that it predicts, Honor from 00:00
    to 06:00 (DOMAIN §6, Delivery).
    """

    begin: time
    end: time
    then: Asleep = Asleep.LAST

    def __post_init__(self) -> None:
        if self.begin == self.end:
            raise ValueError("quiet_hours: from and to are the same; leave the channel out instead")

    def cover(self, local: time) -> bool:
        """Whether it sleeps at a local time; it does at ``begin`` and does not at ``end``."""
        if self.begin < self.end:
            return self.begin <= local < self.end
        return local >= self.begin or local < self.end


@dataclass(frozen=True, slots=True)
class ChannelTurn:
    """One channel's turn."""

    name: str
    deadline_s: float
    """From its first try to `delivered`, seconds; then the next channel is tried."""
    with_previous: bool = False
    """Begins together with the channel before it."""
    quiet_hours: QuietHours | None = None
    follow_ups: bool = False
    """Whether it carries what can wait as well; the app's stream and web push always do."""


@dataclass(frozen=True, slots=True)
class ChannelOrder:
    """The turns, first to last; never empty, no name twice."""

    turns: tuple[ChannelTurn, ...]
    time_zone: ZoneInfo = field(default=_UTC)
    """What quiet hours are told in."""

    def __post_init__(self) -> None:
        names = [turn.name for turn in self.turns]
        if not names:
            raise ValueError("channels: is empty; name at least one, such as in_app")
        if len(set(names)) != len(names):
            raise ValueError("channels: names one twice; give each its own name")
        for turn in self.turns:
            if turn.deadline_s <= 0:
                raise ValueError(f"channels: {turn.name}: deadline_s must be positive")

    def of(self, kind: MessageKind) -> ChannelOrder:
        """The channels for messages of a kind: nobody is telephoned to be asked how it was."""
        if kind is not MessageKind.FOLLOW_UP:
            return self
        gentle = tuple(
            turn for turn in self.turns if turn.follow_ups or turn.name in (IN_APP, WEB_PUSH)
        )
        return ChannelOrder(gentle or (ChannelTurn(IN_APP, DEFAULT_DEADLINE_S),), self.time_zone)

    def sleeps(self, turn: ChannelTurn, now: datetime) -> bool:
        """Whether a channel is in its quiet hours."""
        local = now.astimezone(self.time_zone).time()
        return turn.quiet_hours is not None and turn.quiet_hours.cover(local)

    def at(self, now: datetime) -> tuple[tuple[ChannelTurn, ...], ...]:
        """The order that holds now: groups of channels that begin together, first to last.

        When every channel is to be skipped nothing is: a message on a channel that sleeps is
        better than a message on none.
        """
        groups: list[list[ChannelTurn]] = []
        last: list[list[ChannelTurn]] = []
        for turn in self.turns:
            if not turn.with_previous or not groups:
                groups.append([])
            if turn.quiet_hours is None or not self.sleeps(turn, now):
                groups[-1].append(turn)
            elif turn.quiet_hours.then is Asleep.LAST:
                last.append([turn])
        awake = tuple(tuple(group) for group in (*groups, *last) if group)
        return awake or tuple((turn,) for turn in self.turns)

    def following(self, tried: Collection[str], now: datetime) -> tuple[ChannelTurn, ...]:
        """The channels to try next, given those that have been; empty after the last.

        What is asked is only which have not been tried, so that an order that was configured anew,
        or that the evening has changed, goes on with what is left of it.
        """
        for group in self.at(now):
            left = tuple(turn for turn in group if turn.name not in tried)
            if left:
                return left
        return ()


DEFAULT_ORDER: Final = ChannelOrder((ChannelTurn(IN_APP, DEFAULT_DEADLINE_S),))
