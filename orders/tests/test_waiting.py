"""What in the business waits for a stuck transaction on the chain (CHN-09)."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.tests.factories import sign_in, user
from chain.enums import Right
from chain.models import ChainTx
from chain.services import broadcast, build, queue_create_asset, track
from chain.tests.node import TestNode
from ledger.enums import Right as LedgerRight
from orders.enums import Right as OrderRight
from orders.services import complete_order
from orders.tests.factories import TESTS, asset_for_sale, order, pay, stock


@pytest.mark.spec("CHN-09")
@pytest.mark.usefixtures("contract")
def test_the_order_that_waits_is_named_to_those_who_may_see_it(node: TestNode, drain: Callable[[], None]) -> None:
    asset, now = asset_for_sale(), timezone.now()
    address = asset.issuer_wallets.issuing_wallet.address
    with transaction.atomic():
        queue_create_asset(asset_id=asset.pk, decimals=asset.decimals, issuer_address=address, symbol=asset.code, now=now)
    stock(asset)
    drain()
    bought = order(asset=asset)
    node.call("evm_setAutomine", False)
    pay(bought)
    bought.refresh_from_db()
    if bought.status != "completed":
        complete_order(order_id=bought.pk, actor=TESTS, now=timezone.now())
    build(now=timezone.now())
    broadcast(now=timezone.now())
    track(now=timezone.now())
    waits = ChainTx.objects.get(status="sent")
    page = f"/settlement/transactions/{waits.hash}/?tab=operations"
    sees = sign_in(user(rights=[Right.CHAIN_SEE, LedgerRight.OPERATIONS_SEE, OrderRight.ORDERS_SEE]))
    assert f"/orders/{bought.reference}/" in sees.get(page).content.decode()
    assert bought.reference not in sign_in(user(rights=[Right.CHAIN_SEE])).get(page).content.decode()
