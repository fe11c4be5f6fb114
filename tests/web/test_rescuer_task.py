"""The rescuer's app on a real system: asked, on the way, at the patient, stood down."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import expect

from tests.web.city import until
from tests.web.pages import Language, Opener, Scheme
from tests.web.rescuers import ADDRESS, DOOR_CODE, asked, happened, idle, phone

YES = {"en": "I'm going", "zh-CN": "我去"}
HAVE = {"en": "I have it", "zh-CN": "已取到"}
HERE = {"en": "I'm here", "zh-CN": "我到了"}
BEAT = {"en": "Start the beat", "zh-CN": "开始节拍"}
SHOCK = {"en": "Shock given", "zh-CN": "已电击"}
CALL = {"en": "Call 120", "zh-CN": "拨打 120"}
STOP = {"en": "You can stop", "zh-CN": "您可以停下了"}
BACK = {"en": "Back", "zh-CN": "返回"}
SWITCH = {
    "en": "Ask me when somebody near needs help",
    "zh-CN": "附近有人需要急救时通知我",
}


@pytest.mark.parametrize(("language", "scheme"), [("en", "dark"), ("zh-CN", "light")])
def test_from_the_alert_to_the_thanks(opener: Opener, language: Language, scheme: Scheme) -> None:
    city = opener.city
    incident_id, alert = asked(city)
    rescuer_id = alert["rescuer_id"]
    opened = phone(opener, rescuer_id, language, scheme)
    page = opened.page

    def press(words: dict[str, str]) -> None:
        page.get_by_role("button", name=words[language]).click()

    expect(page.get_by_role("timer")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text(ADDRESS)
    until(
        lambda: happened(city, incident_id, "alert_seen", rescuer_id),
        "the receipt that it was seen",
    )
    opener.picture(opened, "alert")
    assert opener.serious(opened) == []
    press(YES)
    expect(page.get_by_role("button", name=HAVE[language])).to_be_visible()
    expect(page.get_by_role("link", name=CALL[language])).to_have_attribute("href", "tel:120")
    opener.picture(opened, "fetch")
    assert opener.serious(opened) == []
    press(HAVE)
    expect(page.locator("body")).to_contain_text(ADDRESS)
    expect(page.locator("body")).to_contain_text(DOOR_CODE)
    opener.picture(opened, "go")
    press(HERE)
    press(BEAT)
    expect(page.locator(".cpr-count")).to_have_text("5")
    press(SHOCK)
    opener.picture(opened, "cpr")
    assert opener.serious(opened) == []
    until(
        lambda: happened(city, incident_id, "shock_delivered", rescuer_id),
        "the shock in the record",
    )
    for event in ("alert_accepted", "aed_collected", "rescuer_arrived", "shock_delivered"):
        assert happened(city, incident_id, event, rescuer_id) == 1, event

    city.post(f"/incidents/{incident_id}/cancel")
    expect(page.get_by_role("heading", name=STOP[language])).to_be_visible()
    expect(page.locator("body")).not_to_contain_text(ADDRESS)
    opener.picture(opened, "stood-down")
    press(BACK)
    expect(page.get_by_role("switch", name=SWITCH[language])).to_be_visible()
    page.reload()
    expect(page.get_by_role("switch", name=SWITCH[language])).to_be_visible()


def test_what_is_said_without_a_connection_arrives_once_and_in_order(opener: Opener) -> None:
    city = opener.city
    incident_id, alert = asked(city)
    rescuer_id = alert["rescuer_id"]
    opened = phone(opener, rescuer_id)
    page = opened.page
    page.get_by_role("button", name=YES["en"]).click()
    expect(page.get_by_role("button", name=HAVE["en"])).to_be_visible()
    # The page goes on at once; the yes itself has to be there before the connection goes.
    until(lambda: happened(city, incident_id, "alert_accepted", rescuer_id), "the yes")
    expect(page.locator("[data-unsent]")).to_have_count(0)

    opened.context.set_offline(True)
    page.get_by_role("button", name=HAVE["en"]).click()
    page.get_by_role("button", name=HERE["en"]).click()
    page.get_by_role("button", name=SHOCK["en"]).click()
    page.get_by_role("button", name=SHOCK["en"]).click()
    expect(page.locator("[data-unsent='4']")).to_contain_text("4 steps not sent yet")
    opener.picture(opened, "unsent")
    assert happened(city, incident_id, "aed_collected", rescuer_id) == 0
    # What was said is on the phone, not in the page.
    page.evaluate("history.replaceState(null, '', location.pathname)")
    opened.context.set_offline(False)
    page.reload()

    expect(page.locator("[data-unsent]")).to_have_count(0)
    until(lambda: happened(city, incident_id, "shock_delivered", rescuer_id) == 2, "both shocks")
    assert happened(city, incident_id, "aed_collected", rescuer_id) == 1
    assert happened(city, incident_id, "rescuer_arrived", rescuer_id) == 1
    expect(page.get_by_role("button", name=BEAT["en"])).to_be_visible()
    city.post(f"/incidents/{incident_id}/cancel")


def test_a_task_is_nobody_elses(opener: Opener) -> None:
    city = opener.city
    incident_id, alert = asked(city)
    stranger = city.client("rescuer", idle(city))
    path = f"/me/tasks/{alert['id']}"
    assert stranger.get(path).status_code == httpx.codes.NOT_FOUND
    assert stranger.post(f"{path}/steps/accept", json={}).status_code == httpx.codes.NOT_FOUND
    assert stranger.get("/incidents").status_code == httpx.codes.FORBIDDEN
    own = city.client("rescuer", alert["rescuer_id"]).get(path)
    assert own.status_code == httpx.codes.OK
    assert own.json()["place"] is None
    assert ADDRESS not in own.text
    city.post(f"/incidents/{incident_id}/cancel")


def test_declining_is_one_tap(opener: Opener) -> None:
    city = opener.city
    incident_id, alert = asked(city)
    opened = phone(opener, alert["rescuer_id"])
    opened.page.get_by_role("button", name="I can't").click()
    expect(opened.page.get_by_role("switch", name=SWITCH["en"])).to_be_visible()
    until(lambda: happened(city, incident_id, "alert_declined", alert["rescuer_id"]), "the no")
    city.post(f"/incidents/{incident_id}/cancel")
