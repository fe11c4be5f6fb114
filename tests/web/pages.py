"""Opens pages as people do, notes what they ask of the network, and takes pictures of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request, ViewportSize

from tests.web.city import City

Language = Literal["zh-CN", "en"]
Scheme = Literal["dark", "light"]
SERIOUS = ("serious", "critical")
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_OUTSIDE_IS_CUT = "**/*"


@dataclass
class Opened:
    """A page with what happened on it."""

    page: Page
    context: BrowserContext
    foreign: list[str] = field(default_factory=list)
    """Requests to any other origin; a page must make none."""
    errors: list[str] = field(default_factory=list)
    """Exceptions that nobody caught, and violations of the content security policy."""


class Opener:
    """Opens pages for one test."""

    def __init__(
        self, browser: Browser, city: City, screenshots: Path, test: str, axe_source: str
    ) -> None:
        self.browser = browser
        self.city = city
        self._screenshots = screenshots
        self._test = test
        self._axe = axe_source
        self._opened: list[Opened] = []

    def open(
        self,
        address: str,
        *,
        viewport: ViewportSize | None = None,
        language: Language = "en",
        scheme: Scheme = "dark",
        **context_options: Any,
    ) -> Opened:
        """A page in a fresh context, with every other host cut off."""
        context = self.browser.new_context(
            viewport=viewport or {"width": 1920, "height": 1080},
            locale=language,
            color_scheme=scheme,
            timezone_id="Asia/Shanghai",
            **context_options,
        )
        # Chosen as a person would have; navigator.language alone does not show a stored choice.
        context.add_init_script(
            f"localStorage.setItem('lifering.language', {json.dumps(language)});"
            f"localStorage.setItem('lifering.theme', {json.dumps(scheme)});"
        )
        own = urlsplit(self.city.url).netloc
        opened = Opened(context.new_page(), context)

        def outside(request: Request) -> None:
            parts = urlsplit(request.url)
            if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != own:
                opened.foreign.append(request.url)

        context.on("request", outside)
        opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
        opened.page.on(
            "console",
            lambda message: (
                opened.errors.append(message.text)
                if "Content Security Policy" in message.text
                else None
            ),
        )
        self._opened.append(opened)
        opened.page.goto(address)
        return opened

    def picture(self, opened: Opened, name: str) -> Path:
        """A screenshot, kept under the test's name."""
        self._screenshots.mkdir(parents=True, exist_ok=True)
        safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in f"{self._test}-{name}")
        path = self._screenshots / f"{safe}.png"
        opened.page.screenshot(path=path)
        return path

    def serious(self, opened: Opened) -> list[str]:
        """Serious violations of WCAG 2.2 AA that axe-core finds, each with where it is."""
        opened.page.evaluate(self._axe)
        found = opened.page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", list(TAGS)
        )
        return [
            f"{each['id']} ({each['impact']}): {node['target']} {node['failureSummary']}"
            for each in found["violations"]
            if each["impact"] in SERIOUS
            for node in each["nodes"]
        ]

    def close(self, *, failed: bool) -> None:
        """Closes everything; a failed test leaves a picture of each page. Checks every page."""
        foreign = [url for opened in self._opened for url in opened.foreign]
        errors = [error for opened in self._opened for error in opened.errors]
        for number, opened in enumerate(self._opened):
            if failed:
                self._quietly(lambda o=opened, n=number: self.picture(o, f"failed-{n}"))  # type: ignore[misc]
            opened.context.close()
        assert not foreign, f"asked another host: {foreign}"
        assert not errors, f"errors on the page: {errors}"

    @staticmethod
    def _quietly(action: Callable[[], object]) -> None:
        try:
            action()
        except Exception:
            return
