"""The rescuer's app at rest: availability, settings, enrolling, and being an app."""

from __future__ import annotations

import io
import json
from typing import Any

import h3
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.web.city import until
from tests.web.pages import Language, Opener, Scheme
from tests.web.rescuers import asked, idle, phone

PAGES = ("certificate", "places", "quiet", "transport", "push", "history", "datum", "privacy")
CELL = h3.latlng_to_cell(26.2650, 117.6380, 10)
HERE = {"latitude": 26.2650, "longitude": 117.6380, "accuracy": 10}


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("zh-CN", "dark")])
def test_every_page_is_whole(opener: Opener, language: Language, scheme: Scheme) -> None:
    opened = phone(opener, idle(opener.city), language, scheme)
    page = opened.page
    expect(page.locator(".available-line")).to_be_visible()
    opener.picture(opened, "home")
    assert opener.serious(opened) == []
    for name in PAGES:
        page.evaluate("name => { location.hash = '/' + name }", name)
        expect(page.locator(".settings h1")).to_be_focused()
        expect(page.locator(".skeleton")).to_have_count(0)
        opener.picture(opened, name)
        assert opener.serious(opened) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_one_switch_and_its_reason(opener: Opener) -> None:
    city, who = opener.city, idle(opener.city, 1)
    page = phone(opener, who).page
    switch = page.get_by_role("switch", name="Ask me when somebody near needs help")
    expect(switch).to_have_attribute("aria-checked", "true")
    switch.click()
    expect(page.locator(".reasons")).to_contain_text("You have switched yourself off")
    assert city.get("/me/rescuer", "rescuer", who)["available"] is False
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")


def test_home_is_kept_as_a_cell_worked_out_here(opener: Opener) -> None:
    city, who = opener.city, idle(opener.city, 2)
    opened = phone(opener, who, geolocation=HERE, permissions=["geolocation"])
    page = opened.page
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    expect(page.locator(".available-line")).to_be_visible()
    page.evaluate("location.hash = '/places'")
    page.get_by_role("button", name="Renew with where I am now").first.click()
    expect(page.locator(".card").filter(has_text=CELL)).to_have_count(1)
    places: list[dict[str, Any]] = city.get("/me/rescuer", "rescuer", who)["places"]
    assert any(place["cell"] == CELL for place in places)
    assert not any("26.26" in body or "latitude" in body for body in sent)


def test_it_can_be_installed_and_opens_without_a_network(opener: Opener) -> None:
    opened = phone(opener, idle(opener.city, 3))
    page = opened.page
    expect(page.locator(".available-line")).to_be_visible()
    manifest = page.evaluate("fetch('/rescuer/manifest.webmanifest').then((a) => a.json())")
    sizes = {icon["sizes"]: icon["src"] for icon in manifest["icons"]}
    assert {"any", "192x192", "512x512"} <= set(sizes)
    assert {"any", "maskable"} <= {icon["purpose"] for icon in manifest["icons"]}
    icon = opener.city.client("rescuer").get(f"{opener.city.url}{sizes['192x192']}")
    assert Image.open(io.BytesIO(icon.content)).size == (192, 192)
    page.evaluate("navigator.serviceWorker.ready")
    until(lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"), "the worker")
    opened.context.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", name="Rescuer's app")).to_be_visible()
    opener.picture(opened, "offline")


def test_a_push_wakes_the_worker_which_says_that_it_came(opener: Opener) -> None:
    city = opener.city
    who = idle(city, 4)
    opened = phone(opener, who, permissions=["notifications"])
    page = opened.page
    expect(page.locator(".available-line")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready")
    until(lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"), "the worker")

    # The page of the one who is asked is closed: only the worker can say that the alert came.
    incident_id, alert = asked(city)
    token = city.token("rescuer", alert["rescuer_id"])
    page.evaluate(
        """token => new Promise((done, fail) => {
            const open = indexedDB.open('lifering-session');
            open.onerror = fail;
            open.onsuccess = () => {
              const write = open.result.transaction('tokens', 'readwrite');
              write.objectStore('tokens').put(token, 'rescuer');
              write.oncomplete = done;
            };
        })""",
        token,
    )
    cdp = opened.context.new_cdp_session(page)
    found: list[str] = []
    cdp.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(each["registrationId"] for each in told["registrations"]),
    )
    cdp.send("ServiceWorker.enable")
    until(lambda: (page.evaluate("1"), found)[1], "the registration")
    messages = city.get("/me/messages", "rescuer", alert["rescuer_id"])["items"]
    mine = next(each for each in messages if each["incident_id"] == incident_id)
    assert mine["delivered_at"] is None
    cdp.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": city.url,
            "registrationId": found[0],
            "data": json.dumps({"kind": "alert", "message_id": mine["message_id"]}),
        },
    )

    def delivered() -> bool:
        items = city.get("/me/messages", "rescuer", alert["rescuer_id"])["items"]
        return any(
            each["message_id"] == mine["message_id"] and each["delivered_at"] for each in items
        )

    until(delivered, "the receipt of the worker")
    shown = page.evaluate(
        """navigator.serviceWorker.ready
            .then((worker) => worker.getNotifications())
            .then((all) => all.map((each) => each.title + ' ' + each.body))"""
    )
    assert shown == [
        "Somebody near you needs help Cardiac arrest near you. Open to see how far, and answer."
    ]
    city.post(f"/incidents/{incident_id}/cancel")


def test_enrolling_asks_for_two_consents_and_says_what_happens_next(opener: Opener) -> None:
    city = opener.city
    opened = phone(opener, None)
    page = opened.page
    page.get_by_role("button", name="Enrol", exact=True).click()
    page.get_by_label("Name, as on the certificate").fill("林晓红")
    page.get_by_label("Mobile number").fill("13912345678")
    page.get_by_role("button", name="Next").click()
    go_on = page.get_by_role("button", name="Next")
    expect(go_on).to_be_disabled()
    assert opener.serious(opened) == []
    page.get_by_label("I agree to be asked").check()
    go_on.click()
    page.get_by_label("Number").fill("RC-2026-77")
    page.get_by_role("button", name="Send and get the code").click()
    expect(page.get_by_label("Code")).to_be_visible()
    opener.picture(opened, "code")
    waiting = city.get("/enrolments", "registrar", "registrar")["items"]
    told = next(each for each in waiting if each["name"] == "林晓红")
    page.get_by_label("Code").fill("000000" if told["code"] != "000000" else "111111")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("not the code")
    page.get_by_label("Code").fill(told["code"])
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".reasons")).to_contain_text("has not been checked yet")
    opener.picture(opened, "waiting")
    page.evaluate("location.hash = '/privacy'")
    location = page.get_by_role("switch", name="the area where I am")
    expect(location).to_have_attribute("aria-checked", "false")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Enrol", exact=True)).to_be_visible()
