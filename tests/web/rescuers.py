"""What the tests of the rescuer's app have in common: being asked, and reading what came of it."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.web.city import City
from tests.web.conftest import PHONE
from tests.web.pages import Language, Opened, Opener, Scheme

Json = dict[str, Any]
ADDRESS = "列东街 1021 号"
DOOR_CODE = "2580#"
PLACES_TRIED = 12
FAR = (datetime.now(UTC).date() + timedelta(days=90)).isoformat()
"""Certificates beyond this do not end while a test runs."""


def asked(city: City, task: str = "via_aed") -> tuple[str, Json]:
    """A suspected arrest; its id, and the alert of somebody who is asked to do ``task``.

    Whom the plan asks for what depends on the place and the hour: the first place that has
    somebody is taken, the others are called off.
    """
    details = {"address": ADDRESS, "floor": 5, "door_code": DOOR_CODE, "seen": "突然倒地"}
    for _ in range(PLACES_TRIED):
        incident_id: str = city.arrest(details=details)["incident"]["id"]
        alerts = city.get(f"/incidents/{incident_id}")["alerts"]
        found = next((alert for alert in alerts if alert["task"] == task), None)
        if found is not None:
            return incident_id, found
        city.post(f"/incidents/{incident_id}/cancel")
    raise AssertionError(f"nobody was asked to go {task} at {PLACES_TRIED} places")


def phone(
    opener: Opener,
    rescuer_id: str | None,
    language: Language = "en",
    scheme: Scheme = "dark",
    **options: Any,
) -> Opened:
    """The app on a phone, signed in by a link."""
    address = f"{opener.city.url}/rescuer/"
    if rescuer_id is not None:
        address = opener.city.link("rescuer", "rescuer", rescuer_id)
    return opener.open(
        address, viewport=PHONE, language=language, scheme=scheme, has_touch=True, **options
    )


def idle(city: City, number: int = 0) -> str:
    """The id of somebody who would be asked, far down the list, where no test's patient is."""
    good = (
        rescuer["id"]
        for rescuer in reversed(city.scenario.rescuers)
        if rescuer["state"] == "verified"
        and rescuer["available"]
        and rescuer["consent"]["alerts"]
        and rescuer["consent"]["location"]
        and "quiet_hours" not in rescuer
        and rescuer["credential"]["expires_on"] > FAR
    )
    return str(next(itertools.islice(good, number, None)))


def events(city: City, incident_id: str) -> list[Json]:
    """The timeline's entries."""
    entries: list[Json] = city.get(f"/incidents/{incident_id}/timeline")["entries"]
    return entries


def happened(city: City, incident_id: str, event: str, rescuer_id: str) -> int:
    """How often the record has it of this rescuer."""
    return sum(
        1
        for entry in events(city, incident_id)
        if entry["event"] == event and entry["detail"].get("rescuer_id") == rescuer_id
    )
