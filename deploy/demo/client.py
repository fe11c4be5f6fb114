"""How the demonstration's people speak to Lifering: over HTTP, patient with what is restarting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
from httpx_sse import ServerSentEvent, SSEError, aconnect_sse

from deploy.errors import UserError
from shared.ids import new_id

AGAIN = frozenset({429, 500, 502, 503, 504})
PATIENCE_S = 45.0
"""How long one request is tried again while a service is away (the launcher restarts it)."""
PAUSE_S = 0.3

Json = dict[str, Any]


class Api:
    """One signed-in person, through the gateway."""

    def __init__(self, base_url: str, token: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=f"{base_url}/api",
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(20.0, connect=5.0),
            trust_env=False,
        )

    async def close(self) -> None:
        """Hangs up."""
        await self._client.aclose()

    async def get(self, path: str, **params: str | int) -> Json:
        """Reads; raises :class:`UserError` when it is refused, or away for too long."""
        return await self._ask("GET", path, params=params)

    async def post(self, path: str, body: Json | None = None) -> Json:
        """Does something, once: sent again under the same key until it is answered."""
        return await self._ask("POST", path, json=body or {}, key=new_id("demo"))

    async def try_post(self, path: str, body: Json | None = None) -> bool:
        """As :meth:`post`; False when it came too late (409), which happens to people."""
        try:
            await self.post(path, body)
        except TooLate:
            return False
        return True

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str | int] | None = None,
        json: Json | None = None,
        key: str | None = None,
    ) -> Json:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + PATIENCE_S
        headers = {} if key is None else {"Idempotency-Key": key}
        while True:
            try:
                response = await self._client.request(
                    method, path, params=params, json=json, headers=headers
                )
                problem = f"{response.status_code} {response.text[:300]}"
                if response.is_success:
                    answer: Json = response.json()
                    return answer
                if response.status_code == httpx.codes.CONFLICT:
                    raise TooLate(f"{method} {path}: {problem}")
                if response.status_code not in AGAIN:
                    raise UserError(f"{method} {path}: {problem}")
            except httpx.TransportError as error:
                problem = type(error).__name__
            if loop.time() > give_up:
                raise UserError(f"{method} {path}: {problem}, for {PATIENCE_S:.0f} s")
            await asyncio.sleep(PAUSE_S)

    async def stream(self, path: str) -> AsyncIterator[ServerSentEvent]:
        """Events of a stream, for ever: a lost connection is made again after the last one."""
        last_id = ""
        while True:
            headers = {"Last-Event-ID": last_id} if last_id else {}
            try:
                async with aconnect_sse(
                    self._client, "GET", path, headers=headers, timeout=httpx.Timeout(40.0)
                ) as source:
                    source.response.raise_for_status()
                    async for event in source.aiter_sse():
                        last_id = event.id or last_id
                        if event.data:  # a bare `retry:` is an event without any
                            yield event
            except (httpx.HTTPError, SSEError):
                pass
            await asyncio.sleep(PAUSE_S)


class TooLate(UserError):  # noqa: N818 - it is news, not an error
    """What was asked cannot follow any more: the incident has moved on."""
