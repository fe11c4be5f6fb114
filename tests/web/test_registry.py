"""The registrar's pages: a list that is true, a file taken row by row, somebody verified."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.web.city import City
from tests.web.conftest import PHONE
from tests.web.pages import Language, Opener

LIST = "编号,名称,纬度,经度\nw1,网页测试亭,26.2655,117.6389\nw2,坏行,,\n"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_list_of_aeds_and_its_troubles(
    opener: Opener, lifering_city: City, language: Language
) -> None:
    opened = opener.open(lifering_city.link("registry", "registrar", "li"), language=language)
    expect(opened.page.get_by_role("cell").first).to_be_visible()
    opener.picture(opened, "aeds")
    assert opener.serious(opened) == []
    with opened.page.expect_response(lambda answer: "problem=expired_pads" in answer.url):
        opened.page.get_by_role("combobox").select_option("expired_pads")
    expired = lifering_city.get("/aeds?problem=expired_pads&limit=200", "registrar")["items"]
    expect(opened.page.get_by_role("row")).to_have_count(len(expired) + 1 if expired else 0)


def test_an_aed_is_changed_and_its_history_says_what_was(
    opener: Opener, lifering_city: City
) -> None:
    aed = lifering_city.scenario.aeds[5]["id"]
    opened = opener.open(lifering_city.link("registry", "registrar", "li"))
    expect(opened.page.get_by_role("navigation")).to_be_visible()
    opened.page.goto(f"{lifering_city.url}/registry/#/aeds/{aed}")
    opened.page.get_by_label("Where it hangs").fill("by the lift, 2nd floor")
    opened.page.get_by_role("button", name="Save").click()
    expect(opened.page.get_by_role("status")).to_contain_text("Saved as version 2")
    expect(opened.page.get_by_text("by the lift, 2nd floor").first).to_be_visible()
    kept = lifering_city.get(f"/aeds/{aed}", "registrar")
    assert (kept["placement"], kept["version"]) == ("by the lift, 2nd floor", 2)
    assert kept["serial"] == lifering_city.scenario.aeds[5]["serial"]
    opener.picture(opened, "editor")
    assert opener.serious(opened) == []


def test_somebody_elses_change_is_not_overwritten(opener: Opener, lifering_city: City) -> None:
    aed = lifering_city.scenario.aeds[6]["id"]
    opened = opener.open(lifering_city.link("registry", "registrar", "li"))
    expect(opened.page.get_by_role("navigation")).to_be_visible()
    opened.page.goto(f"{lifering_city.url}/registry/#/aeds/{aed}")
    opened.page.get_by_label("Where it hangs").fill("mine")
    lifering_city.post(f"/aeds/{aed}/checks", {"outcome": "in_order"}, "registrar")
    opened.page.get_by_role("button", name="Save").click()
    expect(opened.page.get_by_role("alert")).to_contain_text("changed this AED meanwhile")
    expect(opened.page.get_by_label("Where it hangs")).to_have_value("mine")


def test_a_file_is_tried_before_it_is_taken(
    opener: Opener, lifering_city: City, tmp_path: Path
) -> None:
    file = tmp_path / "web.csv"
    file.write_bytes(LIST.encode("gb18030"))
    opened = opener.open(lifering_city.link("registry", "registrar", "li"), viewport=PHONE)
    expect(opened.page.get_by_role("navigation")).to_be_visible()
    opened.page.goto(f"{lifering_city.url}/registry/#/files")
    opened.page.get_by_label("File", exact=True).set_input_files(file)
    opened.page.get_by_label("Datum").select_option("gcj02")
    opened.page.get_by_role("button", name="Check the file").click()
    expect(opened.page.get_by_role("status")).to_contain_text("1 new")
    expect(opened.page.get_by_role("status")).to_contain_text("Nothing is written yet")
    opener.picture(opened, "tried")
    assert lifering_city.client("registrar").get("/aeds/web-w1").status_code == 404
    assert opener.serious(opened) == []
    opened.page.get_by_role("button", name="Take 1 row").click()
    # The result's own words: between the two reports the page says that it is taking the rows.
    expect(opened.page.get_by_role("status")).to_contain_text("Taken. 2 rows: 1 new")
    assert lifering_city.get("/aeds/web-w1", "registrar")["name"] == "网页测试亭"


def test_whoever_enrols_is_verified_by_a_registrar(opener: Opener, lifering_city: City) -> None:
    cell = lifering_city.scenario.rescuers[0]["places"][0]["cell"]
    lifering_city.post(
        "/rescuers",
        {
            "id": "res-web-1",
            "name": "王小明",
            "phone": "+8613800001111",
            "credential": {"kind": "red_cross_first_aid", "expires_on": "2030-01-01"},
            "state": "enrolled",
            "skills": ["cpr"],
            "places": [{"kind": "home", "cell": cell}],
            "transport_mode": "foot",
            "consent": {"alerts": True, "location": False},
            "provenance": {"source": "test"},
        },
        "registrar",
    )
    opened = opener.open(lifering_city.link("registry", "registrar", "li"))
    expect(opened.page.get_by_role("navigation")).to_be_visible()
    opened.page.goto(f"{lifering_city.url}/registry/#/rescuers")
    opened.page.get_by_role("searchbox").fill("王小明")
    person = opened.page.get_by_role("listitem").filter(has_text="王小明")
    person.get_by_role("button", name="Verify").click()
    expect(person.get_by_text("verified", exact=True)).to_be_visible()
    opener.picture(opened, "verified")
    assert opener.serious(opened) == []
    assert lifering_city.get("/rescuers/res-web-1", "registrar")["state"] == "verified"
