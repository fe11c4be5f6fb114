"""The way through the gateway, against small real servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from services.gateway.main import build
from services.gateway.middleware import SECURITY_HEADERS
from services.gateway.settings import GatewaySettings
from shared.http.auth import undeclared_routes
from shared.identity.roles import Role
from tests.services.gateway.world import (
    PATIENCE_S,
    Upstream,
    bearer,
    closed_url,
    decoded,
    everything_at,
    gateway,
    serving,
)

DISPATCHER = bearer(Role.DISPATCHER)


@pytest.fixture
async def upstream() -> AsyncIterator[tuple[Upstream, str]]:
    service = Upstream("one")
    async with serving(service.app()) as url:
        yield service, url


def test_every_route_says_who_may() -> None:
    assert undeclared_routes(build(GatewaySettings()).app) == []


def test_a_wrong_allowance_is_named_at_the_start() -> None:
    with pytest.raises(ValueError, match="LIFERING_RATE_PER_SUBJECT"):
        build(GatewaySettings(rate_per_subject="lots"))


async def test_a_request_reaches_its_service_as_it_was_sent(
    upstream: tuple[Upstream, str],
) -> None:
    async with gateway(everything_at(upstream[1])) as client:
        answer = await client.put(
            "/api/aeds/A%20-1?bbox=1,2,3,4&q=%E6%95%91",
            content=b'{"name":"x"}',
            headers={
                **DISPATCHER,
                "If-Match": '"3"',
                "Idempotency-Key": "k-1",
                "X-Forwarded-For": "6.6.6.6",
                "Content-Type": "application/json",
                "Traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            },
        )
    seen = decoded(answer)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"7"')
    assert (seen["method"], seen["raw_path"]) == ("PUT", "/aeds/A%20-1")
    assert seen["query"] == "bbox=1,2,3,4&q=%E6%95%91"
    assert seen["body"] == '{"name":"x"}'
    headers = seen["headers"]
    assert headers["authorization"] == DISPATCHER["Authorization"]
    assert (headers["if-match"], headers["idempotency-key"]) == ('"3"', "k-1")
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["content-length"] == "12"
    assert headers["traceparent"].startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert answer.headers["x-request-id"] != "theirs"


async def test_each_path_goes_to_its_owner() -> None:
    services = {name: Upstream(name) for name in ("dispatch", "alerting", "rescuer_location")}
    async with (
        serving(services["dispatch"].app()) as dispatch,
        serving(services["alerting"].app()) as alerting,
        serving(services["rescuer_location"].app()) as rescuers,
        gateway(
            {"dispatch": dispatch, "alerting": alerting, "rescuer_location": rescuers}
        ) as client,
    ):
        for path, owner in (
            ("/api/calls", "dispatch"),
            ("/api/me/tasks", "dispatch"),
            ("/api/me/messages", "alerting"),
            ("/api/me/rescuer", "rescuer_location"),
            ("/api/presence/R-1", "rescuer_location"),
        ):
            answer = await client.get(path, headers=DISPATCHER)
            assert decoded(answer)["by"] == owner, path
        absent = await client.get("/api/aeds", headers=DISPATCHER)
        assert (absent.status_code, absent.headers["retry-after"]) == (503, "60")


async def test_no_token_gets_no_further(upstream: tuple[Upstream, str]) -> None:
    service, url = upstream
    async with gateway(everything_at(url)) as client:
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic x"}):
            answer = await client.post("/api/calls", json={}, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.headers["content-type"] == "application/problem+json"
        assert (await client.get("/api/nowhere")).status_code == 401
        assert service.asked == []
        assert (await client.get("/api/public/aeds")).status_code == 200
        assert (await client.get("/api/locate/abc")).status_code == 200
        assert service.asked == ["GET /public/aeds", "GET /locate/abc"]


@pytest.mark.parametrize(
    "path",
    ["/api/metrics", "/api/live", "/api/aeds/..%2fmetrics", "/api/aeds/%2e%2e/ready", "/api/x"],
)
async def test_what_is_inside_stays_inside(upstream: tuple[Upstream, str], path: str) -> None:
    service, url = upstream
    async with gateway(everything_at(url)) as client:
        answer = await client.get(path, headers=DISPATCHER)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert service.asked == []


async def test_the_service_s_refusal_is_passed_back(upstream: tuple[Upstream, str]) -> None:
    service, url = upstream
    service.status = 403
    async with gateway(everything_at(url)) as client:
        answer = await client.get("/api/aeds", headers=DISPATCHER)
    assert (answer.status_code, decoded(answer)["by"]) == (403, "one")


async def test_every_answer_has_the_security_headers(upstream: tuple[Upstream, str]) -> None:
    async with gateway(everything_at(upstream[1])) as client:
        for path in ("/", "/live", "/api/aeds", "/api/public/aeds", "/nowhere"):
            answer = await client.get(path)
            for name, value in SECURITY_HEADERS.items():
                assert answer.headers[name] == value, (path, name)
            assert "access-control-allow-origin" not in answer.headers
        preflight = await client.options(
            "/api/aeds", headers={**DISPATCHER, "Origin": "https://elsewhere"}
        )
        assert preflight.status_code == 405


async def test_an_event_stream_comes_through_unbuffered(upstream: tuple[Upstream, str]) -> None:
    service, url = upstream
    headers = {**bearer(Role.RESCUER), "Accept": "text/event-stream", "Last-Event-ID": "41"}
    async with gateway(everything_at(url)) as client, asyncio.timeout(PATIENCE_S):
        async with client.stream("GET", "/api/me/stream", headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            chunks = answer.aiter_text()
            assert await anext(chunks) == "id: 1\ndata: last=41\n\n"
            for number in range(3):
                # The next one is only sent once this one has come through.
                await service.events.put(f"data: {number}\n\n")
                assert await anext(chunks) == f"data: {number}\n\n"
        await service.silence.wait()


async def test_an_open_stream_does_not_hold_up_the_end(upstream: tuple[Upstream, str]) -> None:
    _, url = upstream
    headers = {**bearer(Role.RESCUER), "Accept": "text/event-stream"}
    async with asyncio.timeout(PATIENCE_S), gateway(everything_at(url)) as client:
        request = client.build_request("GET", "/api/me/stream", headers=headers)
        answer = await client.send(request, stream=True)
        chunks = answer.aiter_text()
        await anext(chunks)
    with pytest.raises((StopAsyncIteration, httpx.HTTPError)):
        await anext(chunks)


async def test_an_answer_that_breaks_off_does_not_look_complete(
    upstream: tuple[Upstream, str],
) -> None:
    async with gateway(everything_at(upstream[1])) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/api/aeds/broken", headers=DISPATCHER)


async def test_instances_take_turns_and_a_dead_one_is_passed_over() -> None:
    one, two = Upstream("one"), Upstream("two")
    async with serving(one.app()) as first, serving(two.app()) as second:
        urls = {"aed_registry": f"{first},{second},{closed_url()}"}
        async with gateway(urls) as client:
            for _ in range(6):
                # A POST that was never sent may go to another instance.
                answer = await client.post("/api/aeds", json={}, headers=DISPATCHER)
                assert answer.status_code == 200
    assert len(one.asked) + len(two.asked) == 6
    assert one.asked
    assert two.asked


async def test_an_instance_that_is_not_ready_is_passed_over_for_reads() -> None:
    one, two = Upstream("one", status=503), Upstream("two")
    async with (
        serving(one.app()) as first,
        serving(two.app()) as second,
        gateway({"aed_registry": f"{first},{second}"}) as client,
    ):
        for _ in range(4):
            answer = await client.get("/api/aeds", headers=DISPATCHER)
            assert decoded(answer)["by"] == "two"
        posted = {
            (await client.post("/api/aeds", json={}, headers=DISPATCHER)).status_code
            for _ in range(2)
        }
        assert posted == {200, 503}


async def falling_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes a request and closes without an answer: nobody knows what became of it."""
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def test_a_command_that_may_have_arrived_is_repeated_only_with_a_key() -> None:
    silent = await asyncio.start_server(falling_silent, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    good = Upstream("good")
    async with silent, serving(good.app()) as url:
        urls = {"dispatch": f"http://127.0.0.1:{port},{url}"}
        async with gateway(urls) as client:
            answer = await client.post("/api/calls", json={}, headers=DISPATCHER)
            assert answer.status_code == 503
            assert decoded(answer)["type"] == "urn:lifering:problem:outcome-unknown"
            assert good.asked == []
        async with gateway(urls) as client:
            headers = {**DISPATCHER, "Idempotency-Key": "call-1"}
            answer = await client.post("/api/calls", json={"a": 1}, headers=headers)
            assert (answer.status_code, decoded(answer)["body"]) == (200, '{"a":1}')
        async with gateway(urls) as client:
            answer = await client.get("/api/incidents", headers=DISPATCHER)
            assert answer.status_code == 200


async def test_nobody_there_is_503_with_a_time_to_come_back() -> None:
    async with gateway(everything_at(closed_url())) as client:
        answer = await client.get("/api/aeds", headers=DISPATCHER)
        ready = await client.get("/ready")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert decoded(answer)["type"] == "urn:lifering:problem:unavailable"
    assert ready.status_code == 200


async def announce(client: httpx.AsyncClient, length: int) -> bytes:
    """The beginning of the answer to a body of that length, of which nothing is sent."""
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    head = f"POST /api/aeds/bulk HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
    writer.write(head.encode())
    answer = await reader.readexactly(12)
    writer.close()
    return answer


async def test_a_large_upload_is_streamed_and_an_endless_one_is_refused(
    upstream: tuple[Upstream, str],
) -> None:
    async def chunks(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield b"x" * 65_536

    async with gateway(everything_at(upstream[1]), replay_limit_bytes=1_000) as client:
        answer = await client.post("/api/aeds/bulk", content=chunks(40), headers=DISPATCHER)
        assert len(decoded(answer)["body"]) == 40 * 65_536
        sized = await client.post("/api/aeds/bulk", content=b"y" * 70_000, headers=DISPATCHER)
        assert len(decoded(sized)["body"]) == 70_000
        assert await announce(client, 68_000_000) == b"HTTP/1.1 413"
        # Without a length the answer may come while the client still sends, and be lost with the
        # connection; either way the service never gets to act on it.
        asked = list(upstream[0].asked)
        try:
            endless = await client.post("/api/aeds/bulk", content=chunks(1_100), headers=DISPATCHER)
            assert endless.status_code == 413
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            pass
        assert upstream[0].asked == asked


async def test_allowances(upstream: tuple[Upstream, str]) -> None:
    urls = everything_at(upstream[1])
    async with gateway(urls, rate_per_subject="2/hour", rate_per_address="6/hour") as client:
        for _ in range(2):
            assert (await client.get("/api/aeds", headers=DISPATCHER)).status_code == 200
        limited = await client.get("/api/aeds", headers=DISPATCHER)
        assert limited.status_code == 429
        assert int(limited.headers["retry-after"]) > 0
        assert decoded(limited)["type"] == "urn:lifering:problem:too-many-requests"
        other = bearer(Role.DISPATCHER, "other")
        assert (await client.get("/api/aeds", headers=other)).status_code == 200
        # Tokens that are guessed cost the address.
        statuses = [
            (await client.get("/api/aeds", headers={"Authorization": "Bearer x"})).status_code
            for _ in range(4)
        ]
        assert statuses == [401, 401, 429, 429]
        assert (await client.get("/live")).status_code == 200


async def test_status_names_every_instance(upstream: tuple[Upstream, str]) -> None:
    service, url = upstream
    urls = {"aed_registry": url, "dispatch": f"{url},{closed_url()}", "alerting": closed_url()}
    async with gateway(urls) as client:
        assert (await client.get("/status")).status_code == 401
        assert (await client.get("/status", headers=bearer(Role.PLANNER))).status_code == 403
        status = decoded(await client.get("/status", headers=DISPATCHER))
        assert status["ready"] is False
        services = status["services"]
        assert services["aed_registry"]["ready"] is True
        assert [each["ready"] for each in services["dispatch"]["instances"]] == [True, False]
        assert services["dispatch"]["ready"] is True
        assert services["alerting"]["ready"] is False
        assert services["ambulance_stations"] == {"ready": False, "instances": []}
        service.status = 503
        status = decoded(await client.get("/status", headers=DISPATCHER))
        assert status["services"]["aed_registry"]["instances"] == [
            {"instance": "one", "ready": False, "detail": "database: away"}
        ]


async def test_documents_and_the_page(upstream: tuple[Upstream, str]) -> None:
    async with gateway({"aed_registry": upstream[1], "alerting": closed_url()}) as client:
        document = decoded(await client.get("/openapi/aed_registry.json"))
        assert document["servers"] == [{"url": "/api"}]
        assert list(document["paths"]) == ["/aeds"]
        assert "429" in document["paths"]["/aeds"]["get"]["responses"]
        assert (await client.get("/openapi/alerting.json")).status_code == 503
        assert (await client.get("/openapi/dispatch.json")).status_code == 404
        assert (await client.get("/openapi/nobody.json")).status_code == 422
        own = decoded(await client.get("/openapi/gateway.json"))
        assert "/positions" in own["paths"]
        asyncapi = decoded(await client.get("/asyncapi.json"))
        assert asyncapi["asyncapi"].startswith("3.")
        page = await client.get("/")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "急救" in page.text
        assert "Emergency" in page.text
        assert "https://" not in page.text
        style = await client.get("/style.css")
        assert style.headers["content-type"] == "text/css; charset=utf-8"
