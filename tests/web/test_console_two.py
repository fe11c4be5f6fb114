"""Two dispatchers at once, and what a change costs: counted, not timed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.web.city import City
from tests.web.conftest import DESKTOP
from tests.web.pages import Opener
from tests.web.test_console_calls import console

WATCH = """() => {
  const touched = new Set();
  window.touched = touched;
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const element = target.nodeType === 1 ? target : target.parentElement;
      // Clocks run in every row that is in view; a change of one incident is no reason for others.
      if (element?.closest(".row-clock")) continue;
      const row = element?.closest(".rows li");
      if (row) touched.add(row.querySelector(".row-place").textContent);
    }
  }).observe(document.querySelector(".rows"), {
    subtree: true, childList: true, characterData: true, attributes: true,
  });
}"""


def test_a_colleague_is_told_without_asking(opener: Opener, lifering_city: City) -> None:
    """With every timer of the page stopped nothing can ask: only what the stream tells arrives."""
    lifering_city.arrest(details={"address": "before the pause"})
    # Any page of this origin: clocks are taken over before the console starts.
    bob = opener.open(f"{lifering_city.url}/basemap", viewport=DESKTOP)
    bob.page.clock.install()
    bob.page.goto(lifering_city.link("console", "dispatcher", "bob"))
    expect(bob.page.locator(".row").filter(has_text="before the pause")).to_be_visible()
    expect(bob.page.locator(".bar .chip").first).to_contain_text("Live")
    # What the page still had to do after loading is done, then its time stands still.
    bob.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=5))
    asked: list[str] = []
    bob.page.on("request", lambda request: asked.append(request.url))
    lifering_city.arrest(details={"address": "told by the stream"})
    expect(bob.page.locator(".row").filter(has_text="told by the stream")).to_be_visible()
    assert len([url for url in asked if "/api/incidents?" in url]) == 1


def test_a_change_of_one_incident_draws_one_row(opener: Opener, lifering_city: City) -> None:
    for number in range(3):
        lifering_city.arrest(details={"address": f"beside {number}"})
    incident = lifering_city.arrest(details={"address": "the one that changes"})["incident"]
    opened = console(opener, lifering_city, "faye")
    row = opened.page.locator(".row").filter(has_text="the one that changes")
    expect(row).to_be_visible()
    expect(opened.page.locator(".row").filter(has_text="beside 2")).to_be_visible()
    opened.page.evaluate(WATCH)
    before = opened.page.evaluate("document.querySelector('.rows').work.rows")
    lifering_city.client("dispatcher", "gus").put(f"/incidents/{incident['id']}/holder", json={})
    expect(row).to_contain_text("gus")
    assert opened.page.evaluate("[...window.touched]") == ["the one that changes"]
    # Once for who holds it, once for who saw it; the others not at all.
    assert 1 <= opened.page.evaluate("document.querySelector('.rows').work.rows") - before <= 3


def test_what_is_typed_after_the_slash_is_no_command(opener: Opener, lifering_city: City) -> None:
    """However fast: "sokos" must not silence the console, call anybody off and move on."""
    lifering_city.arrest(details={"address": "typed fast"})
    opened = console(opener, lifering_city, "hana")
    opened.page.locator(".row").filter(has_text="typed fast").click()
    panel = opened.page.get_by_role("article", name="Incident")
    expect(panel).to_contain_text("volunteers alerted")
    aed = lifering_city.scenario.aeds[0]
    opened.page.keyboard.press("/")
    opened.page.keyboard.type(f"{aed['id']}")
    expect(opened.page.get_by_role("option")).to_have_count(1)
    opened.page.keyboard.press("Enter")
    # An AED is found by its code also while no place is looked for, and the map says what it is.
    expect(opened.page.locator(".shown")).to_contain_text(aed["name"])
    expect(panel).to_contain_text("volunteers alerted")
    assert opener.serious(opened) == []
