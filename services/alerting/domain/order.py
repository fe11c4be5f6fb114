"""The order in which channels are tried, and how long each has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

IN_APP: Final = "in_app"
"""The rescuer's own stream: every message is on it, whatever the order says."""

DEFAULT_DEADLINE_S: Final = 20.0
"""How long the app has to say that it got a message, seconds (our choice, [B]): an app that is
awake answers within one, and turnout alone takes 105 s (DOMAIN §3), so that a replacement asked
after 20 s still comes in time to matter."""


@dataclass(frozen=True, slots=True)
class ChannelTurn:
    """One channel's turn."""

    name: str
    deadline_s: float
    """From its first try to `delivered`, seconds; then the next channel is tried."""


@dataclass(frozen=True, slots=True)
class ChannelOrder:
    """The turns, first to last; never empty, no name twice."""

    turns: tuple[ChannelTurn, ...]

    def __post_init__(self) -> None:
        names = [turn.name for turn in self.turns]
        if not names:
            raise ValueError("channels: is empty; name at least one, such as in_app")
        if len(set(names)) != len(names):
            raise ValueError("channels: names one twice; give each its own name")
        for turn in self.turns:
            if turn.deadline_s <= 0:
                raise ValueError(f"channels: {turn.name}: deadline_s must be positive")

    @property
    def first(self) -> ChannelTurn:
        """The channel that is tried first."""
        return self.turns[0]

    def after(self, name: str) -> ChannelTurn | None:
        """The channel after that one, None after the last.

        A channel that the configuration no longer has starts the order again: better a message
        too many than one that nobody carries.
        """
        names = [turn.name for turn in self.turns]
        if name not in names:
            return self.first
        following = self.turns[names.index(name) + 1 :]
        return following[0] if following else None


DEFAULT_ORDER: Final = ChannelOrder((ChannelTurn(IN_APP, DEFAULT_DEADLINE_S),))
