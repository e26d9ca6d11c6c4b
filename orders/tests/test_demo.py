"""The demo tells a whole story through the real services: every status, in the order of time, with clean books (OPS-01)."""

from collections import Counter

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Profile, User
from chain.models import ChainOp
from clients.models import Client
from clients.services.sessions import Key, sign_in
from core.registries import visible
from ledger.models import Operation
from orders.enums import HoldKind, OrderStatus, PaymentState, RefundStatus
from orders.models import Order, Refund
from orders.services import unpaid
from orders.services.completion import due_for_completion
from organisations.api_keys import authenticate
from wallets.models import Wallet


@pytest.mark.spec("OPS-01", "ORD-01")
@pytest.mark.django_db(transaction=True)
def test_the_demo(settings, tmp_path):
    settings.DEMO, settings.DATA_DIR, settings.PAYMENT_HOOK_SECRETS = True, tmp_path, ["hook-secret"]
    call_command("demo")

    values = dict(line.split("=", 1) for line in (tmp_path / "demo.env").read_text().splitlines())
    assert {"BASE_URL", "ADMIN_EMAIL", "ADMIN_PASSWORD", "MERCHANT_EMAIL", "MERCHANT_PASSWORD", "CHANNEL_API_KEY"} <= values.keys()
    people = {status: User.objects.filter(status=status).count() for status in ("active", "invited", "deactivated")}
    assert people == {"active": Profile.objects.filter(is_default=True).count() + 1, "invited": 1, "deactivated": 1}
    assert sum(name.endswith("_TOTP_SECRET") for name in values) == people["active"]
    regional, cashier = User.objects.get(email=values["REGIONAL_EMAIL"]), User.objects.get(email=values["MERCHANT_CASHIER_EMAIL"])
    assert len(regional.organisation_ids) == 2
    assert visible(Wallet, cashier).get().organisation.wallets.count() == 2
    assert User.objects.get(email=values["ADMIN_EMAIL"]).check_password(values["ADMIN_PASSWORD"])
    assert authenticate(values["CHANNEL_API_KEY"]).organisation is None
    assert values["PAYMENT_HOOK_SECRET"] == "hook-secret"
    channel = authenticate(values["CHANNEL_API_KEY"])
    key = Key(id=channel.pk, reference=channel.reference, is_test=False)
    session, _token = sign_in(
        key=key, email=values["CLIENT_EMAIL"], password=values["CLIENT_PASSWORD"], address="192.0.2.1", now=timezone.now()
    )
    assert session.client.is_reachable
    assert {"active", "blocked", "frozen"} <= set(Client.objects.values_list("status", flat=True))

    orders = list(Order.objects.order_by("id"))
    own = Client.objects.exclude(email__endswith="@clients.example")  # those belong to what lower floors show
    assert (len(orders), own.count()) == (200, 40)
    assert {client.type for client in Client.objects.all()} == {"person", "company"}
    assert {order.status for order in orders} == set(OrderStatus.values)
    assert {order.hold_kind for order in orders} == {"", HoldKind.HAND, HoldKind.LIMIT}
    assert {order.payment_state for order in orders} >= set(PaymentState.values) - {PaymentState.OTHER_CURRENCY}
    assert set(Refund.objects.values_list("status", flat=True)) == set(RefundStatus.values)
    blocked = [order for order in orders if order.status == OrderStatus.PAID]
    assert {order.blocked_code for order in blocked} == {"maximum_balance_exceeded"}

    now = timezone.now()
    assert [order.created_at for order in orders] == sorted(order.created_at for order in orders)
    assert all((now - order.created_at).days <= 90 and order.created_at < now for order in orders)
    assert unpaid(now=now) == []  # nothing that the sweeper would undo at once
    assert len(due_for_completion(now=now)) <= len(blocked)
    completed = Counter(order.status for order in orders)[OrderStatus.COMPLETED]
    purchases = Operation.objects.filter(type="purchase", status="posted")
    assert purchases.count() == completed == purchases.values("cause_id").distinct().count()
    assert ChainOp.objects.filter(operation_id__in=purchases.values("pk")).count() == completed

    before = Order.objects.count()
    call_command("demo")  # a second start repeats nothing
    assert Order.objects.count() == before
