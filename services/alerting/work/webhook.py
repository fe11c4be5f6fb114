"""A provider of SMS, voice or push behind a signed webhook.

We POST a message to the provider's URL, signed; the provider reaches the rescuer by what it knows
of that id, and reports back to `POST /receipts/webhook`, signed with the same secret. There is
nothing in it but ids: what is said or written to the rescuer is "open the app".
"""

from __future__ import annotations

import json
from collections.abc import Collection

import httpx

from services.alerting.domain.breaker import Breaker
from services.alerting.domain.fallback import Outcome
from services.alerting.domain.message import Message
from services.alerting.work.answers import TIMEOUT_S, away, outcome_of
from services.alerting.work.channels import unless_down
from shared.clock import Clock
from shared.http.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign


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
        self._breaker = Breaker()

    async def send(self, message: Message, taken_by: Collection[str]) -> Outcome:
        """Posts it once; the idempotency key is the same however often it is tried."""
        return await unless_down(self._breaker, self._clock, lambda: self._post(message))

    def is_down(self) -> bool:
        """Whether the provider is being left alone."""
        return self._breaker.is_open(self._clock.now())

    async def _post(self, message: Message) -> Outcome:
        body = self._body(message)
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
            return away(error)
        return outcome_of(answer, self._clock.now())

    def _body(self, message: Message) -> bytes:
        return json.dumps(
            {
                "channel": self._name,
                "message_id": message.message_id,
                "alert_id": message.alert_id,
                "incident_id": message.incident_id,
                "rescuer_id": message.rescuer_id,
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
