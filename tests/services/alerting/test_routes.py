"""Every route asks for a role or is declared public."""

from __future__ import annotations

from services.alerting.main import build
from services.alerting.settings import Settings
from shared.http.auth import undeclared_routes


def test_every_route_is_protected() -> None:
    assert undeclared_routes(build(Settings()).app) == []
