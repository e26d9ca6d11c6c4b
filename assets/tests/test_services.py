"""Editing assets, rates and their history (AST-01, AST-03, AST-06, RAT-01, RAT-03)."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from approvals.models import ApprovalPolicy
from approvals.services import ApprovalNeeded
from assets import services
from assets.currencies import UnknownCurrency
from assets.enums import AssetKind, AssetStatus
from assets.models import Asset, Rate, RateChange
from assets.selectors import rate, rate_history
from assets.tests.factories import currency, digital_asset
from audit.models import AuditEvent
from audit.services import IllegalTransition
from core.actors import SystemActor
from core.amounts import InvalidQuantity

pytestmark = pytest.mark.django_db
ACTOR = SystemActor("tests")


def done(action):
    return list(AuditEvent.objects.filter(action=action))


def edit(asset, **changes):
    return services.edit_asset(asset_id=asset.pk, changes=changes, actor=ACTOR, now=timezone.now())


@pytest.mark.spec("AST-06")
@pytest.mark.parametrize(("code", "decimals"), [("EUR", 2), ("JPY", 0), ("KWD", 3)])
def test_a_currency_comes_with_the_decimals_of_the_standard(code, decimals):
    asset = services.add_currency(code=code, actor=ACTOR, now=timezone.now())
    assert (asset.decimals, asset.kind, asset.on_chain) == (decimals, AssetKind.CURRENCY, False)
    assert len(done("assets.created")) == 1


@pytest.mark.spec("AST-06")
@pytest.mark.parametrize("code", ["ABC", "eur", "", "XAU", "EURO", "EU\n", "İİİ"])
def test_what_is_no_currency_is_refused(code):
    with pytest.raises(UnknownCurrency):
        services.add_currency(code=code, actor=ACTOR, now=timezone.now())


@pytest.mark.spec("AST-06")
def test_a_currency_is_added_once_and_keeps_its_code():
    euro = services.add_currency(code="EUR", actor=ACTOR, now=timezone.now())
    with pytest.raises(services.FixedAfterCreation):
        edit(euro, code="EUX")
    assert edit(euro, label="Cash").label == "Cash"
    with pytest.raises(services.CodeTaken):
        services.add_currency(code="EUR", actor=ACTOR, now=timezone.now())


@pytest.mark.spec("AST-03")
def test_what_changed_is_written_down_and_nothing_else():
    asset = digital_asset(expiration_days=30, transaction_count=5, max_client_balance=Decimal(100))
    edit(asset, code="NEW1", label=asset.label, max_client_balance=Decimal("50.5"), expiration_days=60)
    asset.refresh_from_db()
    assert (asset.code, asset.expiration_days) == ("NEW1", 60)
    (event,) = done("assets.edited")
    assert event.body["changes"] == {
        "code": ["T" + event.body["changes"]["code"][0][1:], "NEW1"],
        "max_client_balance": ["100", "50.5"],
        "expiration_days": [30, 60],
    }
    edit(asset, code="NEW1")
    assert len(done("assets.edited")) == 1


@pytest.mark.spec("AST-03")
@pytest.mark.parametrize("name", ["name", "kind", "decimals", "reissuable", "expires", "limits_transactions", "is_test", "id", "status"])
def test_what_is_fixed_is_refused(name):
    with pytest.raises(services.FixedAfterCreation) as refusal:
        edit(digital_asset(), **{name: 1})
    assert refusal.value.field == name


@pytest.mark.spec("AST-01", "AST-03", "AST-04")
@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("code", {"code": "ab"}),
        ("code", {"code": "ÅBC"}),
        ("label", {"label": "x" * 21}),
        ("label", {"label": "two\nlines"}),
        ("label", {"label": " "}),
        ("max_client_balance", {"max_client_balance": Decimal("0.001")}),
        ("max_client_balance", {"max_client_balance": Decimal("NaN")}),
        ("max_client_balance", {"max_client_balance": Decimal("1E+30")}),
        ("reissue_below", {"reissue_below": Decimal(1), "reissue_quantity": Decimal(1)}),
        ("reissue_quantity", {"reissue_below": Decimal(1)}),
        ("expiration_days", {"expiration_days": 3}),
        ("transaction_count", {"transaction_count": 3}),
    ],
)
def test_what_can_not_be_is_refused_at_its_field(field, wrong):
    with pytest.raises((services.InvalidAsset, InvalidQuantity)) as refusal:
        edit(digital_asset(), **wrong)
    assert refusal.value.field == field


@pytest.mark.spec("AST-03")
def test_periods_and_counts_of_assets_that_have_them_stay_whole():
    asset = digital_asset(expiration_days=3, transaction_count=3)
    for wrong in ({"expiration_days": None}, {"expiration_days": 0}, {"transaction_count": 10**7}):
        with pytest.raises(services.InvalidAsset):
            edit(asset, **wrong)


@pytest.mark.spec("AST-06")
def test_deactivated_and_reactivated_with_a_reason():
    asset = digital_asset()
    services.deactivate_asset(asset_id=asset.pk, reason="Contract ended", actor=ACTOR, now=timezone.now())
    with pytest.raises(IllegalTransition):
        services.deactivate_asset(asset_id=asset.pk, actor=ACTOR, now=timezone.now())
    assert Asset.objects.get(pk=asset.pk).status == AssetStatus.DEACTIVATED
    assert services.reactivate_asset(asset_id=asset.pk, actor=ACTOR, now=timezone.now()).is_active
    assert [len(done(action)) for action in ("assets.deactivated", "assets.reactivated")] == [1, 1]


def set_rate(asset, in_currency, value):
    return services.set_rate(asset_id=asset.pk, currency_id=in_currency.pk, rate=Decimal(value), actor=ACTOR, now=timezone.now())


@pytest.mark.spec("RAT-01", "RAT-03")
def test_rates_are_added_changed_deleted_and_remembered():
    asset, euro = digital_asset(), currency()
    set_rate(asset, euro, "1.5")
    set_rate(asset, euro, "1.75")
    assert rate(asset, euro) == Decimal("1.75")
    services.delete_rate(asset_id=asset.pk, currency_id=euro.pk, actor=ACTOR, now=timezone.now())
    assert rate(asset, euro) is None
    assert [(change.event, change.old_rate, change.rate, change.actor_label) for change in rate_history(asset)] == [
        ("deleted", Decimal("1.75"), None, "system:tests"),
        ("changed", Decimal("1.5"), Decimal("1.75"), "system:tests"),
        ("added", None, Decimal("1.5"), "system:tests"),
    ]
    assert [len(done(action)) for action in ("rates.added", "rates.changed", "rates.deleted")] == [1, 1, 1]
    with pytest.raises(services.RateNotSet):
        services.delete_rate(asset_id=asset.pk, currency_id=euro.pk, actor=ACTOR, now=timezone.now())


@pytest.mark.spec("RAT-01")
@pytest.mark.parametrize("wrong", ["0", "-1", "NaN", "Infinity", "1e-19", "1e20"])
def test_a_rate_is_a_number_of_more_than_zero(wrong):
    with pytest.raises(services.InvalidRate):
        set_rate(digital_asset(), currency(), wrong)


@pytest.mark.spec("RAT-01")
def test_a_rate_stands_in_an_active_currency():
    asset, other = digital_asset(), digital_asset()
    for target in (other, asset, currency("USD", status=AssetStatus.DEACTIVATED)):
        with pytest.raises(services.InvalidRate):
            set_rate(asset, target, "1")


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("RAT-01", "RAT-03")
def test_rates_set_at_once_make_one_rate_and_a_whole_history():
    asset, euro = digital_asset(), currency()

    def work(value):
        try:
            set_rate(asset, euro, value)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(1, 17)))
    changes = list(RateChange.objects.order_by("id"))
    assert len(changes) == 16
    assert [change.old_rate for change in changes] == [None, *(change.rate for change in changes[:-1])]
    assert Rate.objects.get().rate == changes[-1].rate


@pytest.mark.spec("USR-05", "RAT-01")
def test_under_four_eyes_no_rate_changes():
    asset, euro = digital_asset(), currency()
    set_rate(asset, euro, "1")
    for action in ("rates.set", "rates.delete"):
        ApprovalPolicy.objects.create(action=action, is_required=True, changed_at=timezone.now())
    with pytest.raises(ApprovalNeeded):
        set_rate(asset, euro, "2")
    with pytest.raises(ApprovalNeeded):
        services.delete_rate(asset_id=asset.pk, currency_id=euro.pk, actor=ACTOR, now=timezone.now(), approval_id=1)
    assert rate(asset, euro) == 1
