"""How quantities of a digital asset come into being and cease to be (AST-01, AST-02, AST-04, AST-05). Each is one operation of
the ledger with the outside world, and one on the chain."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from approvals.services import require
from assets.enums import AssetKind, AssetStatus
from assets.models import Asset
from assets.services import NewAsset, add_digital_asset, plain
from audit.services import record
from chain.services import queue_create_asset
from core.actors import Actor, SystemActor
from core.amounts import check_quantity
from core.errors import DomainError
from core.locks import lock
from ledger.enums import OperationType
from ledger.services.posting import Cause, Move, PostedOperation, available, post
from wallets.enums import WalletOwner
from wallets.models import Wallet
from wallets.selectors import issuing_wallet, outside_wallet
from wallets.services import assign_issuer_wallets

log = structlog.get_logger()
REISSUER = SystemActor("automatic-reissue")
SHORTEST_REASON = 3  # characters


class NotReissuable(DomainError):
    code = "not_reissuable"


class NotIssuable(DomainError):
    """Not an active digital asset, or not an open wallet of the issuer."""

    code = "not_issuable"


class ReasonMissing(DomainError):
    code = "reason_missing"
    status = 422


@transaction.atomic(durable=True)
def create_asset(
    *, new: NewAsset, quantity: Decimal, issuing_wallet: Wallet, beneficiary_wallet: Wallet, actor: Actor, now: datetime
) -> tuple[Asset, PostedOperation]:
    """A digital asset with its first quantity, registered on the chain and issued to the beneficiary wallet at once (AST-01,
    AST-02). A test asset stays off the chain.

    Raises InvalidAsset, CodeTaken, InvalidQuantity, InvalidWallet.
    """
    new = replace(new, code=new.code.strip(), name=new.name.strip(), label=new.label.strip())
    asset = add_digital_asset(new=new, actor=actor, now=now)
    _check_quantity(quantity, asset)
    assign_issuer_wallets(asset=asset, issuing_wallet=issuing_wallet, beneficiary_wallet=beneficiary_wallet)
    if asset.on_chain:
        queue_create_asset(asset_id=asset.pk, decimals=asset.decimals, issuer_address=issuing_wallet.address, symbol=asset.code, now=now)
    return asset, _issue(OperationType.ASSET_CREATION, asset, beneficiary_wallet, quantity, actor=actor, now=now)


@transaction.atomic(durable=True)
def issue(
    *, asset_id: int, wallet_id: int, quantity: Decimal, reason: str, actor: Actor, now: datetime, approval_id: int | None = None
) -> PostedOperation:
    """Issue more of a reissuable asset to a wallet of the issuer, and say why (AST-04).

    Raises NotReissuable, NotIssuable, ReasonMissing, InvalidQuantity, ApprovalNeeded.
    """
    asset = lock(Asset.objects.all(), pk=asset_id)
    wallet = _own_wallet(wallet_id, asset)
    reason = _reason(reason)
    if not asset.reissuable:
        raise NotReissuable(_("%(code)s is not reissuable: that was fixed when it was created.") % {"code": asset.code})
    _check_quantity(quantity, asset)
    payload = payload_of(asset, wallet, quantity, reason)
    require(action="ledger.issue", actor=actor, payload=payload, approval_id=approval_id)
    operation = _issue(OperationType.ADDITIONAL_ISSUING, asset, wallet, quantity, comment=reason, actor=actor, now=now)
    _record("assets.issued", asset, wallet, quantity, operation, actor=actor, now=now, comment=reason)
    return operation


@transaction.atomic(durable=True)
def burn(
    *, asset_id: int, wallet_id: int, quantity: Decimal, reason: str, actor: Actor, now: datetime, approval_id: int | None = None
) -> PostedOperation:
    """Destroy a quantity that a wallet of the issuer holds, for a reason (AST-05). It can't be undone.

    Raises NotIssuable, ReasonMissing, InvalidQuantity, InsufficientBalance, ApprovalNeeded.
    """
    asset = lock(Asset.objects.all(), pk=asset_id)
    wallet = _own_wallet(wallet_id, asset)
    reason = _reason(reason)
    _check_quantity(quantity, asset)
    payload = payload_of(asset, wallet, quantity, reason)
    require(action="ledger.burn", actor=actor, payload=payload, approval_id=approval_id)
    move = Move(
        type=OperationType.BURNING,
        asset=asset,
        sender=wallet,
        receiver=outside_wallet(is_test=asset.is_test),
        quantity=quantity,
        comment=reason,
    )
    operation = post(moves=[move], actor=actor, now=now, cause=Cause.of(asset)).operations[0]
    _record("assets.burnt", asset, wallet, quantity, operation, actor=actor, now=now, comment=reason)
    return operation


def reissue_where_due(*, now: datetime) -> list[PostedOperation]:
    """Issue more of every asset whose issuing wallet has run below its mark (AST-04). The sweeper's verb: it can be run at any
    time, by any number of workers, and stopped anywhere."""
    due = Asset.objects.filter(reissue_below__isnull=False, status=AssetStatus.ACTIVE).order_by("pk")
    posted = []
    for asset_id in due.values_list("pk", flat=True):
        try:
            operation = reissue_automatically(asset_id=asset_id, now=now)
        except DomainError as error:  # one asset that can't be issued doesn't hold up the others
            log.warning("automatic_reissue_refused", asset_id=asset_id, code=error.code)
            continue
        if operation is not None:
            posted.append(operation)
    return posted


@transaction.atomic(durable=True)
def reissue_automatically(*, asset_id: int, now: datetime) -> PostedOperation | None:
    """Issue the set quantity once if the issuing wallet can give less than the mark, else None. The asset's row lock makes a
    second worker look again after the first one's commit."""
    asset = lock(Asset.objects.all(), pk=asset_id)
    if asset.reissue_below is None or asset.reissue_quantity is None or not asset.is_active:
        return None
    wallet = issuing_wallet(asset)
    if available(wallet, asset, now=now) >= asset.reissue_below:
        return None
    operation = _issue(OperationType.ADDITIONAL_ISSUING, asset, wallet, asset.reissue_quantity, actor=REISSUER, now=now)
    _record("assets.reissued", asset, wallet, asset.reissue_quantity, operation, actor=REISSUER, now=now)
    return operation


def _issue(
    kind: OperationType, asset: Asset, wallet: Wallet, quantity: Decimal, *, actor: Actor, now: datetime, comment: str = ""
) -> PostedOperation:
    outside = outside_wallet(is_test=asset.is_test)
    move = Move(type=kind, asset=asset, sender=outside, receiver=wallet, quantity=quantity, comment=comment)
    return post(moves=[move], actor=actor, now=now, cause=Cause.of(asset)).operations[0]


def _record(
    action: str,
    asset: Asset,
    wallet: Wallet,
    quantity: Decimal,
    operation: PostedOperation,
    *,
    actor: Actor,
    now: datetime,
    comment: str = "",
) -> None:
    """The event on the asset's timeline, which names the operation."""
    details = {"quantity": plain(quantity), "wallet": wallet.reference, "operation": operation.reference}
    record(action=action, actor=actor, subject=asset, details=details, comment=comment, now=now)


def _own_wallet(wallet_id: int, asset: Asset) -> Wallet:
    if asset.kind != AssetKind.DIGITAL:
        raise NotIssuable(_("A currency is never issued or burnt: it is topped up and withdrawn."))
    if not asset.is_active:
        raise NotIssuable(_("%(code)s is deactivated. Reactivate it first.") % {"code": asset.code})
    wallet = Wallet.objects.filter(pk=wallet_id, owner_type=WalletOwner.ISSUER, is_test=asset.is_test).first()
    if wallet is None or not wallet.is_open:
        raise NotIssuable(_("Choose an open wallet of the issuer."), field="wallet")
    return wallet


def _reason(reason: str) -> str:
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise ReasonMissing(_("Say why, in a few words: it stays with the operation."), field="reason")
    return reason


def _check_quantity(quantity: Decimal, asset: Asset) -> None:
    try:
        check_quantity(quantity, decimals=asset.decimals)
    except DomainError as error:
        error.field = "quantity"
        raise


def payload_of(asset: Asset, wallet: Wallet, quantity: Decimal, reason: str) -> dict[str, str]:
    """What a second person approves, in public names."""
    return {"asset": asset.code, "wallet": wallet.reference, "quantity": f"{quantity:f}", "reason": reason}
