"""The station's page: a new job is seen, and every step of it is one tap."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web.city import City, until
from tests.web.conftest import DESKTOP, PHONE
from tests.web.pages import Language, Opener

STEPS = ("We have it", "On our way", "At the scene", "With the patient", "Leaving for hospital")


def test_a_job_from_the_order_to_the_hospital_in_single_taps(
    opener: Opener, lifering_city: City
) -> None:
    incident = lifering_city.arrest(details={"address": "列东街 1 号", "floor": 12})["incident"]
    order = until(lambda: _ambulance(lifering_city, incident["id"]), "an ambulance's order")
    link = lifering_city.link("station", "station", order["station_id"])
    opened = opener.open(link, viewport=DESKTOP)
    job = opened.page.get_by_role("article", name=f"Ambulance {order['unit_id']}")
    expect(job).to_contain_text("列东街 1 号")
    expect(job).to_contain_text("Floor 12")
    expect(job).to_contain_text("Acknowledge within")
    opener.picture(opened, "new-job")
    assert opener.serious(opened) == []
    for step in STEPS:
        job.get_by_role("button", name=step).click()
    expect(job.get_by_role("button", name="At the hospital")).to_be_visible()
    told = lifering_city.get(f"/orders/{order['id']}")
    assert told["state"] == "transporting"
    job.get_by_role("button", name="At the hospital").click()
    job.get_by_role("button", name="Free again").click()
    expect(job).to_have_count(0)


def test_another_stations_job_is_not_shown(opener: Opener, lifering_city: City) -> None:
    incident = lifering_city.arrest()["incident"]
    order = until(lambda: _ambulance(lifering_city, incident["id"]), "an ambulance's order")
    others = [s["id"] for s in lifering_city.scenario.stations if s["id"] != order["station_id"]]
    busy = {each["station_id"] for each in lifering_city.get("/orders?limit=1000")["items"]}
    idle = next(each for each in others if each not in busy)
    opened = opener.open(lifering_city.link("station", "station", idle), viewport=DESKTOP)
    expect(opened.page.get_by_text("No job for this station")).to_be_visible()
    refused = lifering_city.client("station", idle).get(f"/orders/{order['id']}")
    assert refused.status_code == 403


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_units_are_set_in_one_tap_on_a_phone(
    opener: Opener, lifering_city: City, language: Language
) -> None:
    busy = {each["station_id"] for each in lifering_city.get("/orders?limit=1000")["items"]}
    unit = next(u for u in lifering_city.scenario.units if u["station_id"] not in busy)
    link = lifering_city.link("station", "station", unit["station_id"])
    opened = opener.open(link, viewport=PHONE, language=language, scheme="light")
    group = opened.page.get_by_role("group", name=unit["id"])
    off, ready = ("Off duty", "Ready") if language == "en" else ("下班", "待命")
    group.get_by_role("button", name=off).click()
    expect(group.get_by_role("button", name=off)).to_have_attribute("aria-pressed", "true")
    assert lifering_city.get(f"/units/{unit['id']}")["state"] == "off_duty"
    opener.picture(opened, "units")
    assert opener.serious(opened) == []
    group.get_by_role("button", name=ready).click()
    expect(group.get_by_role("button", name=ready)).to_have_attribute("aria-pressed", "true")


def _ambulance(city: City, incident_id: str) -> dict[str, str] | None:
    orders = city.get(f"/incidents/{incident_id}")["orders"]
    return next((each for each in orders if each["kind"] == "ambulance"), None)
