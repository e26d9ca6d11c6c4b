"""What people do all day, in a real browser against the real server: sign-in with a second factor, an asset, an order, an export,
many clients at once, the end of a session elsewhere."""

import io
import zipfile
from pathlib import Path

import pytest
from django.db import connections
from django.utils import timezone

from accounts.tests.factories import PASSWORD, TOTP_SECRET, sign_in, user
from assets.models import Asset
from clients.enums import ClientStatus
from clients.models import Client
from clients.tests.factories import client_of_type
from kit.bulk.service import run_bulk
from kit.models import BulkRun
from orders.enums import OrderStatus
from orders.models import Order
from orders.tests.factories import asset_for_sale, held, order, stock, wallet_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(live_server, monkeypatch):
    """A browser, and a function that signs somebody in and gives a page of theirs."""
    from kit.browser import walk  # noqa: PLC0415 - Playwright is there for these tests alone

    # Playwright's own loop makes Django think that this code is asynchronous; it isn't.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    complaints = walk.Walk(live_server.url)
    with walk.chromium() as browser:

        def signed_in(someone, path="/"):
            context = browser.new_context(accept_downloads=True)
            walk.sign_in(context, live_server.url, email=someone.email, password=PASSWORD, totp_secret=TOTP_SECRET)
            page = context.new_page()
            walk.listen(page, complaints)
            page.goto(f"{live_server.url}{path}")
            return page

        yield signed_in
        connections.close_all()  # this loop's own: the next test's database is another
    assert complaints.complaints == []


@pytest.mark.spec("AST-01", "ACC-03", "UIX-03")
def test_an_asset_is_created(desk):
    page = desk(user(), "/assets/")
    page.get_by_role("link", name="Create asset").first.click()
    page.fill("[name=code]", "ZILE")
    page.fill("[name=name]", "Acorn of the oak wood")
    page.fill("[name=label]", "Acorn")
    page.fill("[name=quantity]", "1000")
    page.get_by_role("button", name="Create asset").click()
    page.wait_for_url("**/assets/ZILE/**")
    assert page.locator("h1").inner_text().startswith("ZILE")
    assert page.locator(".toast-note").is_visible()
    assert Asset.objects.get(code="ZILE").label == "Acorn"


@pytest.mark.spec("ORD-02", "ORD-04", "UIX-03")
def test_an_order_is_paid_and_completed(desk):
    asset = stock(asset_for_sale())
    one = order(asset=asset)
    page = desk(user(), f"/orders/{one.reference}/")
    page.get_by_role("link", name="Record payment").click()
    page.wait_for_selector("#dialog[open]")
    page.fill("#dialog [name=amount]", "150")
    page.fill("#dialog [name=bank_reference]", "RF18 5390 0754 7034")
    page.fill("#dialog [name=received_date]", timezone.localdate().isoformat())
    page.get_by_role("button", name="Record payment").click()
    page.wait_for_selector("text=Paid in full")
    page.get_by_role("link", name="Complete order").click()
    page.wait_for_selector("#dialog[open]")
    page.get_by_role("button", name="Complete order").dblclick()
    page.wait_for_selector("h1 >> text=Completed")
    assert Order.objects.get(pk=one.pk).status == OrderStatus.COMPLETED
    assert held(wallet_of(one.client), asset) == one.quantity


@pytest.mark.spec("EXP-X1", "EXP-X4")
def test_a_list_is_exported(desk):
    orders = [order() for _number in range(3)]
    page = desk(user(), "/orders/")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as waiting:
        page.locator("button[value=xlsx]").click()
    file = Path(waiting.value.path()).read_bytes()
    sheet = zipfile.ZipFile(io.BytesIO(file)).read("xl/worksheets/sheet1.xml").decode()
    assert all(one.reference in sheet for one in orders)


@pytest.mark.spec("UIX-08", "CLI-03")
def test_many_clients_are_deactivated_at_once(desk):
    people = [client_of_type() for _number in range(3)]
    page = desk(user(), "/clients/")
    boxes = page.locator("table.list tbody input[type=checkbox]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.locator(".bulk-bar button[value=deactivate]").click()
    page.wait_for_selector("#dialog[open]")
    assert "2" in page.locator("#dialog").inner_text()
    page.locator("#dialog button[type=submit]").click()
    page.wait_for_url("**/bulk/**")
    run_bulk(run_id=BulkRun.objects.get().pk, now=timezone.now())  # what a worker does
    page.reload()
    assert page.locator("h1").inner_text().endswith("Ready")
    assert [Client.objects.get(pk=one.pk).status for one in people].count(ClientStatus.DEACTIVATED) == 2


@pytest.mark.spec("SES-03")
def test_a_session_elsewhere_is_ended(desk):
    someone = user()
    here = desk(someone)
    phone = sign_in(someone)
    assert phone.get("/").status_code == 200
    here.goto(f"{here.url}accounts/sessions/")
    here.get_by_role("link", name="End session").click()
    here.wait_for_selector("#dialog[open]")
    here.locator("#dialog button[type=submit]").click()
    here.wait_for_selector("text=Session ended.")
    assert phone.get("/").headers["Location"].startswith("/accounts/login/")
    here.reload()
    assert here.url.endswith("/accounts/sessions/")
