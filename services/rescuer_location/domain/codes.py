"""One-time codes: six digits, kept as a slow hash, compared in constant time.

Six digits are a million guesses, so three things together hold: few tries, a short life, and a hash
that is slow enough (scrypt, RFC 7914, 16 MiB) for a stolen table to be of no use before the codes
in it have ended.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.http.addresses import network_of

CODE_PATTERN: Final = r"^[0-9]{6}$"
LIVES: Final = timedelta(minutes=10)
MOST_WRONG: Final = 5
"""Wrong tries that end an enrolment."""
AGAIN_WITHIN: Final = timedelta(seconds=60)
"""A code that was right is right once more: the answer may have got lost on its way."""
PAUSE: Final = timedelta(seconds=60)
"""Between two codes to one number, whoever asks."""
ASKER_WAITS: Final = (PAUSE, PAUSE, *(timedelta(minutes=each) for each in (2, 5, 15, 60)))
"""After the first, second, … code of a day that one asker wanted for one number (our choice)."""
MANY_A_DAY: Final = 20
"""Codes to one number in a day, whoever asks, from which on they come slowly."""
SLOWLY: Final = timedelta(minutes=15)
"""The longest that others can make a number's owner wait: a back-off, never a day's lock."""
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """A code that was asked for a number."""

    at: datetime
    by_asker: bool
    """Whether it was whoever asks now."""


def new_code() -> str:
    """Six digits from the system's random numbers, ``000000`` among them."""
    return f"{secrets.randbelow(1_000_000):06d}"


def new_salt() -> bytes:
    """16 random bytes."""
    return secrets.token_bytes(16)


def hash_of(code: str, salt: bytes) -> bytes:
    """The hash that is kept; takes about 0.1 s of a core, so call it in a thread."""
    return hashlib.scrypt(code.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)


def is_code(code: str, salt: bytes, kept: bytes) -> bool:
    """Whether it is the code, in a time that tells nothing; as slow as :func:`hash_of`."""
    return hmac.compare_digest(hash_of(code, salt), kept)


def digest_of(asker: str, phone: str) -> bytes:
    """Whether two asks for a number came from the same network, and nothing more than that."""
    return hashlib.sha256(f"{network_of(asker)} {phone}".encode()).digest()[:16]


class Verdict(StrEnum):
    """What a try comes to."""

    RIGHT = "right"
    WRONG = "wrong"
    ENDED = "ended"


def rule_on_try(
    *, right: bool, wrong_tries: int, expires_at: datetime, used_at: datetime | None, now: datetime
) -> Verdict:
    """What becomes of a try, from what the locked row says: a code that has ended is never right.

    ``used_at``: when it was right before.
    """
    if wrong_tries >= MOST_WRONG or now >= expires_at:
        return Verdict.ENDED
    if used_at is not None and (now - used_at > AGAIN_WITHIN or not right):
        return Verdict.ENDED
    return Verdict.RIGHT if right else Verdict.WRONG


def wait_before_next(asked: Sequence[Asked], now: datetime) -> timedelta | None:
    """How long a number must wait for its next code; None when it need not.

    ``asked``: the codes asked for this number in the last day, whoever it belongs to. Whoever asks
    again and again waits longer and longer; what others asked for holds up the number's owner by
    ``PAUSE``, and by ``SLOWLY`` once there were very many. A code that is out stays good.
    """
    recent = sorted((each for each in asked if now - each.at < DAY), key=lambda each: each.at)
    if not recent:
        return None
    by_all = SLOWLY if len(recent) >= MANY_A_DAY else PAUSE
    waits = [recent[-1].at + by_all - now]
    own = [each.at for each in recent if each.by_asker]
    if own:
        waits.append(own[-1] + ASKER_WAITS[min(len(own), len(ASKER_WAITS)) - 1] - now)
    longest = max(waits)
    return longest if longest > timedelta(0) else None
