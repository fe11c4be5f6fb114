"""A browser before a whole running city; every test that fails leaves a picture."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from tests.web.browser import ARGUMENTS, axe, chromium
from tests.web.city import City, city
from tests.web.pages import Opener

# Patience only ends a test that would hang; a busy machine is not a defect of a page.
expect.set_options(timeout=30_000)
ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = Path(os.environ.get("LIFERING_SCREENSHOTS", ROOT / ".screenshots"))
"""Ignored by git; CI keeps the folder."""
DESKTOP: ViewportSize = {"width": 1920, "height": 1080}
PHONE: ViewportSize = {"width": 360, "height": 740}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever is in this folder drives a browser or checks what it runs."""
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.web)


@pytest.fixture(scope="session")
def lifering_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """One for all tests of the session; each takes a place of its own."""
    with city(tmp_path_factory.mktemp("web") / "data") as here:
        yield here


@pytest.fixture(scope="module")
def browser(lifering_city: City) -> Iterator[Browser]:
    """Chromium, headless; not for the session, because its event loop is in other tests' way."""
    program = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program.path,
            args=list(ARGUMENTS),
            env={**os.environ, **program.environment},
        )
        yield started
        started.close()
    lifering_city.end_all()


@pytest.fixture(scope="session")
def axe_source() -> str:
    """axe-core, to be run inside a page."""
    return axe()


@pytest.fixture
def opener(
    browser: Browser, lifering_city: City, axe_source: str, request: pytest.FixtureRequest
) -> Iterator[Opener]:
    """Opens pages in browser contexts of their own; they are closed at the end."""
    name = request.node.name
    made = Opener(browser, lifering_city, SCREENSHOTS, name, axe_source)
    failed_before = request.session.testsfailed
    yield made
    made.close(failed=request.session.testsfailed > failed_before)


__all__ = ["BrowserContext", "Page"]
