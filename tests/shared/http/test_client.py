"""Calls between services carry the service's token and the trace."""

import httpx

from shared.http.client import make_client
from shared.settings import ServiceSettings
from shared.telemetry.traces import setup_traces, span_from

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def settings(**change: str) -> ServiceSettings:
    return ServiceSettings(service="dispatch", service_token="tok", **change)  # type: ignore[arg-type]


async def seen(client: httpx.AsyncClient) -> httpx.Headers:
    async with client:
        response = await client.get("http://alerting/x")
        return response.request.headers


def answer(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200)


async def test_token_and_trace_go_along() -> None:
    setup_traces("dispatch", "1")
    with span_from(TRACEPARENT, "handle"):
        headers = await seen(make_client(settings(), transport=httpx.MockTransport(answer)))
    assert headers["authorization"] == "Bearer tok"
    assert headers["traceparent"].startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert headers["user-agent"] == "lifering-dispatch/1"


async def test_the_gateway_sends_no_token_of_its_own() -> None:
    client = make_client(settings(), authorized=False, transport=httpx.MockTransport(answer))
    assert "authorization" not in await seen(client)
