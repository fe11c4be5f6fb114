"""The table of who answers for what."""

from __future__ import annotations

import pytest

from services.gateway.domain.routes import SERVICES, route_of


@pytest.mark.parametrize(
    ("path", "service", "public"),
    [
        ("/aeds", "aed_registry", False),
        ("/aeds/AED-1/history", "aed_registry", False),
        ("/public/aeds", "aed_registry", True),
        ("/rescuers/R-1/verify", "rescuer_location", False),
        ("/presence/R-1", "rescuer_location", False),
        ("/me/rescuer", "rescuer_location", False),
        ("/me/presence", "rescuer_location", False),
        ("/stations/bulk", "ambulance_stations", False),
        ("/units/U-1/state", "ambulance_stations", False),
        ("/circles", "ambulance_stations", False),
        ("/calls", "dispatch", False),
        ("/incidents/stream", "dispatch", False),
        ("/orders/o/steps", "dispatch", False),
        ("/me/tasks/a/accept", "dispatch", False),
        ("/locate/abc", "dispatch", True),
        ("/me/stream", "alerting", False),
        ("/planning/runs/r/stream", "planning", False),
        ("/me/messages/m/receipts", "alerting", False),
    ],
)
def test_owner(path: str, service: str, public: bool) -> None:
    route = route_of(path)
    assert route is not None
    assert (route.service, route.public) == (service, public)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "aeds",
        "/metrics",
        "/live",
        "/openapi.json",
        "/me",
        "/me/",
        "/public",
        "/public/rescuers",
        "/aedsx",
        "/AEDS",
        "//aeds",
        "/aeds/",
        "/aeds//x",
        "/aeds/../metrics",
        "/aeds/%2e%2e/metrics",
        "/public/aeds/..%2f..%2faeds",
        "/public/aeds/%5c..",
        "/aeds/%00",
        "/aeds/%0d%0aX",
    ],
)
def test_what_has_no_owner(path: str) -> None:
    assert route_of(path) is None


def test_every_service_behind_the_gateway_is_named_once() -> None:
    assert sorted(SERVICES) == sorted(set(SERVICES))
    assert set(SERVICES) == {
        "aed_registry",
        "rescuer_location",
        "ambulance_stations",
        "dispatch",
        "alerting",
        "planning",
    }
