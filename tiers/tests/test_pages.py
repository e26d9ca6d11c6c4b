"""Dictionaries, tiers, price lists, fees and clients' terms as people use them (TIE-01 to TIE-08, FEE-01 to FEE-04, CLI-01, CLI-06)."""

import re
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from accounts.tests.factories import sign_in, user
from assets.tests.factories import currency, digital_asset
from audit.models import AuditEvent
from clients.tests.factories import client_of_type
from core.actors import SystemActor
from kit.models import BulkRun
from kit.tasks import run_bulk
from orders.tests.api import Channel
from tiers.models import ClientTerms, DictionaryEntry, LevelFee, Limit, OperationFee, PriceList, RecurringCharge, RecurringFee, TierChange
from tiers.selectors.terms import terms_of
from tiers.services.assignment import set_tier
from tiers.tests.factories import charge, default_price_list, kind, level_fee, price_list, recurring_fee, tier
from tiers.tests.test_changes import euros, rich, top_up

pytestmark = pytest.mark.django_db
KEY = re.compile(r'name="operation_key" value="([^"]+)"')
TESTS = SystemActor("tests")


@pytest.fixture
def browser():
    return sign_in(user(rights=None))


def send(browser, url, **data):
    """Open the form, fill it in, send it."""
    form = browser.get(url)
    assert form.status_code == 200, (url, form.status_code)
    return browser.post(url, {"operation_key": KEY.search(form.content.decode())[1], **data})


def text_of(browser, url: str) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.spec("TIE-01", "TIE-02")
def test_a_tier_is_created_edited_and_put_out_of_use(browser):
    asset = digital_asset()
    given = {"type": "verification_level", "client_type": "person", "level": "2", "label": "Gold", "order": "1", "provider": "sumsub"}
    answer = send(
        browser, "/dictionaries/new/", **given, provider_level="basic", checks=["document"], operations=["payment"], assets=[asset.code]
    )
    gold = DictionaryEntry.objects.get()
    assert answer.url == f"/dictionaries/{gold.reference}/"
    assert (gold.label, gold.level, gold.provider_level, gold.operations, list(gold.assets.all())) == (
        "Gold",
        2,
        "basic",
        ["payment"],
        [asset],
    )
    again = send(browser, "/dictionaries/new/", **given)
    assert again.status_code == 422
    assert "Deactivate it first" in again.content.decode()
    send(browser, f"/dictionaries/{gold.reference}/edit/", label="Platinum", order="2", provider="manual")
    gold.refresh_from_db()
    assert (gold.label, gold.operations, gold.checks, gold.assets.count()) == ("Platinum", [], [], 0)
    assert "Platinum" in text_of(browser, "/tiers/")
    assert "Platinum" in text_of(browser, "/dictionaries/")
    send(browser, f"/dictionaries/{gold.reference}/deactivate/")
    browser.get("/")  # shows the toast
    assert "Platinum" not in text_of(browser, "/dictionaries/")
    assert "Platinum" in text_of(browser, "/dictionaries/?is_active=no")
    send(browser, f"/dictionaries/{gold.reference}/activate/")
    gold.refresh_from_db()
    assert gold.is_active
    send(browser, "/dictionaries/new/", type="company_type", client_type="company", label="Bank", order="0", provider="manual")
    bank = DictionaryEntry.objects.latest("id")
    assert "Bank" in text_of(browser, f"/dictionaries/{bank.reference}/")


@pytest.mark.spec("TIE-03")
def test_a_tiers_page_is_a_checklist(browser):
    gold, prices = tier(2), default_price_list()
    page = text_of(browser, f"/dictionaries/{gold.reference}/")
    assert "What it still needs" in page
    assert page.count("Missing:") == 3, "limit, way up, way down"
    level_fee(gold, price_list=prices)
    assert text_of(browser, f"/dictionaries/{gold.reference}/").count("Missing:") == 2
    assert f"/price-lists/{prices.reference}/?tab=level" in browser.get(f"/dictionaries/{gold.reference}/").content.decode()


@pytest.mark.spec("FEE-01", "FEE-02", "FEE-03", "FEE-04")
def test_a_price_list_and_its_fees_on_their_tabs(browser):
    gold, asset = tier(2, label="Gold"), digital_asset()
    currency()
    send(browser, "/price-lists/new/", name="Persons", client_type="person", currency="EUR", is_default="on")
    prices = PriceList.objects.get()
    page = f"/price-lists/{prices.reference}/"
    form = browser.get(f"{page}level-fees/new/?level=2").content.decode()
    assert 'value="Gold"' in form, "the name is filled in from the tier"
    assert f'<option value="{prices.reference}" selected>' in form
    given = {"price_list": prices.reference, "direction": "upgrade", "level": "2", "currency": "EUR", "amount": "12.50"}
    wrong = send(browser, f"{page}level-fees/new/", **given, name="Silver")
    assert "called “Gold”" in wrong.content.decode()
    assert send(browser, f"{page}level-fees/new/", **given, name="Gold", label="Come up").url == f"{page}?tab=level"
    assert "Another fee for the same" in send(browser, f"{page}level-fees/new/", **given).content.decode()
    fee = LevelFee.objects.get()
    assert "12.50 EUR" in text_of(browser, f"{page}?tab=level")
    send(browser, f"/level-fees/{fee.reference}/change/", name="Gold", label="Come up", amount="15")
    assert list(LevelFee.objects.order_by("id").values_list("amount", flat=True)) == [12.5, 15]
    send(browser, f"/level-fees/{LevelFee.objects.latest('id').reference}/end/")
    assert "Ended" in text_of(browser, f"{page}?tab=level")

    tomorrow = (timezone.now() + timedelta(days=2)).date()
    given = {
        "price_list": prices.reference,
        "tier": gold.reference,
        "period": "monthly",
        "currency": "EUR",
        "valid_from": tomorrow.isoformat(),
    }
    assert "more than zero" in send(browser, f"{page}recurring-fees/new/", **given, amount="0").content.decode()
    send(browser, f"{page}recurring-fees/new/", **given, amount="3")
    recurring = RecurringFee.objects.get()
    assert "Begins later" in text_of(browser, f"{page}?tab=recurring")
    send(browser, f"/recurring-fees/{recurring.reference}/change/", period="yearly", currency="EUR", amount="30")
    recurring.refresh_from_db()
    assert (recurring.amount, recurring.period) == (30, "yearly")
    send(browser, f"/recurring-fees/{recurring.reference}/delete/")
    assert not RecurringFee.objects.exists()

    given = {"price_list": prices.reference, "type": "payment", "asset": asset.code, "payer": "sender"}
    assert "100" in send(browser, f"{page}operation-fees/new/", **given, percentage="101").content.decode()
    send(browser, f"{page}operation-fees/new/", **given, percentage="1.5", minimum="0.10")
    fee = OperationFee.objects.get()
    assert (fee.percentage, fee.minimum, fee.price_list) == (Decimal("1.5"), Decimal("0.1"), prices)
    assert asset.code in text_of(browser, f"{page}?tab=operation")
    send(browser, f"/operation-fees/{fee.reference}/end/")
    assert AuditEvent.objects.filter(subject_reference=prices.reference, action__startswith="tiers.fee").count() == 8
    send(browser, f"{page}edit/", name="Private", currency="EUR", is_active="on")
    prices.refresh_from_db()
    assert (prices.name, prices.is_default) == ("Private", False)


@pytest.mark.spec("AST-07", "FEE-06")
def test_an_assets_commissions_stand_on_its_page(browser):
    asset = digital_asset()
    page = f"/assets/{asset.code}/?tab=commissions"
    assert "no default commission" in text_of(browser, page)
    send(browser, f"/assets/{asset.code}/commissions/new/", type="p2p_transfer", payer="sender", percentage="2")
    fee = OperationFee.objects.get()
    assert (fee.asset, fee.price_list, fee.percentage) == (asset, None, 2)
    send(browser, f"/operation-fees/{fee.reference}/change/", payer="receiver", percentage="3")
    assert "Receiver" in text_of(browser, page)


@pytest.mark.spec("TIE-02", "TIE-03", "TIE-06", "TIE-08", "FEE-01")
def test_a_clients_page_says_its_tier_what_it_can_choose_and_why_not_and_what_it_was(browser):
    wallet, gold = rich(), tier(3, label="Gold")
    client, page = wallet.client, f"/clients/{wallet.client.reference}/"
    own = price_list(name="VIP")
    assert "Tier 0" in text_of(browser, page)
    tab = text_of(browser, f"{page}?tab=tier")
    assert "no active limit" in tab
    assert "has been at tier 0" in tab
    send(browser, f"{page}price-list/", price_list=own.reference)
    level_fee(gold, "10", price_list=own)
    assert "10.00 EUR" in text_of(browser, f"{page}?tab=tier")
    assert send(browser, f"{page}tier/", with_fee="no", reason="Slip").status_code == 422, "nothing chosen is not tier 0"
    assert "Say why" in send(browser, f"{page}tier/", tier=gold.reference, with_fee="no").content.decode()
    answer = send(browser, f"{page}tier/", tier=gold.reference, with_fee="yes")
    assert answer.url == f"{page}?tab=tier"
    assert euros(wallet) == 90
    assert "Gold" in text_of(browser, page)
    assert TierChange.objects.get().operation_reference in text_of(browser, f"{page}?tab=tier")
    send(browser, f"{page}tier/", tier="0", with_fee="no", reason="Left")
    assert terms_of(client.pk).tier is None
    resident = kind(label="Resident")
    send(browser, f"{page}subtype/", kind=resident.reference)
    assert "Resident" in text_of(browser, page)


@pytest.mark.spec("CLI-01")
def test_clients_are_found_by_tier_and_the_list_shows_it(browser):
    gold = tier(3, label="Gold")
    at_gold, other = client_of_type(), client_of_type()
    set_tier(client=at_gold, tier=gold, actor=TESTS, now=timezone.now(), with_fee=False)

    def found(**criteria: str) -> set[str]:
        return {row.reference for row in browser.get("/clients/", criteria).context["slice"].rows}

    assert found(tier=gold.reference) == {at_gold.reference}
    assert found(tier="0") == {other.reference}
    assert "Gold" in text_of(browser, f"/clients/?tier={gold.reference}")


def bulk(browser, code: str, references: list[str], **values: str) -> BulkRun:
    """Preview, confirm and do it."""
    where = "/clients/?" + urlencode({"bulk": code, "row": references}, doseq=True)
    preview = browser.get(where).content.decode()
    assert browser.post(where, {"operation_key": KEY.search(preview)[1], **values}).status_code == 302
    run = BulkRun.objects.latest("id")
    run_bulk(run.pk)
    run.refresh_from_db()
    return run


@pytest.mark.spec("CLI-06", "TIE-08")
def test_tier_and_price_list_of_many(browser):
    gold, people, company = tier(3), [client_of_type() for _ in range(3)], client_of_type("company")
    references = [one.reference for one in (*people, company)]
    run = bulk(browser, "tier", references, tier=gold.reference, with_fee="no", reason="Campaign")
    assert (run.changed, run.refused) == (3, 1)
    assert "other type of client" in run.rows.get(outcome="refused").message
    assert TierChange.objects.filter(reason="Campaign").count() == AuditEvent.objects.filter(action="tiers.changed").count() == 3
    own = price_list()
    run = bulk(browser, "price-list", references, price_list=own.reference)
    assert (run.changed, run.refused) == (3, 1)
    assert ClientTerms.objects.filter(price_list=own, tier=gold).count() == 3
    assert AuditEvent.objects.filter(action="tiers.price_list_assigned").count() == 3


@pytest.mark.spec("LIM-11")
def test_a_personal_limit_is_marked_and_warned_of_where_a_tier_is_set(browser):
    gold, client, other = tier(3), client_of_type(), client_of_type()
    Limit.objects.create(name="Careful", client=client, created_at=timezone.now())
    assert "Personal limit" in text_of(browser, f"/clients/{client.reference}/")
    assert "stays in force at every tier" in text_of(browser, f"/clients/{client.reference}/tier/")
    assert "Personal limit" not in text_of(browser, f"/clients/{other.reference}/")
    where = "/clients/?" + urlencode({"bulk": "tier", "row": [client.reference, other.reference]}, doseq=True)
    assert "1 of them has a personal limit" in text_of(browser, where)
    bulk(browser, "tier", [client.reference, other.reference], tier=gold.reference, with_fee="no", reason="Campaign")
    assert client.personal_limits.get().is_active


@pytest.mark.spec("TIE-05")
def test_what_was_given_up_is_charged_by_hand(browser):
    row = charge()
    RecurringCharge.objects.update(status="unpaid", next_try_at=None, tries=3)
    assert row.reference in text_of(browser, "/recurring-charges/?status=unpaid")
    refused = send(browser, f"/recurring-charges/{row.reference}/pay/")
    assert "no wallet of the client has so much" in refused.content.decode()
    top_up(row.client.wallets.get(), "50")
    assert send(browser, f"/recurring-charges/{row.reference}/pay/").status_code == 302
    row.refresh_from_db()
    assert row.status == "paid"


@pytest.mark.spec("TIE-01", "TIE-03", "TIE-06", "API-01")
def test_the_api_lists_tiers_with_fees_and_why_hidden_terms_and_charges():
    channel, wallet, gold = Channel("tiers.see"), rich(), tier(3, label="Gold")
    recurring_fee(gold, "2")
    level_fee(gold, "7.50", label="Come up")
    client = f"/clients/{wallet.client.reference}"
    (only,) = channel.get(f"{client}/tiers").json()
    assert (only["tier"]["level"], only["tier"]["label"], only["direction"]) == ("level_3", "Gold", "upgrade")
    assert only["fee"] == {"amount": "7.5", "currency": "EUR", "label": "Come up"}
    assert (only["selectable"], only["needs_case"], [why["code"] for why in only["missing"]]) == (False, True, ["no_limit"])
    assert channel.get(f"{client}/terms").json()["tier"] is None
    set_tier(client=wallet.client, tier=gold, actor=TESTS, now=timezone.now(), with_fee=True)
    terms = channel.get(f"{client}/terms").json()
    assert (terms["tier"]["reference"], terms["currency"]) == (gold.reference, "EUR")
    (change,) = channel.get(f"{client}/tier-changes").json()["items"]
    assert (change["from"], change["to"], change["fee"]["amount"]) == (None, "Gold", "7.5")
    other = charge()
    (due,) = channel.get(f"/clients/{other.client.reference}/recurring-charges").json()["items"]
    assert (due["status"], due["tier"]) == ("due", "Gold")
    assert Channel("clients.see").get(f"{client}/terms").status_code == 403
    assert Channel("tiers.see", is_test=True).get(f"{client}/terms").status_code == 404
