"""Dictionaries, price lists and fees: what their services let pass (TIE-01, TIE-02, FEE-01 to FEE-04)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from approvals.models import ApprovalPolicy
from approvals.services import ApprovalNeeded
from assets.tests.factories import currency, digital_asset
from audit.models import AuditEvent
from core.actors import SystemActor
from core.registries import approvables
from tiers.enums import FeeKind
from tiers.models import LevelFee, PriceList
from tiers.services import rules
from tiers.services.dictionaries import EntryTaken, EntryValues, InvalidEntry, create_entry, edit_entry, set_active
from tiers.services.pricing import InvalidPriceList, PriceListTaken, create_price_list, edit_price_list
from tiers.tests.factories import default_price_list, level_fee, price_list, tier

TESTS = SystemActor("tests")
pytestmark = pytest.mark.django_db


def entry(**more: Any):
    given = {"type": "verification_level", "client_type": "person", "level": 2, "values": EntryValues(label="Gold")} | more
    return create_entry(**given, actor=TESTS, now=timezone.now())


@pytest.mark.spec("TIE-01", "TIE-02")
def test_entries_are_checked_and_their_taken_places_named():
    gold = entry(values=EntryValues(label="  Gold ", provider="shufti", checks=("face", "document"), operations=("payment",)))
    assert (gold.label, gold.checks, gold.api_value, gold.is_tier) == ("Gold", ["document", "face"], "level_2", True)
    for wrong, field in (
        ({"level": 6}, "level"), ({"level": None}, "level"), ({"type": "person_type", "level": 1}, "level"),
        ({"type": "person_type", "level": None, "client_type": "company"}, "client_type"), ({"type": "nonsense"}, "type"),
        ({"level": 3, "values": EntryValues(label="X", checks=("x",), provider="shufti")}, "checks"),
        ({"level": 3, "values": EntryValues(label="X", order=-1)}, "order"),
    ):  # fmt: skip
        with pytest.raises(InvalidEntry) as caught:
            entry(**wrong)
        assert caught.value.field == field
    with pytest.raises(EntryTaken) as caught:
        entry(values=EntryValues(label="Other"))
    assert caught.value.field == "level"
    with pytest.raises(EntryTaken) as caught:
        entry(level=3, values=EntryValues(label="GOLD"))
    assert caught.value.field == "label"
    assert AuditEvent.objects.filter(action="tiers.entry_created").count() == 1


@pytest.mark.spec("TIE-01", "FEE-02")
def test_a_renamed_tier_renames_its_fees_and_a_closed_one_can_have_a_successor():
    gold, now = tier(2, label="Gold"), timezone.now()
    fee = level_fee(gold)
    edit_entry(entry_id=gold.pk, values=EntryValues(label="Platinum", assets=(digital_asset(),)), actor=TESTS, now=now)
    fee.refresh_from_db()
    assert fee.name == "Platinum"
    event = AuditEvent.objects.get(action="tiers.entry_edited")
    assert event.changes["label"] == ["Gold", "Platinum"]
    assert len(event.changes["assets"][1]) == 1
    set_active(entry_id=gold.pk, is_active=False, actor=TESTS, now=now)
    entry(values=EntryValues(label="Platinum"))
    with pytest.raises(EntryTaken):
        set_active(entry_id=gold.pk, is_active=True, actor=TESTS, now=now)


@pytest.mark.spec("FEE-01", "USR-05")
def test_a_new_default_takes_the_place_of_the_old_one():
    old, now = default_price_list(), timezone.now()
    new = create_price_list(name="New", client_type="person", currency=currency(), is_default=True, actor=TESTS, now=now)
    old.refresh_from_db()
    assert (old.is_default, new.is_default) == (False, True)
    assert AuditEvent.objects.filter(action__startswith="tiers.price_list").count() == 2
    values = {"currency": currency(), "actor": TESTS, "now": now}
    with pytest.raises(PriceListTaken):
        create_price_list(name="NEW", client_type="person", **values)
    with pytest.raises(InvalidPriceList):
        create_price_list(name="X", client_type="person", **(values | {"currency": digital_asset()}))
    with pytest.raises(InvalidPriceList):
        edit_price_list(price_list_id=new.pk, name="New", is_default=True, is_active=False, **values)
    edit_price_list(price_list_id=old.pk, name="Old", is_default=False, is_active=False, **values)
    ApprovalPolicy.objects.create(action="prices.price_list", is_required=True, changed_at=now)
    with pytest.raises(ApprovalNeeded):
        edit_price_list(price_list_id=old.pk, name="Older", is_default=False, is_active=False, **values)


def add(to, prices=None, **more: Any) -> Any:
    values = {"name": to.label, "direction": "upgrade", "level": to.level, "currency": currency(), "amount": Decimal(5)} | more
    times = {name: values.pop(name, None) for name in ("valid_from", "valid_to")}
    prices = prices or default_price_list(to.client_type)
    return rules.add_fee(kind=FeeKind.LEVEL, price_list=prices, values=values, **times, actor=TESTS, now=timezone.now())


@pytest.mark.spec("FEE-02")
def test_a_change_fee_is_checked_against_its_tier_and_its_neighbours():
    gold, now = tier(2, label="Gold"), timezone.now()
    for wrong, field in (
        ({"name": "gold"}, "name"), ({"level": 3}, "level"), ({"level": 9}, "level"), ({"direction": "up"}, "direction"),
        ({"amount": Decimal("1.005")}, "amount"), ({"amount": Decimal(-1)}, "amount"), ({"amount": Decimal("NaN")}, "amount"),
        ({"amount": Decimal(10) ** 20}, "amount"), ({"currency": digital_asset()}, "currency"),
        ({"valid_from": now - timedelta(days=1)}, "valid_from"), ({"valid_to": now - timedelta(days=1)}, "valid_to"),
    ):  # fmt: skip
        with pytest.raises(rules.InvalidFee) as caught:
            add(gold, **wrong)
        assert caught.value.field == field
    first = add(gold, name="", valid_to=now + timedelta(days=10))
    assert first.name == "Gold"
    with pytest.raises(rules.FeesOverlap):
        add(gold, valid_from=now + timedelta(days=9))
    add(gold, valid_from=now + timedelta(days=10), amount=Decimal(0))
    add(gold, direction="downgrade")
    add(gold, prices=price_list())
    assert AuditEvent.objects.filter(action="tiers.fee_added").count() == 4


@pytest.mark.spec("FEE-02", "FEE-04")
def test_what_has_begun_is_ended_and_followed_what_hasnt_is_changed_or_deleted():
    gold, now = tier(2, label="Gold"), timezone.now()
    begun = add(gold)
    later = now + timedelta(hours=1)
    kind = {"kind": FeeKind.LEVEL, "actor": TESTS}
    values = {"name": "Gold", "label": "", "amount": Decimal(7)}
    follower = rules.change_fee(fee_id=begun.pk, values=values, valid_to=None, now=later, **kind)
    begun.refresh_from_db()
    assert (begun.amount, begun.valid_to, follower.amount, follower.valid_from) == (5, later, 7, later)
    relabelled = rules.change_fee(fee_id=follower.pk, values=values | {"label": "Come up"}, valid_to=None, now=later, **kind)
    assert (relabelled.pk, relabelled.label) == (follower.pk, "Come up"), "words alone change in place"
    with pytest.raises(rules.FeeHasEnded):
        rules.change_fee(fee_id=begun.pk, values=values, valid_to=None, now=later, **kind)
    with pytest.raises(rules.FeeHasBegun):
        rules.delete_fee(fee_id=follower.pk, now=later + timedelta(seconds=1), **kind)
    ends = later + timedelta(days=5)
    rules.end_fee(fee_id=follower.pk, at=ends, now=later + timedelta(seconds=1), **kind)
    future = add(gold, valid_from=ends)
    rules.change_fee(fee_id=future.pk, values=values, valid_to=None, now=now, **kind)
    future.refresh_from_db()
    assert future.amount == 7
    rules.delete_fee(fee_id=future.pk, now=now, **kind)
    assert LevelFee.objects.count() == 2


@pytest.mark.spec("FEE-04", "AST-07")
def test_an_assets_default_commission_asks_for_something():
    asset, now = digital_asset(decimals=2), timezone.now()
    values: dict[str, Any] = {"type": "payment", "asset": asset, "payer": "receiver", "percentage": Decimal("1.5")}

    def default(**more: Any) -> Any:
        given = values | more
        return rules.add_fee(
            kind=FeeKind.OPERATION, price_list=None, values=given, valid_from=None, valid_to=None, actor=TESTS, now=now
        )  # fmt: skip

    for wrong, field in (
        ({"percentage": Decimal("100.1")}, "percentage"), ({"percentage": Decimal("0.00001")}, "percentage"),
        ({"percentage": Decimal(0)}, "fixed"), ({"minimum": Decimal(2), "maximum": Decimal(1)}, "maximum"),
        ({"fixed": Decimal("0.001")}, "fixed"), ({"type": "burning"}, "type"), ({"payer": "nobody"}, "payer"),
    ):  # fmt: skip
        with pytest.raises(rules.InvalidFee) as caught:
            default(**wrong)
        assert caught.value.field == field
    default()
    with pytest.raises(rules.FeesOverlap):
        default()
    assert AuditEvent.objects.get(action="tiers.fee_added").subject_reference == asset.code


@pytest.mark.spec("USR-05", "FEE-02")
def test_what_is_approved_is_what_is_done():
    gold, now = tier(2, label="Gold"), timezone.now()
    prices = default_price_list()
    ApprovalPolicy.objects.create(action="prices.fee", is_required=True, changed_at=now)
    with pytest.raises(ApprovalNeeded):
        add(gold)
    ApprovalPolicy.objects.update(is_required=False)
    action = approvables()["prices.fee"]
    payload = {
        "do": "add", "kind": "level", "price_list": prices.reference, "fee": "", "valid_from": None, "valid_to": None,
        "values": {"name": "Gold", "label": "", "direction": "upgrade", "level": 2, "currency": "EUR", "amount": "5"},
    }  # fmt: skip
    action.revalidate(payload)
    assert "Gold" in str(action.preview(payload))
    fee = action.execute(payload, actor=TESTS, now=now, approval_id=1)
    assert (fee.level, fee.amount) == (2, 5)
    action.execute({"do": "end", "kind": "level", "fee": fee.reference, "at": ""}, actor=TESTS, now=now + timedelta(1), approval_id=1)
    lists = approvables()["prices.price_list"]
    wanted = {
        "price_list": prices.reference,
        "client_type": "person",
        "name": "Renamed",
        "currency": "EUR",
        "is_default": True,
        "is_active": True,
    }
    lists.execute(wanted, actor=TESTS, now=now, approval_id=1)
    assert PriceList.objects.get(pk=prices.pk).name == "Renamed"


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("FEE-02", "C1")
def test_of_many_who_add_the_same_fee_at_once_one_does():
    gold, prices = tier(2), default_price_list()

    def work(_number: int) -> str:
        try:
            add(gold, prices)
        except rules.FeesOverlap:
            return "overlaps"
        finally:
            connection.close()
        return "added"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(work, range(6))) == ["added", *["overlaps"] * 5]
