"""The ledger and the chain, end to end: what is posted is settled, and the comparison finds what differs (CHN-08)."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from eth_utils import keccak

from accounts.tests.factories import sign_in, user
from assets.models import Asset
from chain.client import accounts
from chain.enums import Right as ChainRight
from chain.models import ChainIdentity, ChainOp, Comparison
from chain.services import queue_create_asset, settlement_of, verify, void
from chain.services.comparing import request_comparison, request_nightly, run_due
from chain.tests.node import ACTOR, TestNode
from ledger.enums import OperationType
from ledger.models import Operation
from ledger.services.chain_check import compare
from ledger.services.compensating import CannotBeCompensated, compensate
from ledger.tests.factories import buy, issuer_of, make_asset, make_wallet, move
from messaging.models import Alert
from wallets.enums import WalletOwner
from wallets.models import Wallet
from wallets.selectors import outside_wallet

pytestmark = pytest.mark.usefixtures("contract")


@pytest.fixture
def wallets() -> tuple[Wallet, Wallet, Wallet]:
    """Two clients and a merchant, with balances and counts that came through the ledger."""
    issuer = make_wallet(WalletOwner.ISSUER)
    asset = make_asset(issuer=issuer, limits_transactions=True, transaction_count=3)
    queue_create_asset(asset_id=asset.pk, decimals=asset.decimals, issuer_address=issuer.address, symbol=asset.code, now=timezone.now())
    move(OperationType.ASSET_CREATION, asset, outside_wallet(is_test=False), issuer, 1000)
    first, second, merchant = make_wallet(), make_wallet(), make_wallet(WalletOwner.ORGANISATION)
    buy(asset, first, "100.25")
    buy(asset, second, 7)
    move(OperationType.PAYMENT, asset, first, merchant, "0.75")
    return first, second, merchant


@pytest.mark.spec("CHN-02", "CHN-05", "CHN-08")
def test_what_is_posted_is_on_the_chain(wallets: tuple[Wallet, Wallet, Wallet], drain: Callable[[], None]) -> None:
    before = compare()
    assert (before.differences, before.unsettled) == ([], 4)  # nothing is there yet, and nothing is missing
    drain()
    after = compare()
    assert (after.differences, after.unsettled, after.wallets) == ([], 0, 4)
    assert verify(quiet=True) == []
    settled = settlement_of(ChainOp.objects.filter(kind=1).latest("id").operation_id or 0)
    assert settled is not None
    assert (settled.status, settled.confirmations) == ("settled", 1)
    call_command("compare_chain")


@pytest.mark.spec("CHN-08")
def test_a_difference_is_found_listed_and_alerted(
    wallets: tuple[Wallet, Wallet, Wallet], drain: Callable[[], None], node: TestNode, contract: ChainIdentity
) -> None:
    drain()
    _first, second, _merchant = wallets
    asset_id = ChainOp.objects.filter(kind=10).get().asset_id
    forge(node, contract, asset_id or 0, second.address, 5 | 1 << 128)
    run = request_comparison(actor=ACTOR, now=timezone.now())
    assert request_comparison(actor=ACTOR, now=timezone.now()) == run  # one that waits is enough
    assert run_due(now=timezone.now()) == 1
    run.refresh_from_db()
    assert (run.status, run.different) == ("different", 2)
    wallet, supply = run.differences
    assert (wallet["wallet"], Decimal(wallet["ledger_balance"]), Decimal(wallet["chain_balance"])) == (second.reference, 7, Decimal("0.05"))
    assert (wallet["ledger_count"], wallet["chain_count"]) == (3, 1)
    assert Decimal(supply["chain_balance"]) == Decimal("6.95")  # the supply says what the holders have lost
    assert Alert.objects.filter(kind="chain.different", settled_at=None).exists()
    with pytest.raises(CommandError, match="2 of 4 balances differ"):
        call_command("compare_chain")
    forge(node, contract, asset_id or 0, second.address, 700 | 3 << 128)
    request_nightly(now=timezone.now())
    request_nightly(now=timezone.now())
    run_due(now=timezone.now())
    assert list(Comparison.objects.order_by("id").values_list("status", flat=True)) == ["different", "equal"]
    assert not Alert.objects.filter(kind="chain.different", settled_at=None).exists()


def forge(node: TestNode, contract: ChainIdentity, asset_id: int, holder: str, packed: int) -> None:
    """Write an account straight into the contract's storage."""
    for slot in range(10):
        place = keccak(keccak(slot.to_bytes(32, "big") + asset_id.to_bytes(32, "big")) + bytes.fromhex(holder[2:]).rjust(32, b"\0"))
        if int(node.call("eth_getStorageAt", contract.contract, "0x" + place.hex(), "latest"), 16):
            node.call("anvil_setStorageAt", contract.contract, "0x" + place.hex(), f"0x{packed:064x}")
            node.call("evm_mine")
            return
    raise AssertionError("the storage layout has changed")


@pytest.mark.spec("CHN-04", "CHN-08")
def test_a_rejected_operation_is_voided_by_an_administrator(
    wallets: tuple[Wallet, Wallet, Wallet], drain: Callable[[], None], node: TestNode, contract: ChainIdentity
) -> None:
    """The chain has lost a balance that the ledger has: the operation is voided, the ledger takes it back, both agree."""
    drain()
    first, second, _merchant = wallets
    asset = Asset.objects.get(pk=ChainOp.objects.get(kind=10).asset_id)
    (held,) = accounts(asset.pk, [first.address], int(node.call("eth_blockNumber"), 16))
    forge(node, contract, asset.pk, first.address, 1)
    moved = move(OperationType.MANUAL_TRANSFER, asset, first, second, 5)
    drain()
    rejected = ChainOp.objects.get(operation_id=moved.operations[0].id)
    assert rejected.status == "rejected"
    forge(node, contract, asset.pk, first.address, held[0] | held[1] << 128)
    browser = sign_in(user(rights=[ChainRight.CHAIN_SEE, ChainRight.CHAIN_RESOLVE]))
    url = f"/settlement/operations/{rejected.reference}/void/"
    key = browser.get(url).context["key"]
    for _twice in range(2):
        assert browser.post(url, {"operation_key": key, "comment": "sent by mistake"}).status_code == 302
    (compensation,) = Operation.objects.filter(cause_reference=moved.operations[0].reference)
    assert (compensation.type, compensation.quantity, compensation.sender_id) == ("adjustment", 5, second.pk)
    drain()
    assert set(ChainOp.objects.filter(is_void=True).values_list("status", flat=True)) == {"voided"}
    assert compare().differences == []
    assert verify(quiet=True) == []
    shown = settlement_of(moved.operations[0].id)
    assert shown is not None
    assert shown.status == "voided"


@pytest.mark.spec("CHN-04")
def test_what_gave_a_count_cannot_be_taken_back(
    wallets: tuple[Wallet, Wallet, Wallet], drain: Callable[[], None], node: TestNode, contract: ChainIdentity
) -> None:
    drain()
    asset = Asset.objects.get(pk=ChainOp.objects.get(kind=10).asset_id)
    forge(node, contract, asset.pk, issuer_of(asset).address, 1)
    bought = buy(asset, wallets[0], 5)
    drain()
    rejected = ChainOp.objects.get(operation_id=bought.operations[0].id)
    with pytest.raises(CannotBeCompensated):
        void(
            operation=rejected,
            compensate=lambda operation: compensate(operation, actor=ACTOR, now=timezone.now(), comment=""),
            actor=ACTOR,
            now=timezone.now(),
            comment="",
        )
    assert ChainOp.objects.get(pk=rejected.pk).status == "rejected"


@pytest.mark.spec("CHN-08")
def test_a_silent_node_is_said_plainly(wallets: tuple[Wallet, Wallet, Wallet], drain: Callable[[], None], node: TestNode) -> None:
    drain()
    node.kill()
    run = request_comparison(actor=ACTOR, now=timezone.now())
    run_due(now=timezone.now())
    run.refresh_from_db()
    assert run.status == "failed"
    assert run.error
