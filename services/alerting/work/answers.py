"""What a provider's HTTP answer means for a message, the same for every kind of provider."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from services.alerting.domain.fallback import Outcome, OutcomeKind

TIMEOUT_S: Final = 5.0
"""How long a provider has to answer, seconds: within the lease of a try."""
_NOT_NOW: Final = frozenset({408, 425, 429})


def outcome_of(answer: httpx.Response, now: datetime) -> Outcome:
    """2xx is taken; what may pass is tried again, when the provider says so; the rest is refused.

    Redirections count as refused: a provider's address is configuration, not its own choice.
    """
    if answer.is_success:
        return Outcome(OutcomeKind.HANDED_OVER)
    reason = f"provider_answered:{answer.status_code}"
    if answer.status_code in _NOT_NOW or answer.is_server_error:
        return Outcome(
            OutcomeKind.TRY_AGAIN,
            reason,
            retry_after_s=retry_after_s(answer.headers.get("Retry-After"), now),
            down=answer.is_server_error,
        )
    return Outcome(OutcomeKind.REFUSED, reason)


def away(error: httpx.TransportError) -> Outcome:
    """Nobody answered."""
    return Outcome(OutcomeKind.TRY_AGAIN, f"provider_away:{type(error).__name__}", down=True)


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Retry-After in seconds, from either of its forms (RFC 9110 §10.2.3); None: not understood."""
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max((at - now).total_seconds(), 0.0)
