"""Transfers by hand under four-eyes: shown, checked again, executed (USR-05)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from core.actors import Actor
from core.registries import Approvable, register_approvable
from ledger.services.posting import PostedOperation
from ledger.services.refusals import UnknownWalletOrAsset
from transactions.services.transfers import ACTION, transfer_manually
from wallets.models import Wallet


def _transfer(payload: dict[str, Any]) -> dict[str, Any]:
    asset = Asset.objects.filter(code=payload["asset"]).first()
    wallets = {name: Wallet.objects.filter(reference=payload[name]).first() for name in ("sender", "receiver")}
    if asset is None or None in wallets.values():
        raise UnknownWalletOrAsset
    return {
        "asset": asset, **wallets, "quantity": Decimal(payload["quantity"]), "comment": payload["comment"],
        "expires_on": date.fromisoformat(payload["expires_on"]) if payload["expires_on"] else None,
        "count": int(payload["count"]) if payload["count"] else None,
    }  # fmt: skip


def _revalidate_transfer(payload: dict[str, Any]) -> None:
    _transfer(payload)


def _execute_transfer(payload: dict[str, Any], *, actor: Actor, now: datetime, approval_id: int) -> PostedOperation:
    return transfer_manually(**_transfer(payload), actor=actor, now=now, approval_id=approval_id)


def _preview_transfer(payload: dict[str, Any]) -> str:
    return _("%(quantity)s %(asset)s move from the wallet %(sender)s to the wallet %(receiver)s: %(comment)s") % payload


def register() -> None:
    register_approvable(Approvable(ACTION, _("Transfer by hand"), _preview_transfer, _revalidate_transfer, _execute_transfer))
