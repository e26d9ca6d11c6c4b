"""The pages of assets and rates (AST-01, AST-03, AST-06, AST-08, RAT-01, RAT-03, UIX-03)."""

import csv
import io
import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from accounts.enums import Face
from accounts.tests.factories import sign_in, user
from assets.enums import AssetStatus, Right
from assets.issuer.resources import AssetResource, RateChangeResource, RateResource
from assets.models import Asset, Rate, RateChange
from assets.services import set_rate
from assets.tests.factories import currency, digital_asset, rate
from audit.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return user(Face.ISSUER)


@pytest.fixture
def browser(admin):
    return sign_in(admin)


def key(response):
    return re.search(r'name="operation_key" value="([^"]+)"', response.content.decode())[1]


def send(browser, url, **values):
    """Open the dialog and send its form, as a person does."""
    return browser.post(url, {"operation_key": key(browser.get(url)), **values})


@pytest.mark.spec("AST-01", "AST-06", "UIX-02")
def test_the_list_shows_and_finds(browser):
    coin, euro = digital_asset(code="WLC", name="Welcome coin"), currency()
    page = browser.get("/assets/").content.decode()
    assert coin.name in page
    assert euro.code in page
    found = browser.get("/assets/", {"q": "welc"}).content.decode()
    assert coin.name in found
    assert f"/assets/{euro.code}/" not in found
    for nonsense in (
        {"q": "' OR 1=1 --"},
        {"kind": "x"},
        {"size": "-1"},
        {"sort": "image"},
        {"after": "x"},
        {"created_at_from": "2026-99-99"},
    ):
        assert browser.get("/assets/", nonsense).status_code == 200


@pytest.mark.spec("UIX-01")
def test_lists_take_few_statements(browser, django_assert_max_num_queries):
    for _number in range(5):
        rate(digital_asset())
    for url in ("/assets/", "/rates/", "/rates/history/"):
        browser.get(url)
        with django_assert_max_num_queries(6):
            assert browser.get(url).status_code == 200


@pytest.mark.spec("AST-06")
def test_a_currency_is_added_edited_and_deactivated(browser):
    send(browser, "/assets/currencies/new/", code="JPY", label="Yen")
    yen = Asset.objects.get(code="JPY")
    assert (yen.decimals, yen.label) == (0, "Yen")
    assert send(browser, "/assets/currencies/new/", code="XXQ").status_code == 422
    send(browser, "/assets/JPY/edit/", label="Cash", max_client_balance="1000")
    send(browser, "/assets/JPY/deactivate/", reason="Not used")
    yen.refresh_from_db()
    assert (yen.code, yen.label, yen.max_client_balance, yen.status) == ("JPY", "Cash", 1000, AssetStatus.DEACTIVATED)
    send(browser, "/assets/JPY/reactivate/")
    yen.refresh_from_db()
    assert yen.is_active


@pytest.mark.spec("AST-03", "UIX-03")
def test_what_is_fixed_is_not_in_the_form_and_posting_it_changes_nothing(browser):
    asset = digital_asset(code="WLC")
    form = browser.get("/assets/WLC/edit/").content.decode()
    for name in ("kind", "decimals", "reissuable", "expires", "limits_transactions", "expiration_days", "is_test", "status"):
        assert f'name="{name}"' not in form
    others = {"name": "Other", "kind": "currency", "decimals": "9", "reissuable": "on", "status": "deactivated", "is_test": "on"}
    send(browser, "/assets/WLC/edit/", code="new1", label="New", max_client_balance="10.5", **others)
    after = Asset.objects.get(pk=asset.pk)
    assert (after.code, after.label, after.max_client_balance) == ("NEW1", "New", Decimal("10.5"))
    assert (after.name, after.kind, after.decimals, after.reissuable, after.status, after.is_test) == (
        asset.name, asset.kind, asset.decimals, asset.reissuable, asset.status, False,
    )  # fmt: skip


@pytest.mark.spec("AST-01")
@pytest.mark.parametrize(
    ("field", "value"),
    [("code", "ab"), ("code", "TOOLONG"), ("code", "A-B"), ("label", "x" * 21), ("max_client_balance", "1e3"), ("max_client_balance", "0.001"),
     ("max_client_balance", "NaN"), ("max_client_balance", "١٢")],
)  # fmt: skip
def test_what_can_not_be_is_refused_at_its_field(browser, field, value):
    digital_asset(code="WLC", label="Welcome")
    response = send(browser, "/assets/WLC/edit/", **({"code": "WLC", "label": "Welcome"} | {field: value}))
    assert response.status_code == 422
    assert f"id_{field}_error" in response.content.decode()
    assert not AuditEvent.objects.filter(action="assets.edited").exists()


@pytest.mark.spec("RAT-01", "RAT-03")
def test_rates_are_added_changed_and_deleted(browser, admin):
    asset = digital_asset(code="WLC")
    currency()
    assert "EUR" in browser.get("/assets/WLC/rates/new/").content.decode()
    send(browser, "/assets/WLC/rates/new/", currency="EUR", rate="1.5")
    assert send(browser, "/assets/WLC/rates/new/", currency="EUR", rate="2").status_code == 422
    for wrong in ("0", "-1", "1e3", "abc", "1,5", ""):
        assert send(browser, "/assets/WLC/rates/EUR/change/", rate=wrong).status_code == 422
    send(browser, "/assets/WLC/rates/EUR/change/", rate="1.75")
    assert Rate.objects.get(asset=asset).rate == Decimal("1.75")
    tab = browser.get("/assets/WLC/?tab=rates").content.decode()
    assert "1.75" in tab
    assert tab.count(admin.reference) >= 3
    send(browser, "/assets/WLC/rates/EUR/delete/")
    assert not Rate.objects.exists()
    assert [change.event for change in RateChange.objects.order_by("id")] == ["added", "changed", "deleted"]
    assert browser.get("/assets/WLC/rates/EUR/change/").status_code == 404
    assert "1.75" in browser.get("/rates/history/").content.decode()


@pytest.mark.spec("UIX-03")
def test_a_form_sent_twice_sets_one_rate(browser):
    digital_asset(code="WLC")
    currency()
    values = {"operation_key": key(browser.get("/assets/WLC/rates/new/")), "currency": "EUR", "rate": "1.5"}
    first, second = (browser.post("/assets/WLC/rates/new/", values) for _ in range(2))
    assert (first.status_code, first.url) == (second.status_code, second.url)
    assert RateChange.objects.count() == 1
    values = {"operation_key": key(browser.get("/assets/WLC/rates/EUR/delete/"))}
    first, second = (browser.post("/assets/WLC/rates/EUR/delete/", values) for _ in range(2))
    assert (first.status_code, first.url) == (second.status_code, second.url)
    assert RateChange.objects.count() == 2
    values = {"operation_key": key(browser.get("/assets/WLC/edit/")), "code": "NEW1", "label": "New"}
    first, second = (browser.post("/assets/WLC/edit/", values) for _ in range(2))
    assert (first.status_code, first.url) == (second.status_code, second.url) == (302, "/assets/NEW1/")
    assert browser.post("/assets/WLC/edit/", values | {"label": "Newer"}).status_code == 404


@pytest.mark.spec("USR-01")
@pytest.mark.parametrize(
    ("right", "urls"),
    [
        (Right.ASSETS_EDIT, ["/assets/currencies/new/", "/assets/WLC/edit/", "/assets/WLC/deactivate/", "/assets/WLC/image/set/"]),
        (Right.RATES_EDIT, ["/assets/WLC/rates/new/", "/assets/WLC/rates/EUR/change/", "/assets/WLC/rates/EUR/delete/"]),
    ],
)
def test_without_the_right_nothing_is_done(right, urls):
    asset = digital_asset(code="WLC")
    rate(asset)
    reader = sign_in(user(Face.ISSUER, [Right.ASSETS_SEE, Right.RATES_SEE]))
    page = reader.get("/assets/WLC/?tab=rates").content.decode()
    for url in urls:
        assert reader.get(url).status_code == 403
        assert reader.post(url, {}).status_code == 403
        assert url not in page
    assert sign_in(user(Face.MERCHANT)).get("/assets/WLC/").status_code == 404
    assert sign_in(user(Face.ISSUER, [])).get("/assets/").status_code == 403


def upload(form="PNG"):
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "navy").save(out, format=form)
    return SimpleUploadedFile("../../etc/passwd.png", out.getvalue(), content_type="text/html")


@pytest.mark.spec("AST-08")
def test_an_image_is_set_served_and_removed(browser, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    asset = digital_asset(code="WLC")
    assert browser.get("/assets/WLC/image/").status_code == 404
    send(browser, "/assets/WLC/image/set/", image=upload())
    served = browser.get("/assets/WLC/image/")
    with Image.open(io.BytesIO(b"".join(served.streaming_content))) as image:
        assert image.format == "PNG"
    assert served["Content-Type"] == "image/png"
    assert "sandbox" in served["Content-Security-Policy"]
    assert [path.parent.name for path in tmp_path.rglob("*.png")] == ["assets"]
    refused = send(browser, "/assets/WLC/image/set/", image=SimpleUploadedFile("a.png", b"<svg onload='alert(1)'/>"))
    assert refused.status_code == 422
    assert "/assets/WLC/image/" in browser.get("/assets/WLC/").content.decode()
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>alert(1)</script><rect width="9" height="9"/></svg>'
    send(browser, "/assets/WLC/image/set/", image=SimpleUploadedFile("logo.svg", drawing))
    served = browser.get("/assets/WLC/image/")
    assert (served["Content-Type"], served["X-Content-Type-Options"]) == ("image/svg+xml", "nosniff")
    assert "sandbox; default-src 'none'" in served["Content-Security-Policy"]
    assert b"alert" not in b"".join(served.streaming_content)
    assert len(list(tmp_path.rglob("*.svg"))) == 1
    send(browser, "/assets/WLC/image/remove/")
    asset.refresh_from_db()
    assert not asset.image


@pytest.mark.spec("AST-01")
def test_text_is_shown_as_text(browser):
    digital_asset(code="WLC", name="<script>alert(1)</script>", label="<b>bold</b>")
    for url in ("/assets/", "/assets/WLC/", "/assets/WLC/edit/"):
        page = browser.get(url).content.decode()
        assert "<script>alert" not in page
        assert "<b>bold" not in page


@pytest.mark.spec("RAT-01")
def test_the_list_of_rates_finds_by_asset(browser, admin):
    coin, other = digital_asset(code="WLC"), digital_asset(code="OTH")
    for asset in (coin, other):
        set_rate(asset_id=asset.pk, currency_id=currency().pk, rate=Decimal("1.5"), actor=admin, now=timezone.now())
    found = browser.get("/rates/", {"asset": coin.code}).content.decode()
    assert "/assets/WLC/?tab=rates" in found
    assert "/assets/OTH/" not in found


def table(response):
    """What a CSV export holds, by column name."""
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"), newline="")))


@pytest.mark.spec("EXP-X1")
def test_exports_hold_what_is_stored(browser, admin):
    coin = digital_asset(code="WLC", name="=cmd|' /C calc'!A0", max_client_balance=Decimal("10.5"))
    digital_asset(code="TEST1", is_test=True)
    set_rate(asset_id=coin.pk, currency_id=currency().pk, rate=Decimal("1.5"), actor=admin, now=timezone.now())
    assets = {row["code"]: row for row in table(browser.post("/assets/", {"export": "csv"}))}
    assert set(assets) == {"WLC", "EUR"}
    assert assets["WLC"]["name"].startswith("'=")
    assert Decimal(assets["WLC"]["max_client_balance"]) == Decimal("10.5")
    (row,) = table(browser.post("/rates/", {"export": "csv"}))
    assert (row["asset_code"], row["currency_code"], row["actor_label"]) == ("WLC", "EUR", admin.reference)
    (row,) = table(browser.post("/rates/history/", {"export": "csv"}))
    assert (row["event"], Decimal(row["rate"])) == ("added", Decimal("1.5"))


@pytest.mark.spec("EXP-X1")
@pytest.mark.parametrize("resource", [AssetResource, RateResource, RateChangeResource])
def test_every_stored_field_is_exported_or_left_out_for_a_reason(resource):
    assert resource.unexplained() == []


PROPERTIES = {
    "category": "Voucher",
    "description": "For lunch.\r\n<b>Not</b> for dinner.",
    "terms_url": "https://terms.example/meals?v=2",
    "payable": "on",
}


@pytest.mark.spec("AST-07")
def test_properties_stand_on_the_page_and_are_edited_there(browser):
    asset = digital_asset(code="WLC")
    assert send(browser, "/assets/WLC/properties/", **PROPERTIES).status_code == 302
    asset.refresh_from_db()
    assert (asset.category, asset.description) == ("Voucher", "For lunch.\n<b>Not</b> for dinner.")
    assert (asset.payable, asset.p2p, asset.redeemable, asset.exchangeable) == (True, False, False, False)
    page = browser.get("/assets/WLC/").content.decode()
    assert '<a href="https://terms.example/meals?v=2" target="_blank" rel="noopener noreferrer nofollow">' in page
    assert "<b>Not</b>" not in page
    assert AuditEvent.objects.filter(action="assets.edited", subject_reference="WLC").count() == 1
    send(browser, "/assets/WLC/properties/", **PROPERTIES)  # the same once more, only under a new key
    assert AuditEvent.objects.filter(action="assets.edited", subject_reference="WLC").count() == 1
    for query in ({"q": "vouch"}, {"p2p": "no"}, {"payable": "yes"}):
        assert "/assets/WLC/" in browser.get("/assets/", query).content.decode()
    assert "/assets/WLC/" not in browser.get("/assets/", {"redeemable": "yes"}).content.decode()


@pytest.mark.spec("AST-07")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("terms_url", "http://terms.example/"),
        ("terms_url", "javascript:alert(1)"),
        ("terms_url", "https://admin:secret@terms.example/"),
        ("terms_url", "https://terms.example/\\@evil"),
        ("terms_url", "https://terms.example/ a"),
        ("category", "one\ttwo\u202e"),
        ("category", "x" * 41),
        ("description", "x" * 2001),
        ("description", "a\u202eb"),
    ],
)
def test_properties_that_cannot_be_are_refused_at_their_field(browser, field, value):
    asset = digital_asset(code="WLC")
    answer = send(browser, "/assets/WLC/properties/", **(PROPERTIES | {field: value}))
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    asset.refresh_from_db()
    assert (asset.category, asset.p2p) == ("", True)
