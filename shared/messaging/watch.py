"""What the parts of messaging say about themselves, for ``/live`` and ``/ready``.

``/live`` is false only when a restart would help: a loop that has died, a handler call that does
not come back, a consumer that does not move although there is something to read. A broker that is
away is none of these. ``/ready`` waits for assignment and replay, and tells a halted consumer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared.telemetry.health import Check, Health

Probe = Callable[[], Check]
"""Answers at once, from what it knows."""


@dataclass(frozen=True, slots=True)
class WatchedPart:
    """One consumer, table or relay and how to ask it."""

    name: str
    live: Probe
    ready: Probe | None


class ConsumerWatch:
    """Collects the parts of one service; with a ``Health`` they show at its probes at once."""

    def __init__(self, health: Health | None = None) -> None:
        self._health = health
        self.parts: list[WatchedPart] = []

    def add(self, name: str, *, live: Probe, ready: Probe | None = None) -> None:
        """Watches one more part; ``ready`` None for what does not keep a service from working."""
        self.parts.append(WatchedPart(name, live, ready))
        if self._health is not None:
            _declare(self._health, self.parts[-1])

    def register(self, health: Health) -> None:
        """Shows all parts, and those added later, at a service's probes."""
        self._health = health
        for part in self.parts:
            _declare(health, part)


def _declare(health: Health, part: WatchedPart) -> None:
    health.add_live(part.name, part.live)
    if part.ready is not None:
        health.add_ready(part.name, part.ready)


__all__ = ["Check", "ConsumerWatch", "WatchedPart"]
