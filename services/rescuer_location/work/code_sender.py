"""Codes on their way to a phone: by a provider of text messages behind a signed webhook.

The same signature as alerting's providers (``shared/http/signature.py``). A code is sent once it is
committed and after the answer to the phone has been given: how long the provider takes must not
tell whether somebody is registered. It is in memory only; one that is lost with its process is
asked for again.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import httpx

from shared.clock import Clock
from shared.http.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from shared.telemetry.logs import logger

log = logger(__name__)

TIMEOUT_S: Final = 5.0
PAUSES_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Between tries; after the last one the person asks for another code."""
MOST_AT_ONCE: Final = 200
"""On their way at the same time; a provider that hangs must not fill the memory."""
_NOT_NOW: Final = frozenset({408, 425, 429})

_WORDS: Final = {
    "zh-CN": "【Lifering】验证码 {code}，10 分钟内有效。请勿告诉他人。",
    "en": "Lifering: your code is {code}. It is good for 10 minutes. Tell nobody.",
}


@dataclass(frozen=True, slots=True)
class CodeMessage:
    """A code for a phone."""

    enrolment_id: str
    phone: str
    code: str
    language: str
    expires_at: datetime


class CodeSender:
    """Hands codes to the provider, where there is one."""

    def __init__(
        self, *, url: str | None, secret: str, client: httpx.AsyncClient, clock: Clock
    ) -> None:
        """``url`` None: no provider, codes are read out by a registrar."""
        self._url = url
        self._secret = secret
        self._client = client
        self._clock = clock
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def configured(self) -> bool:
        """Whether codes are sent at all."""
        return self._url is not None

    def send_soon(self, message: CodeMessage) -> None:
        """Sends it in the background; nothing happens without a provider."""
        if self._url is None:
            return
        if len(self._under_way) >= MOST_AT_ONCE:
            log.error("code not sent: too many on their way", enrolment_id=message.enrolment_id)
            return
        task = asyncio.create_task(self._send(self._url, message))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def stop(self) -> None:
        """Gives up what is still on its way."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _send(self, url: str, message: CodeMessage) -> None:
        for pause_s in (*PAUSES_S, None):
            why = await self._try(url, message)
            if why is None:
                return
            if pause_s is None or not why.startswith("again:"):
                break
            await asyncio.sleep(pause_s)
        log.error("code not sent", enrolment_id=message.enrolment_id, reason=why)

    async def _try(self, url: str, message: CodeMessage) -> str | None:
        """None when the provider took it; else why not, with ``again:`` before what may pass."""
        body = json.dumps(
            {
                "channel": "code",
                "message_id": message.enrolment_id,
                "phone": message.phone,
                "code": message.code,
                "language": message.language,
                "text": _WORDS.get(message.language, _WORDS["en"]).format(code=message.code),
                "expires_at": message.expires_at.isoformat(),
            },
            ensure_ascii=False,
        ).encode()
        timestamp = int(self._clock.now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.enrolment_id,
            TIMESTAMP_HEADER: str(timestamp),
            SIGNATURE_HEADER: sign(self._secret, timestamp, body),
        }
        try:
            answer = await self._client.post(
                url, content=body, headers=headers, timeout=TIMEOUT_S, follow_redirects=False
            )
        except httpx.TransportError as error:
            return f"again: {type(error).__name__}"
        if answer.is_success:
            return None
        again = answer.status_code in _NOT_NOW or answer.is_server_error
        return f"{'again: ' if again else ''}answered {answer.status_code}"
