"""The palette and the frame in a real browser, by keyboard alone, and without barriers (UIX-04)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from accounts.tests.factories import sign_in, user
from clients.tests.factories import client_of_type
from orders.models import Order
from orders.tests.factories import order

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.spec("UIX-04")]
ACTIVE = "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))"


@pytest.fixture
def page(live_server, monkeypatch) -> Iterator[Any]:
    """A page of somebody with every right, at `live_server`, who hears of complaints of the browser."""
    from kit.browser import walk  # noqa: PLC0415 - Playwright is there for these tests alone

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    name = settings.SESSION_COOKIE_NAME
    session = sign_in(user()).cookies[name].value
    seen = walk.Walk(live_server.url)
    with walk.chromium() as browser:
        context = browser.new_context(base_url=live_server.url, viewport=walk.WIDE, reduced_motion="reduce")
        context.add_cookies([{"name": name, "value": session, "url": live_server.url}])
        page = context.new_page()
        walk.listen(page, seen)
        yield page
        context.close()
        connections.close_all()  # those of Playwright's loop: outside of it Django has others
    assert seen.complaints == []


def answered(page: Any, text: str) -> None:
    page.wait_for_selector(f'#palette-found [data-question="{text}"]', state="attached")


def escape(page: Any) -> None:
    page.keyboard.press("Escape")
    page.wait_for_function("!document.querySelector('dialog[open]')")


def test_one_finds_and_opens_a_thing_by_keyboard_alone(page):
    first, second = (client_of_type(first_name="Tastatūra", last_name=name) for name in ("Āboliņa", "Ozola"))
    page.goto("/orders/")
    page.keyboard.press("/")
    answered(page, "")
    assert page.evaluate("document.activeElement.id") == "palette-text"
    page.keyboard.type("tastat")
    answered(page, "tastat")
    assert page.evaluate("document.getElementById('palette-status').textContent") == "2 results"
    assert page.evaluate(f"{ACTIVE}.getAttribute('aria-selected')") == "true"
    before = page.evaluate(f"{ACTIVE}.getAttribute('href')")
    page.keyboard.press("ArrowDown")
    after = page.evaluate(f"{ACTIVE}.getAttribute('href')")
    assert {before, after} == {f"/clients/{one.reference}/" for one in (first, second)}
    assert page.locator("#palette-list [aria-selected=true]").count() == 1
    page.keyboard.press("ArrowUp")
    assert page.evaluate(f"{ACTIVE}.getAttribute('href')") == before
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{before}")


def test_a_reference_that_is_pasted_and_sent_at_once_opens(page):
    one = order()
    page.goto("/")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette[open]")
    page.keyboard.insert_text(one.reference.lower())
    page.keyboard.press("Enter")  # before any answer came
    page.wait_for_url(f"**/orders/{one.reference}/")


def test_what_was_opened_lately_is_kept_by_reference_alone(page):
    one = client_of_type(first_name="Noslēpums")
    page.goto(f"/clients/{one.reference}/")
    page.goto("/orders/")
    page.keyboard.press("/")
    answered(page, "")
    assert page.evaluate(f"{ACTIVE}.getAttribute('href')") == f"/clients/{one.reference}/"
    kept = page.evaluate("localStorage.getItem('recent')")
    assert one.reference in kept
    assert "Noslēpums" not in kept
    escape(page)
    page.locator(".top-menus .person").click()
    page.locator("[data-sign-out] button").click()
    page.wait_for_url("**/accounts/login/**")
    assert page.evaluate("localStorage.getItem('recent')") is None


def test_escape_closes_and_gives_the_focus_back(page):
    order()
    page.goto("/orders/")
    page.locator(".row-link").first.focus()
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette[open]")
    escape(page)
    assert page.evaluate("document.activeElement.className") == "row-link"


def test_an_answer_that_comes_late_is_dropped(page):
    client_of_type(first_name="Steiga", last_name="Viena")
    page.goto("/orders/")
    held = []
    page.route("**/search/?q=steig", lambda route: held.append(route))
    page.keyboard.press("/")
    answered(page, "")
    page.keyboard.type("steig")
    page.wait_for_timeout(400)
    assert len(held) == 1
    page.keyboard.type("a v")
    answered(page, "steiga v")
    held[0].continue_()
    page.wait_for_timeout(300)
    assert page.locator("#palette-found [data-question]").get_attribute("data-question") == "steiga v"
    assert page.locator("#palette-list [role=option]").count() == 1


def test_commands_run_from_the_palette(page):
    page.goto("/orders/")
    page.keyboard.press("/")
    answered(page, "")
    page.keyboard.type("dark col")
    answered(page, "dark col")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    page.keyboard.press("/")
    answered(page, "")
    page.keyboard.type("transf")
    answered(page, "transf")
    page.keyboard.press("Enter")
    page.wait_for_selector("#dialog[open] form")
    escape(page)
    page.keyboard.press("/")
    page.wait_for_selector("#palette[open]")
    page.fill("#palette-text", "export ord")
    answered(page, "export ord")
    page.keyboard.press("Enter")
    page.wait_for_selector("#export-menu.show")


def test_single_keys_can_be_turned_off(page):
    page.goto("/orders/")
    page.locator("#main").press("?")
    page.wait_for_selector("#keys[open]")
    page.locator("[data-single-keys]").uncheck()
    escape(page)
    page.goto("/orders/")
    page.keyboard.press("/")
    page.locator("#main").press("?")
    assert page.locator("dialog[open]").count() == 0
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette[open]")


def test_the_first_stop_is_the_way_to_the_content(page):
    page.goto("/orders/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_drawer_keeps_the_focus_and_gives_it_back(page):
    Order.objects.filter(pk=order().pk).update(status="on_hold", hold_kind="hand")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/orders/")
    page.locator(".top-menu").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".is-drawer-open")
    assert page.evaluate("document.activeElement.closest('#side') !== null")
    assert page.locator(".top-menu").get_attribute("aria-expanded") == "true"
    page.wait_for_selector('[data-count="order-list"] .is-waiting:not([hidden])')
    assert page.locator('[data-count="order-list"] .is-waiting').inner_text().startswith("1")
    for _stop in range(45):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('#side') !== null")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.classList.contains('top-menu')")
    assert page.evaluate("document.querySelector('.stage').inert") is False


def test_there_is_no_barrier_in_what_opens_over_a_page(page):
    from kit.browser import walk  # noqa: PLC0415

    client_of_type(first_name="Šķērslis")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(walk.WIDE)
        page.goto("/clients/")
        page.keyboard.press("/")
        answered(page, "")
        assert walk.axe(page) == []
        for text in ("šķēr", "nothing is called so", "ERR-00000000", "clients"):
            page.fill("#palette-text", text)
            answered(page, text)
            assert walk.axe(page) == [], text
        escape(page)
        page.locator("#main").press("?")
        page.wait_for_selector("#keys[open]")
        assert walk.axe(page) == []
        escape(page)
        page.locator("[data-fold]").click()
        page.locator(".side-link").nth(2).focus()
        assert page.locator(".side-tip").inner_text() == page.locator(".side-link").nth(2).inner_text().split("\n")[0]
        assert walk.axe(page) == []
        page.locator("[data-fold]").click()
        page.set_viewport_size(walk.PHONE)
        page.locator(".top-menu").click()
        assert walk.axe(page) == []
        page.keyboard.press("Escape")
