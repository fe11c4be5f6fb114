"""Checks by name, metrics by Prometheus."""

import httpx
import pytest

from shared.http.app import create_app
from shared.settings import ServiceSettings
from shared.telemetry import metrics
from shared.telemetry.health import Check, Health


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
def client(health: Health) -> httpx.AsyncClient:
    app = create_app(
        title="x", settings=ServiceSettings(service="sample"), routers=[], health=health
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sample")


async def test_ready_names_what_is_missing(health: Health, client: httpx.AsyncClient) -> None:
    async def database() -> Check:
        return Check(True, "answers")

    health.add_ready("database", database)
    health.add_ready("aeds", lambda: Check(False, "3 of 8 partitions replayed"))
    response = await client.get("/ready")
    assert response.status_code == 503
    assert response.json() == {
        "ready": False,
        "service": "sample",
        "instance": "1",
        "checks": {
            "database": {"ok": True, "detail": "answers"},
            "aeds": {"ok": False, "detail": "3 of 8 partitions replayed"},
        },
    }
    assert (await client.get("/live")).status_code == 200
    health.add_ready("aeds", lambda: Check(True))
    assert (await client.get("/ready")).json()["ready"] is True


async def test_what_is_dead_is_not_ready(health: Health, client: httpx.AsyncClient) -> None:
    health.add_live("consumer", lambda: Check(False, "has not moved"))
    assert (await client.get("/live")).status_code == 503
    assert (await client.get("/ready")).status_code == 503


async def test_metrics_count_requests_by_template(client: httpx.AsyncClient) -> None:
    await client.get("/live")
    await client.get("/no/such/path-17")
    text = (await client.get("/metrics")).text
    assert 'lifering_http_request_seconds_count{method="GET",route="/live"' in text
    assert "path-17" not in text


def test_every_metric_is_ours_and_says_what_it_is() -> None:
    declared = [value for value in vars(metrics).values() if hasattr(value, "_documentation")]
    assert len(declared) > 20
    for metric in declared:
        assert metric._name.startswith("lifering_")
        assert metric._documentation
        assert not {"id", "incident_id", "rescuer_id"} & set(metric._labelnames)
