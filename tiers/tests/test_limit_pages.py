"""The pages of limits, as a person uses them (LIM-01, LIM-02, LIM-06, LIM-11, KYC-30)."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import open_session, user
from assets.tests.factories import currency
from audit.models import AuditEvent
from clients.tests.factories import client_of_type
from ledger.enums import OperationType
from ledger.tests.factories import buy, make_asset, make_wallet, move
from orders.tests.api import Channel
from tiers.models import Limit, Threshold
from tiers.services.limits import standing
from tiers.tests.factories import kind, tier
from tiers.tests.limits import limit, threshold
from wallets.enums import WalletOwner

pytestmark = pytest.mark.django_db
RIGHTS = ["tiers.see", "tiers.edit", "clients.see", "assets.see"]


@pytest.fixture
def person(client):
    """A signed-in person who edits limits."""
    open_session(client, user(rights=RIGHTS))
    return client


def send(person, url, data, *, htmx=False):
    """Open the form, fill it in, send it."""
    headers = {"HX-Request": "true"} if htmx else {}
    page = person.get(url, headers=headers)
    assert page.status_code == 200, page.content
    key = re.search(r'name="operation_key" value="([^"]+)"', page.text)
    assert key
    return person.post(url, {"operation_key": key[1]} | data, headers=headers)


def rule(asset, amount="100", **more):
    return {"rule": "send", "asset": asset.code, "amount": amount, "blocking": "on"} | more


@pytest.mark.spec("LIM-01")
def test_a_limit_is_created_with_its_first_threshold(person):
    asset, euro = make_asset(), currency("EUR")
    data = {"name": "Level 1", "level": "1", "client_type": ""} | rule(
        asset, "5000", currency=euro.code, types=["payment", "p2p_transfer"], period_days="365", alert="on"
    )
    response = send(person, reverse("limit-create"), data)
    made = Limit.objects.get()
    assert response.url == reverse("limit-detail", args=[made.reference])
    assert (made.level, made.is_active, made.client_type) == (1, True, "")
    one = made.thresholds.get()
    assert (one.amount, one.currency, one.types, one.period_days, one.blocking, one.alert) == (
        5000,
        euro,
        ["payment", "p2p_transfer"],
        365,
        True,
        True,
    )
    assert AuditEvent.objects.filter(action="limits.created", subject_reference=made.reference).exists()
    page = person.get(response.url).text
    assert "Sent in 365 days: Payment and P2P transfer" in page
    assert "No fresh rate" in page


@pytest.mark.spec("LIM-01")
def test_a_tier_brings_its_type_and_level_and_types_are_offered_where_there_are_any(person):
    asset = make_asset()
    assert 'name="kind"' not in person.get(reverse("limit-create")).text
    gold, student = tier(2), kind()
    data = {"name": "Gold", "tier": gold.reference, "kind": student.reference} | rule(asset)
    send(person, reverse("limit-create"), data)
    made = Limit.objects.get()
    assert (made.client_type, made.level, made.kind, made.tier) == ("person", 2, student, gold)
    wrong = send(person, reverse("limit-create"), data | {"name": "Other", "level": "3", "kind": ""})
    assert wrong.status_code == 422
    assert "is of level 2" in wrong.text


@pytest.mark.spec("LIM-01")
def test_a_limit_keeps_its_tier_when_it_is_edited_though_the_tier_is_not_active_any_more(person):
    gold = tier(2)
    made = limit(name="Gold", tier=gold, level=2, client_type="person")
    type(gold).objects.filter(pk=gold.pk).update(is_active=False)
    url = reverse("limit-edit", args=[made.reference])
    assert f'value="{gold.reference}" selected' in person.get(url).text
    send(person, url, {"name": "Golden", "tier": gold.reference, "level": "2", "client_type": "person"})
    made.refresh_from_db()
    assert (made.name, made.tier) == ("Golden", gold)


@pytest.mark.spec("LIM-03")
def test_the_same_criteria_twice_are_refused_and_the_other_limit_is_named(person):
    asset, first = make_asset(), limit(name="First", level=2)
    response = send(person, reverse("limit-create"), {"name": "Second", "level": "2"} | rule(asset))
    assert response.status_code == 422
    assert f"“First” ({first.reference}) has the same criteria" in response.text
    copy = send(person, reverse("limit-copy", args=[first.reference]), {"name": "Second"})
    second = Limit.objects.get(name="Second")
    assert copy.url == reverse("limit-detail", args=[second.reference])
    assert not second.is_active
    assert first.reference in person.get(copy.url).text
    threshold(second, asset, 5)
    assert send(person, reverse("limit-activate", args=[second.reference]), {}).status_code == 422
    send(person, reverse("limit-edit", args=[second.reference]), {"name": "Second", "level": "3"})
    send(person, reverse("limit-activate", args=[second.reference]), {})
    second.refresh_from_db()
    assert (second.is_active, second.level) == (True, 3)


@pytest.mark.spec("LIM-06")
def test_a_limit_is_switched_off_and_covers_no_one(person):
    client, everybody = client_of_type(), limit(name="Everybody")
    assert standing(client_id=client.pk, now=timezone.now()).covering.limit == everybody.reference
    send(person, reverse("limit-deactivate", args=[everybody.reference]), {})
    assert standing(client_id=client.pk, now=timezone.now()).covering.is_empty


@pytest.mark.spec("LIM-01", "LIM-02")
def test_thresholds_are_edited_where_they_stand(person):
    asset, made = make_asset(), limit(name="Everybody")
    edition = made.edition
    add = reverse("limit-threshold-add", args=[made.reference])
    response = send(person, add, rule(asset, "100", period_days="30", max_count="5", minimum="1"), htmx=True)
    assert response["HX-Retarget"] == "#thresholds"
    assert "Sent in 30 days" in response.text
    one = made.thresholds.get()
    change = reverse("limit-threshold-change", args=[made.reference, one.reference])
    assert person.get(change, headers={"HX-Request": "true"}).text.strip().startswith("<tr")
    wrong = send(person, change, rule(asset, "0.5", period_days="30", minimum="1"), htmx=True)
    assert wrong.status_code == 422
    assert wrong.text.strip().startswith("<tr")
    send(person, change, rule(asset, "200.50", period_days="7"), htmx=True)
    one.refresh_from_db()
    assert (one.amount, one.period_days, one.max_count) == (200.50, 7, None)
    remove = reverse("limit-threshold-remove", args=[made.reference, one.reference])
    assert "keeps at least one threshold" in send(person, remove, {}).text
    send(person, add, rule(asset, "1"), htmx=True)
    send(person, remove, {})
    assert made.thresholds.get().amount == 1
    made.refresh_from_db()
    assert made.edition != edition
    assert {"limits.threshold_added", "limits.threshold_changed", "limits.threshold_removed"} <= set(
        AuditEvent.objects.filter(subject_reference=made.reference).values_list("action", flat=True)
    )


@pytest.mark.spec("KYC-30", "LIM-02")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"blocking": ""}, "Choose blocking, alert or both"),
        ({"rule": "balance", "period_days": "3"}, "A balance rule has none"),
        ({"max_count": "3"}, "needs a period"),
        ({"minimum": "101"}, "not above the threshold"),
        ({"amount": "1.001"}, "Too many decimals"),
        ({"amount": "-1"}, "Write the amount with digits"),
        ({"rule": "receive", "types": ["payment"]}, "no receive or balance rule"),
        ({"types": ["purchase"]}, "A client never sends this"),
        ({"period_days": "0"}, "greater than or equal to 1"),
    ],
)
def test_a_threshold_that_could_not_hold_is_refused_at_its_field(person, given, said):
    asset, made = make_asset(), limit(name="Everybody")
    response = send(person, reverse("limit-threshold-add", args=[made.reference]), rule(asset) | given)
    assert response.status_code == 422
    assert said in response.text
    assert not made.thresholds.exists()


@pytest.mark.spec("KYC-30")
def test_a_rule_of_a_level_goes_to_the_levels_own_limit(person):
    asset = make_asset()
    for amount in ("100", "50"):
        send(person, reverse("kyc-rule-add"), {"level": "1"} | rule(asset, amount))
    made = Limit.objects.get()
    assert (made.level, made.thresholds.count()) == (1, 2)
    page = person.get(reverse("kyc-rule-list"))
    assert page.text.count(reverse("limit-detail", args=[made.reference])) >= 2


@pytest.mark.spec("LIM-05", "LIM-11")
def test_a_clients_page_says_which_limit_applies_and_shows_what_is_left(person):
    asset, client = make_asset(), client_of_type()
    everybody = limit(name="Everybody")
    threshold(everybody, asset, 100, period_days=30)
    url = reverse("client-detail", args=[client.reference]) + "?tab=limits"
    page = person.get(url).text
    assert "It is the one for everybody whom no closer limit covers." in page
    assert "<meter" in page
    send(person, reverse("client-limit-create", args=[client.reference]), {"name": "Own", "client": client.reference} | rule(asset, "10"))
    personal = Limit.objects.get(client=client)
    page = person.get(url).text
    assert personal.reference in page
    assert "Personal" in page
    assert Threshold.objects.filter(limit=personal).count() == 1


@pytest.mark.spec("KYC-30", "LIM-08", "API-01")
def test_the_api_says_what_is_used_and_left():
    asset, shop, wallet = make_asset(issued=1000), make_wallet(WalletOwner.ORGANISATION), make_wallet()
    buy(asset, wallet, 100)
    everybody = limit(name="Everybody")
    threshold(everybody, asset, 50, period_days=30, types=["payment"], max_count=3)
    threshold(limit(name="Own", client=wallet.client), asset, 7, period_days=1)
    move(OperationType.PAYMENT, asset, wallet, shop, "20.5")
    channel = Channel("tiers.see")
    answer = channel.get(f"/clients/{wallet.client.reference}/limits")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["limit"], body["refused"]) == (everybody.reference, False)
    month = next(one for one in body["thresholds"] if one["period_days"] == 30)
    assert (month["threshold"], month["used"], month["left"], month["count_left"]) == ("50", "20.5", "29.5", 2)
    day = next(one for one in body["thresholds"] if one["period_days"] == 1)
    assert (day["personal"], day["left"]) == (True, "0")
    assert Channel("orders.see").get(f"/clients/{wallet.client.reference}/limits").status_code == 403
