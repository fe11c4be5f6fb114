"""A provider of SMS, voice or push behind a signed webhook.

We POST a message to the provider's URL, signed; the provider reaches the rescuer by what it knows
of that id, and reports back to `POST /receipts/webhook`, signed with the same secret. There is
nothing in it but ids: what is said or written to the rescuer is "open the app".
"""

from __future__ import annotations

import json
from typing import Final

import httpx

from services.alerting.domain.fallback import Outcome, OutcomeKind
from services.alerting.domain.message import Message
from services.alerting.work.channels import Endpoint
from shared.clock import Clock
from shared.http.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign

TIMEOUT_S: Final = 5.0
_NOT_NOW: Final = frozenset({408, 425, 429})


class WebhookChannel:
    """One provider."""

    def __init__(
        self, *, name: str, url: str, secret: str, client: httpx.AsyncClient, clock: Clock
    ) -> None:
        self._name = name
        self._url = url
        self._secret = secret
        self._client = client
        self._clock = clock

    async def send(self, message: Message, endpoint: Endpoint) -> Outcome:
        """Posts it once; the idempotency key is the same however often it is tried."""
        body = self._body(message, endpoint)
        timestamp = int(self._clock.now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": f"{message.message_id}.{self._name}",
            TIMESTAMP_HEADER: str(timestamp),
            SIGNATURE_HEADER: sign(self._secret, timestamp, body),
        }
        try:
            answer = await self._client.post(
                self._url, content=body, headers=headers, timeout=TIMEOUT_S, follow_redirects=False
            )
        except httpx.TransportError as error:
            return Outcome(OutcomeKind.TRY_AGAIN, f"provider_away:{type(error).__name__}")
        if answer.is_success:
            return Outcome(OutcomeKind.HANDED_OVER)
        reason = f"provider_answered:{answer.status_code}"
        if answer.status_code in _NOT_NOW or answer.is_server_error:
            return Outcome(OutcomeKind.TRY_AGAIN, reason)
        return Outcome(OutcomeKind.REFUSED, reason)

    def _body(self, message: Message, endpoint: Endpoint) -> bytes:
        return json.dumps(
            {
                "channel": self._name,
                "message_id": message.message_id,
                "alert_id": message.alert_id,
                "incident_id": message.incident_id,
                "rescuer_id": endpoint.rescuer_id,
                "kind": message.kind.value,
                "sent_at": message.sent_at.isoformat(),
                "expires_at": message.expires_at.isoformat(),
            }
        ).encode()


class WebhookSecrets:
    """The secret of each provider, for checking what it reports."""

    def __init__(self, secrets: dict[str, str]) -> None:
        self._secrets = secrets

    def of(self, channel: str) -> str | None:
        """The provider's secret; None when there is no such provider."""
        return self._secrets.get(channel)
