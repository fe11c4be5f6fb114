"""The planning page: what is reached, what a change would bring, in both languages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.city import City, until
from tests.web.pages import Language, Opener

STAGE = ".plan-map[data-stage=ready]"
WORDS = {"en": ("Calculate coverage", "Gaps"), "zh-CN": ("计算覆盖", "盲区")}
RUN_MS = 180_000
"""Only ends a test that would hang: a run is worked at the lowest priority."""


def _idle(page: Page) -> None:
    # Asked from outside: the page's policy forbids programs that are made from text.
    look = "document.querySelector('.plan-map')?.map?.idle() === true"
    until(lambda: page.evaluate(look), "a map that has drawn everything")


def _calculated(city: City, page: Page, start: str) -> None:
    """Coverage of the live registry: what was calculated already, or else calculated now."""
    runs = city.get("/planning/runs?scenario_id=live", "planner")["runs"]
    if not any(run["state"] == "done" and not run["changes"] for run in runs):
        page.get_by_role("button", name=start).click()
    expect(page.locator(".result .figure")).to_contain_text("%", timeout=RUN_MS)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_coverage_is_calculated_and_told_with_its_gaps(
    opener: Opener, lifering_city: City, language: Language
) -> None:
    opened = opener.open(
        lifering_city.link("planning", "planner", "wang"),
        language=language,
        scheme="dark" if language == "en" else "light",
        viewport={"width": 1280, "height": 720},
    )
    page = opened.page
    start, gaps = WORDS[language]
    _calculated(lifering_city, page, start)
    expect(page.get_by_role("heading", name=gaps)).to_be_visible()
    expect(page.locator(STAGE)).to_be_visible()
    _idle(page)
    opener.picture(opened, "coverage")
    assert opener.serious(opened) == []
    expect(page).to_have_url(re.compile("run=run-"))
    assert "token" not in page.url


def test_an_aed_in_the_worst_gap_changes_the_coverage_and_is_saved(
    opener: Opener, lifering_city: City
) -> None:
    opened = opener.open(
        lifering_city.link("planning", "planner", "wang"),
        viewport={"width": 1280, "height": 720},  # drawn without a graphics card
    )
    page = opened.page
    expect(page.locator(STAGE)).to_be_visible()
    _calculated(lifering_city, page, WORDS["en"][0])
    page.locator("[aria-labelledby=gaps-title] tbody button").first.click()
    expect(page.get_by_text("Arrests a year").first).to_be_visible()
    _idle(page)
    page.get_by_role("button", name="Try changes").click()
    tools = page.get_by_role("group", name="Changes on the map")
    tools.get_by_role("button", name="AED").click()
    page.locator(".plan-map canvas").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator(".changes li")).to_have_count(1)
    page.get_by_role("button", name="Calculate what changes").click()
    gain = page.locator(".headline .gain")
    expect(gain).to_be_visible(timeout=RUN_MS)
    gained = gain.get_attribute("data-gain")
    assert gained is not None
    assert float(gained) > 0
    opener.picture(opened, "what-if")
    assert opener.serious(opened) == []
    page.get_by_label("Name of the new scenario").fill("最差盲区加一台")
    page.get_by_role("button", name="Save as a scenario").click()
    expect(page.get_by_role("button", name="最差盲区加一台")).to_be_visible()
    saved = lifering_city.get("/planning/scenarios", "planner")["scenarios"]
    assert [each["changes"] for each in saved if each["name"] == "最差盲区加一台"] == [1]
