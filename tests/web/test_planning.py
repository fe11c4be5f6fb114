"""The planning page: what is reached, what a change would bring, in both languages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.city import City
from tests.web.pages import Language, Opener

STAGE = ".plan-map[data-stage=ready]"
WORDS = {"en": ("Calculate coverage", "Gaps"), "zh-CN": ("计算覆盖", "盲区")}
RUN_MS = 180_000
"""Only ends a test that would hang: a run is worked at the lowest priority."""


def _idle(page: Page) -> None:
    page.wait_for_function("document.querySelector('.plan-map')?.map?.idle() === true")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_coverage_is_calculated_and_told_with_its_gaps(
    opener: Opener, lifering_city: City, language: Language
) -> None:
    """The first language calculates, the second finds what was calculated."""
    opened = opener.open(
        lifering_city.link("planning", "planner", "wang"),
        language=language,
        scheme="dark" if language == "en" else "light",
        viewport={"width": 1280, "height": 720},
    )
    page = opened.page
    start, gaps = WORDS[language]
    expect(page.locator(".runs, .result .headline").first).to_be_attached()
    if not lifering_city.get("/planning/runs", "planner")["runs"]:
        page.get_by_role("button", name=start).click()
    expect(page.locator(".result .figure")).to_contain_text("%", timeout=RUN_MS)
    expect(page.get_by_role("heading", name=gaps)).to_be_visible()
    expect(page.locator(STAGE)).to_be_visible()
    _idle(page)
    opener.picture(opened, "coverage")
    assert opener.serious(opened) == []
    expect(page).to_have_url(re.compile("run=run-"))
    assert "token" not in page.url


def test_an_aed_that_is_thought_up_changes_the_coverage_and_is_saved(
    opener: Opener, lifering_city: City
) -> None:
    opened = opener.open(lifering_city.link("planning", "planner", "wang"))
    page = opened.page
    expect(page.locator(STAGE)).to_be_visible()
    page.get_by_role("button", name="Try changes").click()
    tools = page.get_by_role("group", name="Changes on the map")
    tools.get_by_role("button", name="Recruits").click()
    # Where the most people live whom nobody reaches yet does not matter: four hundred of them do.
    page.get_by_label("People", exact=True).fill("400")
    page.get_by_label("Around, m").fill("20000")
    page.locator(".plan-map canvas").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_text("400 people within 20000 m").first).to_be_visible()
    page.get_by_label("Who or what reaches the patient").select_option("rescuer")
    page.get_by_role("button", name="Calculate what changes").click()
    gain = page.locator(".headline .gain")
    expect(gain).to_be_visible(timeout=RUN_MS)
    gained = gain.get_attribute("data-gain")
    assert gained is not None
    assert float(gained) > 0
    opener.picture(opened, "what-if")
    assert opener.serious(opened) == []
    page.get_by_label("Name of the new scenario").fill("四百人")
    page.get_by_role("button", name="Save as a scenario").click()
    expect(page.get_by_role("button", name="四百人")).to_be_visible()
    saved = lifering_city.get("/planning/scenarios", "planner")["scenarios"]
    assert [each["changes"] for each in saved if each["name"] == "四百人"] == [1]
