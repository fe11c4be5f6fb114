"""When a request may be sent again, to another instance."""

from __future__ import annotations

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110 §9.2.1)."""


def may_repeat(method: str, *, reached: bool, idempotency_key: bool) -> bool:
    """Whether a request that failed may be sent once more.

    ``reached``: whether any of it may have got to the first instance. A command that may have been
    carried out is never repeated unless its sender made it repeatable with an ``Idempotency-Key``:
    the sender knows what a second one would do, we don't.
    """
    return not reached or method in SAFE_METHODS or idempotency_key
