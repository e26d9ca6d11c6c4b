"""The charts are drawn in a real browser, in both schemes, with the page's colours, and nothing complains (DSH-02, UIX-04)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.tests.factories import PASSWORD, TOTP_SECRET, user
from ledger.services.settling import settle
from ledger.tests.factories import buy, make_asset, make_wallet

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

IS_DRAWN = "canvas => canvas.toDataURL().length > 3000"  # an empty one is some hundred characters


@pytest.mark.spec("DSH-02", "UIX-04")
def test_every_chart_is_drawn_and_has_its_table(live_server, monkeypatch):
    from kit.browser import walk  # noqa: PLC0415 - Playwright is there for this test alone

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    now = timezone.now()
    anna = make_wallet()
    for number in range(6):
        asset = make_asset(
            issued=Decimal(10) ** (3 * number + 2), now=now - timedelta(hours=30), name="Wilhelmina-Aleksandra's community voucher"
        )
        for hours in range(2, 3 + number):
            buy(asset, anna, 10, now=now - timedelta(hours=hours))
    settle()
    person = user()
    seen = walk.Walk(live_server.url)
    with walk.chromium() as browser:
        context = browser.new_context(reduced_motion="reduce")
        walk.sign_in(context, live_server.url, email=person.email, password=PASSWORD, totp_secret=TOTP_SECRET)
        page = context.new_page()
        walk.listen(page, seen)
        page.goto(f"{live_server.url}/", wait_until="networkidle")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(walk.PHONE if scheme == "dark" else walk.WIDE)
            page.wait_for_timeout(300)
            assert page.locator("canvas").count() == 4
            assert all(canvas.evaluate(IS_DRAWN) for canvas in page.locator("canvas").all())
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
        for table in page.locator(".chart details").all():
            table.locator("summary").focus()
            page.keyboard.press("Enter")
            assert table.locator("table").is_visible()
    assert seen.complaints == []
