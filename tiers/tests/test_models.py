"""What the database itself refuses (TIE-02, FEE-01 to FEE-04)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import DecimalField, Value
from django.db.models.functions import Cast
from django.utils import timezone

from assets.tests.factories import digital_asset
from clients.enums import ClientType
from clients.tests.factories import client_of_type
from tiers.models import ClientTerms, LevelFee, PriceList, RecurringCharge, TierChange
from tiers.tests.factories import LONG_AGO, default_price_list, kind, level_fee, operation_fee, price_list, recurring_fee, tier


def raw(text: str) -> Cast:
    """A number that Django itself would not let through."""
    return Cast(Value(text), DecimalField(max_digits=39, decimal_places=18))


def refused(make) -> str:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        make()
    return str(caught.value.__cause__.diag.constraint_name)


@pytest.mark.django_db
@pytest.mark.spec("TIE-02")
def test_one_active_tier_per_level_and_client_type():
    first = tier(2)
    assert refused(lambda: tier(2, label="Another")) == "tier_one_active_per_level"
    tier(2, ClientType.COMPANY, label="For companies")
    tier(2, label="Old", is_active=False)
    assert refused(lambda: tier(3, label=first.label.upper())) == "dictionary_label_once_while_active"
    assert refused(lambda: tier(6, label="Six")) == "dictionary_entry_fits_type"
    assert refused(lambda: kind(level=1)) == "dictionary_entry_fits_type"


@pytest.mark.django_db
@pytest.mark.spec("FEE-01")
def test_one_default_price_list_per_client_type_and_it_is_active():
    default_price_list()
    assert refused(lambda: price_list(is_default=True)) == "price_list_one_default"
    assert refused(lambda: price_list(ClientType.COMPANY, is_default=True, is_active=False)) == "price_list_default_is_active"
    price_list(ClientType.COMPANY, is_default=True)


@pytest.mark.django_db
@pytest.mark.spec("FEE-02")
def test_validity_of_the_same_target_may_touch_and_not_overlap():
    to, turn = tier(2), datetime(2026, 1, 1, tzinfo=UTC)
    level_fee(to, valid_to=turn)
    level_fee(to, valid_from=turn)
    assert refused(lambda: level_fee(to, valid_from=turn + timedelta(days=1))) == "level_fee_one_at_a_time"
    assert refused(lambda: level_fee(to, valid_to=LONG_AGO + timedelta(microseconds=1))) == "level_fee_one_at_a_time"
    level_fee(to, direction="downgrade")
    level_fee(to, price_list=price_list())
    level_fee(tier(3))
    assert refused(lambda: level_fee(tier(4), valid_from=turn, valid_to=turn)) == "level_fee_ends_later"


@pytest.mark.django_db
@pytest.mark.spec("FEE-03", "FEE-04", "U6")
def test_amounts_are_bounded_and_no_number_is_refused():
    to, digital = tier(2), digital_asset()
    for wrong in (raw("NaN"), raw("-1")):
        assert refused(lambda wrong=wrong: level_fee(to, wrong)) == "level_fee_amount_bounded"
        assert refused(lambda wrong=wrong: recurring_fee(to, wrong)) == "recurring_fee_whole"
        assert refused(lambda wrong=wrong: operation_fee(digital, fixed=wrong)) == "operation_fee_bounded"
        assert refused(lambda wrong=wrong: operation_fee(digital, maximum=wrong)) == "operation_fee_least_and_most"
    assert refused(lambda: operation_fee(digital, percentage=raw("NaN"))) == "operation_fee_bounded"
    assert refused(lambda: operation_fee(digital, percentage=Decimal("100.01"))) == "operation_fee_bounded"
    assert refused(lambda: operation_fee(digital, minimum=2, maximum=1)) == "operation_fee_least_and_most"
    operation_fee(digital)
    assert refused(lambda: operation_fee(digital)) == "operation_fee_one_at_a_time"
    operation_fee(digital, price_list=default_price_list())
    recurring_fee(to)
    assert refused(lambda: recurring_fee(to, period="yearly")) == "recurring_fee_one_at_a_time"


@pytest.mark.django_db
@pytest.mark.spec("TIE-05")
def test_a_day_of_a_tier_is_charged_once():
    client, to = client_of_type(), tier(2)
    change = TierChange.objects.create(
        client=client, new_tier=to, direction="upgrade", with_fee=False, actor_type="system", actor_label="system:tests", at=LONG_AGO
    )
    ClientTerms.objects.create(client=client, tier=to, change=change, tier_since=LONG_AGO)
    fee = recurring_fee(to)

    def charge(due_on: date, ends_on: date) -> RecurringCharge:
        return RecurringCharge.objects.create(
            client=client, change=change, fee=fee, tier=to, months=1, due_on=due_on, ends_on=ends_on, amount=5, currency=fee.currency,
            next_try_at=timezone.now(), created_at=timezone.now(),
        )  # fmt: skip

    charge(date(2020, 2, 1), date(2020, 3, 1))
    charge(date(2020, 3, 1), date(2020, 4, 1))
    assert refused(lambda: charge(date(2020, 3, 31), date(2020, 4, 30))) == "recurring_charge_once_per_period"


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("FEE-02", "C1")
def test_of_two_overlapping_fees_at_once_one_is_refused():
    to = tier(2)
    prices = default_price_list()
    ready, outcomes = Barrier(2), []

    def add(day: int) -> None:
        try:
            with transaction.atomic():
                ready.wait()
                level_fee(to, price_list=prices, valid_from=datetime(2026, 1, day, tzinfo=UTC))
            outcomes.append("added")
        except (IntegrityError, OperationalError):  # of two at the very same time PostgreSQL calls it a deadlock
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=add, args=[day]) for day in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["added", "refused"]
    assert LevelFee.objects.count() == 1
    assert PriceList.objects.count() == 1
