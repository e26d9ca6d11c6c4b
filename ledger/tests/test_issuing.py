"""Creating, issuing, reissuing and burning, down to the chain (AST-01, AST-02, AST-04, AST-05)."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from approvals.models import ApprovalPolicy
from approvals.services import ApprovalNeeded
from assets.models import Asset
from assets.services import CodeTaken, InvalidAsset, NewAsset, deactivate_asset
from assets.tests.factories import currency
from audit.models import AuditEvent
from chain.enums import ChainOpKind
from chain.models import ChainOp
from chain.services import settlement_of, verify
from core.actors import SystemActor
from core.amounts import InvalidQuantity
from ledger.enums import OperationType
from ledger.models import Operation
from ledger.services import issuing
from ledger.services.posting import available
from ledger.services.refusals import InsufficientBalance
from ledger.tasks import reissue_where_due
from ledger.tests.factories import buy, make_asset, make_wallet
from wallets.enums import WalletOwner
from wallets.models import AssetWallets
from wallets.selectors import issuer_wallet, issuing_wallet
from wallets.services import InvalidWallet, close_wallet
from wallets.tests.factories import client_wallet, organisation_wallet, own_wallet

ACTOR = SystemActor("tests")


def create(quantity="1000", *, issuing_in=None, received_in=None, **fields):
    values = {"code": "WLC", "name": "Welcome coin", "label": "Welcome", "decimals": 2} | fields
    is_test = bool(fields.get("is_test"))
    own = issuer_wallet(is_test=is_test)
    return issuing.create_asset(
        new=NewAsset(**values),
        quantity=Decimal(quantity),
        issuing_wallet=issuing_in or own,
        beneficiary_wallet=received_in or issuing_in or own,
        actor=ACTOR,
        now=timezone.now(),
    )


def issue(asset, quantity="10", *, wallet=None, reason="More demand", **more):
    wallet = wallet or issuer_wallet()
    return issuing.issue(
        asset_id=asset.pk, wallet_id=wallet.pk, quantity=Decimal(quantity), reason=reason, actor=ACTOR, now=timezone.now(), **more
    )


def burn(asset, quantity="10", *, wallet=None, reason="Contract ended", **more):
    wallet = wallet or issuer_wallet()
    return issuing.burn(
        asset_id=asset.pk, wallet_id=wallet.pk, quantity=Decimal(quantity), reason=reason, actor=ACTOR, now=timezone.now(), **more
    )


def stock(asset, wallet=None):
    return available(wallet or issuing_wallet(asset), asset, now=timezone.now())


def at_once(work, times):
    def run(number):
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


@pytest.mark.django_db
@pytest.mark.spec("AST-01", "AST-02")
def test_a_new_asset_is_registered_and_issued_in_one_transaction():
    first, second = own_wallet("Mint"), own_wallet("Stock")
    asset, operation = create("1000.5", issuing_in=first, received_in=second, transaction_count=3, expiration_days=30)
    assert (asset.on_chain, asset.is_active, asset.expires, asset.limits_transactions) == (True, True, True, True)
    row = Operation.objects.get(pk=operation.id)
    assert (row.type, row.quantity, row.receiver, row.cause_type) == (
        OperationType.ASSET_CREATION,
        Decimal("1000.5"),
        second,
        "assets.asset",
    )
    assert (stock(asset, first), stock(asset, second)) == (0, Decimal("1000.5"))
    registered, issued = ChainOp.objects.order_by("id")
    assert (registered.kind, registered.payload) == (
        ChainOpKind.CREATE_ASSET, {"decimals": 2, "issuer": first.address, "symbol": "WLC"},
    )  # fmt: skip
    assert (issued.kind, issued.amount, issued.destination, issued.operation_id) == (ChainOpKind.ISSUE, 100050, second.address, row.pk)
    wallets = AssetWallets.objects.get(asset=asset)
    assert (wallets.issuing_wallet, wallets.beneficiary_wallet) == (first, second)
    assert AuditEvent.objects.filter(action="assets.created").count() == 1


@pytest.mark.django_db
@pytest.mark.spec("AST-01")
@pytest.mark.parametrize(
    ("refusal", "wrong"),
    [
        (InvalidAsset, {"code": "wlc"}),
        (InvalidAsset, {"decimals": 19}),
        (InvalidAsset, {"expiration_days": 0}),
        (InvalidAsset, {"reissue_below": Decimal(1), "reissue_quantity": Decimal(1)}),
        (InvalidQuantity, {"max_client_balance": Decimal("1.001")}),
        (InvalidQuantity, {"quantity": "0"}),
        (InvalidQuantity, {"quantity": "0.001"}),
        (InvalidQuantity, {"quantity": "NaN"}),
        (InvalidQuantity, {"quantity": "1E+30"}),
        (CodeTaken, {"code": "USED"}),
        (InvalidWallet, {"issuing_in": "organisation"}),
        (InvalidWallet, {"received_in": "client"}),
        (InvalidWallet, {"is_test": True, "issuing_in": "live"}),
    ],
)
def test_what_is_refused_leaves_nothing_behind(refusal, wrong):
    make_asset(code="USED")
    made = {"organisation": organisation_wallet, "client": client_wallet, "live": issuer_wallet}
    before = Asset.objects.count(), ChainOp.objects.count(), Operation.objects.count()
    with pytest.raises(refusal):
        create(**{name: made[value]() if value in made else value for name, value in wrong.items()})
    assert (Asset.objects.count(), ChainOp.objects.count(), Operation.objects.count()) == before


@pytest.mark.django_db
@pytest.mark.spec("AST-02", "API-05")
def test_a_test_asset_stays_off_the_chain():
    asset, _operation = create("100", is_test=True)
    assert stock(asset) == 100
    assert not ChainOp.objects.exists()


@pytest.mark.django_db
@pytest.mark.spec("AST-04")
def test_more_is_issued_of_what_is_reissuable_alone():
    fixed, _operation = create(code="FIX")
    with pytest.raises(issuing.NotReissuable):
        issue(fixed)
    asset, _operation = create(reissuable=True)
    other = own_wallet()
    operation = Operation.objects.get(pk=issue(asset, "10.25", wallet=other).id)
    assert (operation.type, operation.comment, operation.receiver) == (OperationType.ADDITIONAL_ISSUING, "More demand", other)
    assert stock(asset, other) == Decimal("10.25")
    for refusal, wrong in (
        (issuing.ReasonMissing, {"reason": " "}),
        (InvalidQuantity, {"quantity": "0"}),
        (InvalidQuantity, {"quantity": "1.001"}),
        (issuing.NotIssuable, {"wallet": client_wallet()}),
        (issuing.NotIssuable, {"wallet": organisation_wallet()}),
    ):
        with pytest.raises(refusal):
            issue(asset, **wrong)
    with pytest.raises(issuing.NotIssuable):
        issue(currency())
    close_wallet(wallet_id=other.pk, actor=ACTOR, now=timezone.now())
    with pytest.raises(issuing.NotIssuable):
        issue(asset, wallet=other)
    deactivate_asset(asset_id=asset.pk, actor=ACTOR, now=timezone.now())
    with pytest.raises(issuing.NotIssuable):
        issue(asset)
    assert Operation.objects.filter(asset=asset).count() == 2


@pytest.mark.django_db
@pytest.mark.spec("AST-05")
def test_burning_takes_what_is_there_for_a_reason():
    asset, _operation = create("100")
    operation = Operation.objects.get(pk=burn(asset, "40").id)
    assert (operation.type, operation.comment, operation.sender) == (OperationType.BURNING, "Contract ended", issuer_wallet())
    assert stock(asset) == 60
    with pytest.raises(issuing.ReasonMissing):
        burn(asset, reason="")
    with pytest.raises(issuing.NotIssuable):
        burn(asset, wallet=organisation_wallet())
    with pytest.raises(InsufficientBalance):
        burn(asset, "60.01")
    assert stock(asset) == 60


@pytest.mark.django_db
@pytest.mark.spec("AST-05", "USR-05")
def test_under_four_eyes_nothing_is_issued_or_burnt():
    asset, _operation = create("100", reissuable=True)
    for action in ("ledger.burn", "ledger.issue"):
        ApprovalPolicy.objects.create(action=action, is_required=True, changed_at=timezone.now())
    for verb in (burn, issue):
        for approval_id in (None, 1):
            with pytest.raises(ApprovalNeeded):
                verb(asset, approval_id=approval_id)
    assert stock(asset) == 100


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("AST-05")
def test_of_burnings_at_once_as_many_succeed_as_there_is_stock():
    """C3: ten burn 30 of 100 each."""
    asset, _operation = create("100")

    def work(_number):
        try:
            burn(asset, "30")
        except InsufficientBalance:
            return 0
        return 1

    assert sum(at_once(work, 10)) == 3
    assert stock(asset) == 10


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("AST-04")
def test_automatic_reissue_happens_once_though_many_workers_run():
    asset, _operation = create("100", reissuable=True, reissue_below=Decimal(50), reissue_quantity=Decimal(200))
    assert at_once(lambda _number: len(issuing.reissue_where_due(now=timezone.now())), 8) == [0] * 8
    buy(asset, make_wallet(WalletOwner.CLIENT), "50")
    assert issuing.reissue_where_due(now=timezone.now()) == []  # 50 is not below 50
    buy(asset, make_wallet(WalletOwner.CLIENT), "0.01")
    assert sum(at_once(lambda _number: len(issuing.reissue_where_due(now=timezone.now())), 8)) == 1
    operation = Operation.objects.get(type=OperationType.ADDITIONAL_ISSUING)
    assert (operation.quantity, operation.actor_label) == (200, "system:automatic-reissue")
    assert stock(asset) == Decimal("249.99")
    reissue_where_due()
    assert Operation.objects.filter(type=OperationType.ADDITIONAL_ISSUING).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("AST-04")
def test_one_asset_that_can_not_be_issued_does_not_hold_up_the_others():
    """Here the first one would pass the largest number that the ledger holds."""
    largest = "9" * 20
    first, _operation = create(
        largest, code="AAA", decimals=0, reissuable=True, reissue_below=Decimal(largest), reissue_quantity=Decimal(largest)
    )
    second, _operation = create("10", code="BBB", reissuable=True, reissue_below=Decimal(20), reissue_quantity=Decimal(100))
    burn(first, "5")
    reissue_where_due()
    assert stock(second) == 110


@pytest.mark.spec("AST-02", "AST-04", "AST-05", "CHN-02")
def test_all_of_it_is_settled_on_the_chain(drain):
    asset, created = create("1000", reissuable=True)
    operations = [created, issue(asset, "500"), burn(asset, "300.25")]
    drain()
    assert [settlement_of(operation.id).status for operation in operations] == ["settled"] * 3
    assert ChainOp.objects.get(kind=ChainOpKind.CREATE_ASSET).status == "settled"
    assert verify(quiet=True) == []


@pytest.mark.django_db
@pytest.mark.spec("LED-04", "AST-01")
def test_the_longest_quantity_is_issued_to_the_last_digit():
    longest = "99999999999999999999.123456789012345678"
    asset, operation = create(longest, decimals=18)
    assert Operation.objects.get(pk=operation.id).quantity == Decimal(longest)
    assert ChainOp.objects.get(operation_id=operation.id).amount == Decimal(longest.replace(".", ""))
    assert stock(asset) == Decimal(longest)
