"""One-time codes: six digits, kept as a slow hash, compared in constant time.

Six digits are a million guesses, so three things together hold: few tries, a short life, and a hash
that is slow enough (scrypt, RFC 7914, 16 MiB) for a stolen table to be of no use before the codes
in it have ended.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

CODE_PATTERN: Final = r"^[0-9]{6}$"
LIVES: Final = timedelta(minutes=10)
MOST_WRONG: Final = 5
"""Wrong tries that end an enrolment."""
AGAIN_WITHIN: Final = timedelta(seconds=60)
"""A code that was right is right once more: the answer may have got lost on its way."""
PAUSE: Final = timedelta(seconds=60)
"""Between two codes to one number."""
MOST_A_DAY: Final = 5
"""Codes to one number in a day."""
DAY: Final = timedelta(days=1)


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


def wait_before_next(sent: list[datetime], now: datetime) -> timedelta | None:
    """How long a number must wait for its next code; None when it need not.

    ``sent``: when codes were asked for this number in the last day, whoever it belongs to.
    """
    recent = sorted(moment for moment in sent if now - moment < DAY)
    if not recent:
        return None
    waits = [recent[-1] + PAUSE - now]
    if len(recent) >= MOST_A_DAY:
        waits.append(recent[-MOST_A_DAY] + DAY - now)
    longest = max(waits)
    return longest if longest > timedelta(0) else None
