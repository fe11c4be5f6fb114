"""The first page, and signing in."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web.conftest import PHONE
from tests.web.pages import Language, Opener, Scheme

WORDS = {"en": "Dispatcher's console", "zh-CN": "调度台"}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_start_says_where_to_go(opener: Opener, language: Language, scheme: Scheme) -> None:
    opened = opener.open(opener.city.url, viewport=PHONE, language=language, scheme=scheme)
    expect(opened.page.get_by_role("link", name=WORDS[language])).to_be_visible()
    opener.picture(opened, "start")
    assert opener.serious(opened) == []


def test_a_link_signs_in_and_leaves_no_token_in_the_address(opener: Opener) -> None:
    opened = opener.open(opener.city.link("console", "dispatcher", "alice"))
    expect(opened.page).to_have_url(f"{opener.city.url}/console/")
    opened.page.reload()
    expect(opened.page.get_by_label("Access token")).to_have_count(0)


def test_another_role_is_told_whom_the_page_is_for(opener: Opener) -> None:
    opened = opener.open(opener.city.link("console", "rescuer", "R-000001"))
    expect(opened.page.get_by_role("alert")).to_contain_text("signed in as rescuer")
    assert opener.serious(opened) == []


def test_without_a_token_the_page_asks_for_one_and_says_when_it_is_none(opener: Opener) -> None:
    opened = opener.open(f"{opener.city.url}/console/")
    opened.page.get_by_label("Access token").fill("nonsense")
    opened.page.get_by_role("button", name="Sign in").click()
    expect(opened.page.get_by_role("alert")).to_contain_text("not a token")
