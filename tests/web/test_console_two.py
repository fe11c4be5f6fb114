"""Two dispatchers at once, and what a change costs: counted, not timed."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.web.city import City, until
from tests.web.conftest import DESKTOP
from tests.web.pages import Opener
from tests.web.test_console_calls import console

NO_POLLS = """
  const soon = window.setTimeout;
  window.setTimeout = (run, ms, ...given) => ((ms ?? 0) < 900 ? soon(run, ms, ...given) : 0);
  window.setInterval = () => 0;
"""
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
    """Longer timers never end here, so nothing can poll: only what the stream tells arrives."""
    lifering_city.end_all()
    lifering_city.arrest(details={"address": "before the pause"})
    # Any page of this origin: timers are taken over before the console starts.
    bob = opener.open(f"{lifering_city.url}/basemap", viewport=DESKTOP)
    bob.page.add_init_script(NO_POLLS)
    bob.page.goto(lifering_city.link("console", "dispatcher", "bob"))
    expect(bob.page.locator(".row").filter(has_text="before the pause")).to_be_visible()
    expect(bob.page.locator(".bar .chip").first).to_contain_text("Live")
    asked: list[str] = []
    bob.page.on("request", lambda request: asked.append(request.url))
    lifering_city.arrest(details={"address": "told by the stream"})
    expect(bob.page.locator(".row").filter(has_text="told by the stream")).to_be_visible()
    # As often as the stream told something, and it did.
    assert any("/api/incidents?" in url for url in asked)


def _settled(page: Page) -> int:
    """How many rows were drawn so far, once alerts and orders of new calls have all been told."""

    def drawn() -> int:
        return int(page.evaluate("document.querySelector('.rows').work.rows"))

    def still() -> bool:
        before = drawn()
        page.wait_for_timeout(2_000)
        return drawn() == before

    until(still, "a queue in which nothing happens")
    return drawn()


def test_a_change_of_one_incident_draws_one_row(opener: Opener, lifering_city: City) -> None:
    lifering_city.end_all()
    for number in range(3):
        lifering_city.arrest(details={"address": f"beside {number}"})
    incident = lifering_city.arrest(details={"address": "the one that changes"})["incident"]
    opened = console(opener, lifering_city, "faye")
    row = opened.page.locator(".row").filter(has_text="the one that changes")
    expect(row).to_be_visible()
    expect(opened.page.locator(".row").filter(has_text="beside 2")).to_be_visible()
    before = _settled(opened.page)
    opened.page.evaluate(WATCH)
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
