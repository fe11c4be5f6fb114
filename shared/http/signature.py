"""How webhooks are signed, both ways: HMAC-SHA256 over the time and the body."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Final

TIMESTAMP_HEADER: Final = "Lifering-Timestamp"
SIGNATURE_HEADER: Final = "Lifering-Signature"
SIGNATURE_PATTERN: Final = r"^v1=[0-9a-f]{64}$"
WINDOW_S: Final = 300
"""How old, or how far ahead, a signed request may be, seconds: what is caught on the way cannot be
sent again later (our choice; within it, receipts are idempotent)."""


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The signature of a body sent at a time (Unix seconds)."""
    signed = str(timestamp).encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def is_signed(secret: str, *, timestamp: int, signature: str, body: bytes, now: datetime) -> bool:
    """Whether the holder of the secret sent this body just now."""
    fresh = abs(now.timestamp() - timestamp) <= WINDOW_S
    return hmac.compare_digest(sign(secret, timestamp, body), signature) and fresh
