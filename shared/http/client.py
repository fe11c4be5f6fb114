"""How one service calls another: with its own token, bounded in time, inside the same trace."""

from __future__ import annotations

from typing import Final

import httpx

from shared.settings import ServiceSettings
from shared.telemetry.traces import current_traceparent

CONNECT_S: Final = 2.0
TOTAL_S: Final = 10.0
"""Between services on one network; a caller with less time gives its own bound."""


async def _carry_trace(request: httpx.Request) -> None:
    traceparent = current_traceparent()
    if traceparent is not None:
        request.headers["traceparent"] = traceparent


def make_client(
    settings: ServiceSettings,
    *,
    base_url: str = "",
    timeout_s: float = TOTAL_S,
    authorized: bool = True,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """A client for calls to other services; the caller closes it (``service.enter(client)``).

    It sends the service's own token, unless ``authorized`` is false (the gateway forwards its
    client's). Proxies of the environment are not used: services find each other directly.
    """
    headers = {"User-Agent": f"lifering-{settings.service}/{settings.instance}"}
    if authorized and settings.service_token:
        headers["Authorization"] = f"Bearer {settings.service_token}"
    return httpx.AsyncClient(
        base_url=base_url,
        headers=headers,
        timeout=httpx.Timeout(timeout_s, connect=CONNECT_S),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
        event_hooks={"request": [_carry_trace]},
        transport=transport,
        trust_env=False,
        follow_redirects=False,
    )
