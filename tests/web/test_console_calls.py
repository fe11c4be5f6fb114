"""A shift at the console, by keyboard: take a call, see the plan, work on it beside a colleague."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.web.city import City, until
from tests.web.conftest import DESKTOP
from tests.web.pages import Language, Opened, Opener, Scheme

OFFLINE_SEEN_MS = 60_000
"""A stream that is silent counts as lost after 20 s; slow machines need some more."""


def console(
    opener: Opener,
    city: City,
    who: str = "alice",
    language: Language = "en",
    scheme: Scheme = "dark",
) -> Opened:
    opened = opener.open(
        city.link("console", "dispatcher", who), viewport=DESKTOP, language=language, scheme=scheme
    )
    expect(opened.page.locator(".queue")).to_be_visible()
    return opened


def take(page: Page, place: tuple[float, float]) -> int:
    """Takes a suspected arrest; how many keys it took beside those of the place."""
    keys = 0
    page.keyboard.press("n")
    keys += 1
    page.locator("input[name=place]").wait_for()
    page.keyboard.type(f"{place[0]:.6f}, {place[1]:.6f} wgs84")
    expect(page.get_by_role("option")).to_have_count(1)
    for key in ("Enter", "n", "n", "Enter"):
        page.keyboard.press(key)
        keys += 1
    return keys


def test_a_call_takes_less_than_ten_keys_and_a_colleague_sees_it(
    opener: Opener, lifering_city: City
) -> None:
    alice = console(opener, lifering_city)
    bob = console(opener, lifering_city, "bob")
    before = {each["id"] for each in lifering_city.get("/incidents?limit=1000")["items"]}
    assert take(alice.page, lifering_city.next_place()) < 10
    panel = alice.page.get_by_role("article", name="Incident")
    expect(panel).to_contain_text("volunteers alerted")
    expect(panel.get_by_text("CPR within 04:00")).to_be_visible()
    expect(panel.get_by_role("heading", name="Telephone CPR")).to_be_visible()
    row = until(
        lambda: next(
            (
                each
                for each in lifering_city.get("/incidents?limit=1000")["items"]
                if each["id"] not in before
            ),
            None,
        ),
        "the incident",
    )
    assert row["state"] == "activated"
    seen = bob.page.locator(".row").filter(has_text="alice")
    expect(seen.first).to_be_visible()
    seen.first.click()
    theirs = bob.page.get_by_role("article", name="Incident")
    expect(theirs).to_contain_text("alice holds this incident.")
    bob.page.keyboard.press("w")
    expect(bob.page.locator(".toast.bad")).to_contain_text("alice holds this incident.")
    bob.page.keyboard.press("t")
    expect(theirs).to_contain_text("You hold this incident.")
    expect(panel).to_contain_text("bob holds this incident.")
    bob.page.keyboard.press("w")
    expect(theirs.get_by_text("Search widened").first).to_be_visible()
    expect(panel.get_by_text("Search widened").first).to_be_visible()
    opener.picture(bob, "taken-over")
    assert opener.serious(bob) == []


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_plan_can_be_phoned_out_without_a_connection(
    opener: Opener, lifering_city: City, language: Language
) -> None:
    address = f"列东街 {language} 7 号"
    lifering_city.arrest(details={"address": address})
    opened = console(opener, lifering_city, "chen", language, scheme="light")
    opened.page.locator(".row").filter(has_text=address).click()
    expect(opened.page.locator(".incident .person").first).to_be_visible()
    opened.page.keyboard.press("h")
    plan = opened.page.locator(".phone-plan").filter(has_text=address)
    expect(plan.locator("tbody tr").first).to_be_visible()
    opened.page.keyboard.press("Escape")
    opened.context.set_offline(True)
    lost = opened.page.locator(".banner.red")
    expect(lost).to_be_visible(timeout=OFFLINE_SEEN_MS)
    expect(opened.page.locator(".console.stale")).to_be_visible()
    opened.page.keyboard.press("h")
    expect(plan.locator("tbody tr").first).to_be_visible()
    opener.picture(opened, f"lost-{language}")
    assert opener.serious(opened) == []
    opened.page.keyboard.press("Escape")
    opened.context.set_offline(False)
    expect(lost).to_have_count(0, timeout=OFFLINE_SEEN_MS)


def test_a_second_caller_is_merged_and_split_again(opener: Opener, lifering_city: City) -> None:
    latitude, longitude = lifering_city.next_place()
    place = {"latitude": latitude, "longitude": longitude, "datum": "wgs84"}
    answers = {"place": place, "conscious": False, "breathing_normally": False}
    lifering_city.post("/calls", {**answers, "details": {"address": "first caller"}})
    second = lifering_city.post("/calls", {**answers, "details": {"address": "second caller"}})
    opened = console(opener, lifering_city, "dora")
    row = opened.page.locator(".row").filter(has_text="second caller")
    row.click()
    panel = opened.page.get_by_role("article", name="Incident")
    expect(panel).to_contain_text("Same patient as first caller?")
    opened.page.keyboard.press("m")
    expect(panel.get_by_role("heading", name="first caller")).to_be_visible()
    expect(panel).to_contain_text("2 callers")
    expect(row).to_have_count(0)
    merged = lifering_city.get(f"/incidents/{second['incident']['id']}")
    assert merged["state"] == "merged"
    panel.get_by_role("button", name="Split off").click()
    expect(row).to_be_visible()


def test_two_hundred_incidents_draw_a_screenful(opener: Opener, lifering_city: City) -> None:
    open_now = len(lifering_city.get("/incidents?limit=1000")["items"])
    latitude, longitude = lifering_city.next_place()
    for number in range(max(0, 200 - open_now)):
        # Of no arrest and with a gate closed: they need no plan of volunteers.
        lifering_city.post(
            "/calls",
            {
                "place": {
                    "latitude": latitude + number * 0.002,
                    "longitude": longitude,
                    "datum": "wgs84",
                },
                "conscious": True,
                "breathing_normally": True,
                "gates": ["traffic"],
            },
        )
    opened = console(opener, lifering_city, "eve")
    expect(opened.page.locator(".queue-head")).to_contain_text("200 open")
    assert opened.page.locator(".row").count() < 30
    opener.picture(opened, "two-hundred")
    lifering_city.end_all()
