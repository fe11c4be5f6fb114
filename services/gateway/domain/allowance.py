"""How often somebody may ask: a number of requests in a period, refilled steadily.

The generic cell rate algorithm: for each key one number, the time at which its allowance would be
whole again. One dictionary look-up a request, whatever the number of clients (the in-memory store
of the package ``limits`` walks through all of its keys on every hit). Counted in this process:
several gateways allow as many times as much, which is fine for what the limits are for (a client
that runs wild, tokens being guessed), and needs no other server.
"""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from dataclasses import dataclass

PERIODS_S = {"second": 1.0, "minute": 60.0, "hour": 3_600.0}
_WRITTEN = re.compile(r"(?P<requests>[1-9]\d{0,8})/(?P<period>second|minute|hour)")


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many requests in so many seconds, all at once if need be."""

    requests: int
    period_s: float

    @classmethod
    def parse(cls, name: str, text: str) -> Allowance:
        """An allowance such as ``200/second``; ``ValueError`` says how one is written."""
        match = _WRITTEN.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{name}: {text!r} cannot be read; write e.g. 200/second, 600/minute")
        return cls(int(match["requests"]), PERIODS_S[match["period"]])

    def __str__(self) -> str:
        """As it is written in settings."""
        names = {seconds: name for name, seconds in PERIODS_S.items()}
        return f"{self.requests}/{names[self.period_s]}"


class Meter:
    """What everybody has used of one allowance."""

    def __init__(self, allowance: Allowance, *, keys: int = 200_000) -> None:
        """``keys``: how many clients are remembered; beyond it the longest silent is forgotten."""
        self.allowance = allowance
        self._step_s = allowance.period_s / allowance.requests
        self._whole_at: OrderedDict[str, float] = OrderedDict()
        self._keys = keys

    def hit(self, key: str, now_s: float) -> int | None:
        """Counts a request; None when it is allowed, else whole seconds to wait (at least 1).

        ``now_s``: seconds of a monotonic clock. A refused request costs nothing.
        """
        whole_at = max(self._whole_at.get(key, now_s), now_s) + self._step_s
        excess_s = whole_at - now_s - self.allowance.period_s
        if excess_s > 1e-9:
            return max(1, math.ceil(excess_s))
        self._whole_at[key] = whole_at
        self._whole_at.move_to_end(key)
        if len(self._whole_at) > self._keys:
            self._whole_at.popitem(last=False)
        return None

    def __len__(self) -> int:
        return len(self._whole_at)
