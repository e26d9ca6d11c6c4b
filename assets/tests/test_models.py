"""What PostgreSQL itself holds of assets and rates (AST-01, AST-03, RAT-01, RAT-03)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone
from psycopg import sql

from assets.enums import AssetKind
from assets.models import Asset, Rate, RateChange

pytestmark = pytest.mark.django_db


def digital(**changes):
    values = {"code": "WLC", "name": "Welcome coin", "label": "Welcome", "kind": AssetKind.DIGITAL, "decimals": 2}
    return Asset(**(values | {"created_at": timezone.now()} | changes))


def currency(code="EUR"):
    return Asset.objects.create(code=code, name="Euro", label="Euro", kind=AssetKind.CURRENCY, decimals=2, created_at=timezone.now())


WHO = {"set_at": timezone.now(), "actor_type": "system", "actor_id": "test", "actor_label": "system:test"}


@pytest.mark.spec("AST-01")
@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "WL"},
        {"code": "WELCOME"},
        {"code": "wlc"},
        {"code": "WL\n"},
        {"name": ""},
        {"label": ""},
        {"decimals": 19},
        {"kind": "share"},
        {"status": "gone"},
        {"max_client_balance": 0},
        {"max_client_balance": Decimal(-1)},
        {"reissue_below": 5, "reissue_quantity": 5},
        {"reissuable": True, "reissue_below": 5},
        {"reissuable": True, "reissue_below": 0, "reissue_quantity": 5},
        {"expires": True},
        {"expiration_days": 3},
        {"expires": True, "expiration_days": 0},
        {"limits_transactions": True},
        {"transaction_count": 3},
        {"kind": AssetKind.CURRENCY, "reissuable": True},
    ],
    ids=str,
)
def test_the_database_refuses_what_no_asset_can_be(wrong):
    with pytest.raises(Exception, match=r"violates|too long|out of range"):
        digital(**wrong).save()


@pytest.mark.spec("AST-01", "RAT-01")
@pytest.mark.parametrize(("table", "column"), [("assets_asset", "max_client_balance"), ("assets_rate", "rate")])
@pytest.mark.parametrize("number", ["NaN", "0", "-1"])
def test_the_database_refuses_numbers_that_are_none(table, column, number):
    asset, euro = digital(), currency()
    asset.save()
    Rate.objects.create(asset=asset, currency=euro, rate=1, **WHO)
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(sql.SQL("UPDATE {} SET {} = %s").format(sql.Identifier(table), sql.Identifier(column)), [number])


@pytest.mark.spec("AST-03")
@pytest.mark.parametrize(
    "change",
    [
        {"name": "Other"},
        {"kind": AssetKind.CURRENCY},
        {"decimals": 3},
        {"reissuable": True},
        {"expires": True, "expiration_days": 3},
        {"limits_transactions": True, "transaction_count": 3},
        {"is_test": True},
        {"created_at": datetime(2026, 1, 2, tzinfo=UTC)},
    ],
    ids=str,
)
def test_the_database_keeps_what_is_fixed(change):
    asset = digital()
    asset.save()
    with pytest.raises(IntegrityError, match="fixed after creation"):
        Asset.objects.filter(pk=asset.pk).update(**change)


@pytest.mark.spec("AST-03")
def test_what_may_change_changes():
    asset = digital(reissuable=True, expires=True, expiration_days=3, limits_transactions=True, transaction_count=2)
    asset.save()
    Asset.objects.update(
        code="NEW1", label="New", max_client_balance=5, reissue_below=1, reissue_quantity=2, expiration_days=9, transaction_count=8,
        image="assets/x.png", status="deactivated",
    )  # fmt: skip
    asset.refresh_from_db()
    assert (asset.code, asset.transaction_count, asset.status) == ("NEW1", 8, "deactivated")


@pytest.mark.spec("RAT-01")
def test_a_rate_stands_once_in_a_currency():
    asset, euro = digital(), currency()
    asset.save()
    for wrong in ({"asset": euro, "currency": asset}, {"asset": euro, "currency": euro}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Rate.objects.create(rate=1, **wrong, **WHO)
    Rate.objects.create(asset=asset, currency=euro, rate=1, **WHO)
    with pytest.raises(IntegrityError):
        Rate.objects.create(asset=asset, currency=euro, rate=2, **WHO)


@pytest.mark.spec("RAT-03")
@pytest.mark.parametrize("statement", ["UPDATE assets_ratechange SET rate = 2", "DELETE FROM assets_ratechange"])
def test_the_history_of_rates_is_only_added_to(statement):
    asset, euro = digital(), currency()
    asset.save()
    RateChange.objects.create(asset=asset, currency=euro, event="added", rate=1, **WHO)
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)
