"""Every page of both faces in a real browser, wide and phone, light and dark: no console, script or CSP error."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from accounts.tests.factories import PASSWORD, TOTP_SECRET, user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def browser_beside_the_database(monkeypatch):
    # Playwright's own loop makes Django think that this code is asynchronous; it isn't.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


def people(number: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for index in range(number):
        user(rights=[], password="x", created_at=start + timedelta(hours=7 * index))
    user(rights=[], password="x", first_name="Wilhelmina-Aleksandra Konstantīna", last_name="Šķērsvērtību-Bērziņkalniņa", is_active=False)


@pytest.mark.spec("UIX-02", "UIX-03")
@pytest.mark.parametrize(("face", "starts"), [("issuer", ["/", "/users/", "/no/such/page/"]), ("merchant", ["/merchant/"])])
def test_no_page_makes_the_browser_complain(live_server, face, starts):
    from kit.browser import walk  # noqa: PLC0415 - Playwright is there for this test alone

    people(60)
    person = user(face)
    seen = walk.Walk(live_server.url)
    pictures = Path(os.environ["SHOTS"]) if "SHOTS" in os.environ else None
    with walk.chromium() as browser:
        stranger = browser.new_context()
        walk.explore(stranger, walk.Walk(live_server.url), starts=["/accounts/login/"], limit=3)
        context = browser.new_context()
        walk.sign_in(context, live_server.url, email=person.email, password=PASSWORD, totp_secret=TOTP_SECRET)
        walk.explore(context, seen, starts=starts)
        walk.look(browser, seen, storage=context.storage_state(), into=pictures)
    assert seen.complaints == []
    assert len(seen.pages) >= 1


@pytest.mark.spec("UIX-01", "UIX-02", "UIX-07")
def test_a_list_is_made_ones_own_by_keyboard_and_its_rows_are_walked_through(live_server):
    from kit.browser import walk  # noqa: PLC0415

    people(30)
    person = user()
    seen = walk.Walk(live_server.url)
    with walk.chromium() as browser:
        context = browser.new_context(reduced_motion="reduce")
        walk.sign_in(context, live_server.url, email=person.email, password=PASSWORD, totp_secret=TOTP_SECRET)
        page = context.new_page()
        walk.listen(page, seen)
        page.goto(f"{live_server.url}/users/?size=25")
        page.focus("[data-menu=columns-menu]")
        page.keyboard.press("Enter")
        page.wait_for_selector("#columns-menu input[name=col]:focus")
        with page.expect_response(lambda answer: "cols=" in answer.url):
            page.keyboard.press("Space")  # the first column goes
        page.wait_for_selector("th >> text=Reference", state="detached")
        page.keyboard.press("Escape")
        page.focus("[data-menu=views-menu]")
        page.keyboard.press("Enter")
        page.wait_for_selector("#views-menu :focus")
        page.click("#views-menu [hx-get*='/views/save/']")
        page.fill("#dialog[open] input[name=name]", "By hand")
        page.keyboard.press("Enter")
        page.wait_for_url("**/users/?*view=VW-*")
        assert page.locator("#view-name").inner_text() == "By hand"
        page.click("th a >> nth=0")  # sorted otherwise: the view has changed
        page.wait_for_selector(".view-changed")
        page.focus("tbody tr:nth-child(2) a.row-link")
        page.keyboard.press("Enter")
        page.wait_for_selector("[rel=next]")
        second = page.locator("h1 .mono").inner_text()
        page.click("[rel=next]")
        page.wait_for_url(lambda url: second not in url)
        page.click(".crumbs a")
        page.wait_for_selector("tr.is-visited")
        assert page.locator("tr.is-visited a.row-link").get_attribute("href") == page.locator(
            "tbody tr:nth-child(3) a.row-link"
        ).get_attribute("href")
    assert seen.complaints == []
