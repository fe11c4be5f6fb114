"""Whether a service lives and is ready, as a list of named checks.

``/live`` asks: would a restart help (the loop is stuck, a part has died)? ``/ready`` asks: should
it get requests now (started, database answers, tables replayed, consumers assigned)?
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check."""

    ok: bool
    detail: str = ""


Probe = Callable[[], Check | Awaitable[Check]]
"""Something that can be asked; it answers at once or within a bound of its own."""


class Health:
    """The checks of one service."""

    def __init__(self) -> None:
        self._live: dict[str, Probe] = {}
        self._ready: dict[str, Probe] = {}

    def add_live(self, name: str, probe: Probe) -> None:
        """Declares a check whose failure means that the process should be restarted."""
        self._live[name] = probe

    def add_ready(self, name: str, probe: Probe) -> None:
        """Declares a check that must pass before the service gets requests."""
        self._ready[name] = probe

    async def live(self) -> dict[str, Check]:
        """All liveness checks, by name."""
        return await _ask(self._live)

    async def ready(self) -> dict[str, Check]:
        """All readiness checks, by name; one that is not live is not ready either."""
        return {**await _ask(self._live), **await _ask(self._ready)}


async def _ask(probes: dict[str, Probe]) -> dict[str, Check]:
    """Asks each in turn: they are cheap, and only one may wait (the database's, cached)."""
    answers: dict[str, Check] = {}
    for name, probe in list(probes.items()):
        answer = probe()
        answers[name] = await answer if inspect.isawaitable(answer) else answer
    return answers
