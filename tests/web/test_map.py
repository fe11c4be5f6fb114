"""The map in a browser: drawn from our own file, by our own origin, counted frame by frame."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import h3
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.shared.streets.extracts import monaco
from tests.web.browser import ARGUMENTS, chromium
from tests.web.city import City
from tests.web.conftest import PHONE, SCREENSHOTS
from tests.web.map_page import build_page, served, with_map
from tests.web.pages import Language, Opened, Opener, Scheme

Json = dict[str, Any]
HERE = (43.7365, 7.4210)
PATIENCE_MS = 60_000
"""Only ends a test that would hang."""
SMALL: ViewportSize = {"width": 900, "height": 640}
"""Drawn without a graphics card: every pixel costs."""
MAP = "document.querySelector('.incident-map').map"


class Address:
    """Of a city only this is asked here."""

    def __init__(self, url: str) -> None:
        self.url = url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a city behind it."""
    program = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program.path,
            args=list(ARGUMENTS),
            env={**os.environ, **program.environment},
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page that is nothing but a map."""
    return build_page(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def town(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A gateway with the streets of Monaco."""
    version = with_map(monaco(), tmp_path_factory.mktemp("town"))
    with served(pages, basemap=str(version)) as url:
        yield url


@pytest.fixture(scope="module")
def nowhere(pages: Path) -> Iterator[str]:
    """A gateway without any streets."""
    with served(pages) as url:
        yield url


def _opener(
    browser: Browser, url: str, axe: str, request: pytest.FixtureRequest
) -> Iterator[Opener]:
    made = Opener(browser, cast(City, Address(url)), SCREENSHOTS, request.node.name, axe)
    failed_before = request.session.testsfailed
    yield made
    made.close(failed=request.session.testsfailed > failed_before)


@pytest.fixture
def opener(
    browser: Browser, town: str, axe_source: str, request: pytest.FixtureRequest
) -> Iterator[Opener]:
    """Opens the map of a town; at the end no page may have asked anybody else for anything."""
    yield from _opener(browser, town, axe_source, request)


@pytest.fixture
def bare_opener(
    browser: Browser, nowhere: str, axe_source: str, request: pytest.FixtureRequest
) -> Iterator[Opener]:
    """Opens a map without streets."""
    yield from _opener(browser, nowhere, axe_source, request)


def place(north: float = 0.0, east: float = 0.0) -> Json:
    return {"latitude": HERE[0] + north, "longitude": HERE[1] + east}


def everything() -> Json:
    cells = [h3.grid_disk(h3.latlng_to_cell(*HERE, 10), rings) for rings in (2, 4, 6, 8)]
    return {
        "patients": [
            {"id": "p1", "label": "疑似骤停 03:42", "place": place(), "state": "waiting"},
            {"id": "p2", "label": "P2", "place": place(0.002, 0.003), "state": "reached"},
        ],
        "responders": [
            {"id": "r1", "label": "R-1042", "task": "direct", "state": "accepted",
             "place": place(-0.001, -0.002)},
            {"id": "r2", "label": "R-7", "task": "via_aed", "state": "asked",
             "place": place(0.001, -0.003)},
            {"id": "r3", "label": "R-9", "task": "guide", "state": "arrived", "stale": True,
             "place": place(0.0015, 0.001)},
        ],
        "aeds": [
            {"id": f"a{row}", "label": f"AED {row}", "state": state,
             "place": place(-0.0015, 0.0012 * row)}
            for row, state in enumerate(("open", "closed", "doubtful"))
        ],
        "units": [{"id": "u1", "label": "120-01", "state": "busy", "place": place(0.0018, 0.0025)}],
        "stations": [{"id": "s1", "label": "列东急救站", "place": place(0.0015, -0.0031)}],
        "routes": [{"id": "r1", "of": "responder", "points": [place(-0.001, -0.002), place()]}],
        "bands": [
            {"minutes": minutes, "cells": disk}
            for minutes, disk in zip((3, 5, 8, 10), cells, strict=True)
        ],
        "selected": {"kind": "responders", "id": "r1"},
        "view": {"key": "all", "places": [place(0.002, 0.003), place(-0.002, -0.003)]},
    }  # fmt: skip


def give(page: Page, given: Json) -> None:
    page.evaluate("given => give(given)", given)


def settled(page: Page) -> None:
    """Fetched, drawn, and a frame further."""
    # Not wait_for_function: the page's policy allows no text to be made a program.
    page.evaluate(
        f"""async patience => {{
            const end = Date.now() + patience;
            let calm = 0;
            while (calm < 8) {{
                if (Date.now() > end) throw new Error("the map does not settle");
                await new Promise(done => setTimeout(() => requestAnimationFrame(done), 30));
                calm = {MAP}.idle() ? calm + 1 : 0;
            }}
        }}""",
        PATIENCE_MS,
    )


def drawn(opener: Opener, given: Json, **options: Any) -> Opened:
    opened = opener.open(f"{opener.city.url}/console/", **{"viewport": SMALL, **options})
    give(opened.page, given)
    opened.page.wait_for_selector(".incident-map.ready", timeout=PATIENCE_MS)
    settled(opened.page)
    return opened


def count(page: Page, layer: str) -> int:
    found: int = page.evaluate(f"layer => {MAP}.count(layer)", layer)
    return found


def where(page: Page, at: Json) -> tuple[float, float]:
    found = page.evaluate(f"place => {MAP}.project(place)", at)
    return found["x"], found["y"]


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("zh-CN", "dark")])
def test_streets_water_and_names_are_drawn_from_our_own_file(
    opener: Opener, language: Language, scheme: Scheme
) -> None:
    opened = opener.open(
        f"{opener.city.url}/console/", language=language, scheme=scheme, viewport=SMALL
    )
    parts: list[int] = []
    opened.page.on(
        "response",
        lambda answer: parts.append(answer.status) if answer.url.endswith(".pmtiles") else None,
    )
    give(opened.page, everything())
    opened.page.wait_for_selector(".incident-map.ready", timeout=PATIENCE_MS)
    settled(opened.page)
    for layer in ("water", "building", "minor", "great", "street-names", "landmarks"):
        assert count(opened.page, layer) > 0, layer
    assert parts
    # By ranges: nobody loads a city to look at a street.
    assert set(parts) == {206}
    expect(opened.page.get_by_text("© OpenStreetMap contributors, ODbL")).to_be_visible()
    opened.page.locator(".map-legend summary").click()
    opener.picture(opened, f"{language}-{scheme}")
    assert opener.serious(opened) == []


def test_chinese_and_latin_letters_are_drawn_without_any_font_server(opener: Opener) -> None:
    opened = drawn(opener, {"view": {"key": "1", "places": [place()]}})
    seen = {}
    for label in ("", "骤停", "列东", "Rue", "Rive"):
        # On water-less ground the label is all that changes.
        patient = {"id": "p", "label": label, "place": place(), "state": "waiting"}
        give(opened.page, {"patients": [patient]})
        settled(opened.page)
        x, y = where(opened.page, place())
        clip = {"x": x - 40, "y": y + 16, "width": 80, "height": 22}
        seen[label] = opened.page.screenshot(clip=clip)  # type: ignore[arg-type]
    # All different: no empty labels, and no boxes in place of letters.
    assert len(set(seen.values())) == len(seen)


def test_every_mark_is_there_and_layers_can_be_switched_off(opener: Opener) -> None:
    opened = drawn(opener, everything())
    wanted = {"patients": 2, "responders": 3, "aeds": 3, "units": 1, "stations": 1}
    for kind, number in wanted.items():
        assert count(opened.page, f"marks-{kind}") == number, kind
    assert count(opened.page, "selected") == 1
    assert count(opened.page, "bands") >= 4
    assert count(opened.page, "routes") >= 1
    opened.page.locator(".map-legend summary").click()
    opened.page.get_by_label("AEDs").uncheck()
    opened.page.get_by_label("Reached within").uncheck()
    settled(opened.page)
    assert count(opened.page, "marks-aeds") == 0
    assert count(opened.page, "bands") == 0
    assert count(opened.page, "marks-responders") == 3
    opened.page.get_by_label("AEDs").check()
    opened.page.get_by_label("Reached within").check()


def test_other_colours_and_another_language_lose_nothing(opener: Opener) -> None:
    opened = drawn(opener, everything())
    opened.page.evaluate("chooseTheme('light'); chooseLanguage('zh-CN')")
    settled(opened.page)
    assert count(opened.page, "marks-responders") == 3
    assert count(opened.page, "bands") >= 4
    expect(opened.page.get_by_text("图例与图层")).to_be_visible()


def test_clicks_mean_a_mark_or_a_place(opener: Opener) -> None:
    opened = drawn(opener, everything())
    x, y = where(opened.page, place(0.001, -0.003))
    opened.page.mouse.click(x + 5, y + 4)
    assert opened.page.evaluate("said.at(-1)") == {"selected": {"kind": "responders", "id": "r2"}}
    target = place(-0.0018, -0.0025)
    opened.page.mouse.click(*where(opened.page, target))
    said = opened.page.evaluate("said.at(-1)")["place"]
    assert said["latitude"] == pytest.approx(target["latitude"], abs=2e-5)
    assert said["longitude"] == pytest.approx(target["longitude"], abs=2e-5)
    # While a place is looked for, marks are in nobody's way.
    give(opened.page, {"placing": True})
    opened.page.mouse.click(*where(opened.page, place()))
    assert "place" in opened.page.evaluate("said.at(-1)")


def test_by_keyboard_alone(opener: Opener) -> None:
    opened = drawn(opener, {**everything(), "placing": True})
    page = opened.page
    canvas = page.locator(".map-canvas canvas")
    canvas.focus()
    before = page.evaluate(f"{MAP}.centre()")
    canvas.press("ArrowRight")
    settled(page)
    after = page.evaluate(f"{MAP}.centre()")
    assert after["longitude"] > before["longitude"]
    page.keyboard.press("Enter")
    said = page.evaluate("said.at(-1)")["place"]
    assert said["longitude"] == pytest.approx(after["longitude"])
    give(page, {"placing": False})
    page.locator(".map-list summary").focus()
    page.keyboard.press("Enter")
    row = page.get_by_role("button", name="AED 2 AED, doubtful")
    row.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("said.at(-1)") == {"selected": {"kind": "aeds", "id": "a2"}}
    expect(row).to_have_attribute("aria-pressed", "true")
    assert opener.serious(opened) == []


def test_2000_move_and_each_frame_hands_them_over_once_at_most(opener: Opener) -> None:
    patients = [
        {"id": f"p{row}", "label": f"P{row}", "state": "waiting",
         "place": {"latitude": 43.72 + row % 20 * 0.0015, "longitude": 7.4 + row // 20 * 0.004}}
        for row in range(200)
    ]  # fmt: skip
    corners = [{"latitude": 43.715, "longitude": 7.395}, {"latitude": 43.755, "longitude": 7.445}]
    opened = drawn(opener, {"patients": patients, "view": {"key": "town", "places": corners}})
    page = opened.page
    before = page.evaluate(f"structuredClone({MAP}.counters)")
    frames = page.evaluate(
        """async () => {
            let frames = 0, going = true;
            const tick = () => { frames += 1; if (going) requestAnimationFrame(tick); };
            requestAnimationFrame(tick);
            await move(2000, 80);
            await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
            going = false;
            return frames;
        }"""
    )
    settled(page)
    after = page.evaluate(f"structuredClone({MAP}.counters)")
    updates = after["updates"]["responders"] - before["updates"].get("responders", 0)
    assert 1 <= updates <= frames + 1
    assert after["frames"] - before["frames"] <= frames + 1
    # Only what moves is handed over: the incidents lie still and cost nothing.
    assert after["updates"]["patients"] == before["updates"]["patients"]
    assert after["changed"] - before["changed"] <= 2000 * updates
    assert count(page, "marks-responders") == 2000
    assert count(page, "marks-patients") == 200
    opener.picture(opened, "2000")
    # The same again is no change at all.
    page.evaluate("give({})")
    settled(page)
    assert page.evaluate(f"{MAP}.counters.changed") == after["changed"]


def test_without_webgl_there_is_a_sketch_and_the_list(opener: Opener) -> None:
    opened = opener.open(f"{opener.city.url}/console/", viewport=PHONE)
    opened.context.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        "  return kind.startsWith('webgl') ? null : get.call(this, kind, ...rest); };"
    )
    opened.page.reload()
    give(opened.page, everything())
    opened.page.wait_for_selector(".incident-map.sketch", timeout=PATIENCE_MS)
    expect(opened.page.locator(".map-sketch path")).to_have_count(10)
    opened.page.locator(".map-list summary").click()
    opened.page.get_by_role("button", name="R-1042").click()
    assert opened.page.evaluate("said.at(-1)") == {"selected": {"kind": "responders", "id": "r1"}}
    opener.picture(opened, "sketch")
    assert opener.serious(opened) == []


def test_without_streets_cells_around_stations_and_aeds(bare_opener: Opener) -> None:
    opened = drawn(bare_opener, everything())
    assert count(opened.page, "net-fine") >= 1
    assert count(opened.page, "marks-aeds") == 3
    expect(opened.page.get_by_text("No streets are loaded")).to_be_visible()
    bare_opener.picture(opened, "cells")
    assert bare_opener.serious(opened) == []
