"""What of issuing and burning can be put under four-eyes: shown, checked again, executed (USR-05)."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from core.actors import Actor
from core.registries import Approvable, register_approvable
from ledger.services.issuing import NotIssuable, burn, issue
from ledger.services.posting import PostedOperation
from wallets.models import Wallet


def _ids(payload: dict[str, Any]) -> dict[str, Any]:
    asset, wallet = Asset.objects.filter(code=payload["asset"]).first(), Wallet.objects.filter(reference=payload["wallet"]).first()
    if asset is None or wallet is None:
        raise NotIssuable(_("The asset %(asset)s or the wallet %(wallet)s is not there any more.") % payload)
    return {"asset_id": asset.pk, "wallet_id": wallet.pk, "quantity": Decimal(payload["quantity"]), "reason": payload["reason"]}


def _revalidate(payload: dict[str, Any]) -> None:
    _ids(payload)


def _execution(service: Callable[..., PostedOperation]) -> Callable[..., PostedOperation]:
    def execute(payload: dict[str, Any], *, actor: Actor, now: datetime, approval_id: int) -> PostedOperation:
        return service(**_ids(payload), actor=actor, now=now, approval_id=approval_id)

    return execute


def _preview_issue(payload: dict[str, Any]) -> str:
    return _("%(quantity)s %(asset)s are issued to the wallet %(wallet)s: %(reason)s") % payload


def _preview_burn(payload: dict[str, Any]) -> str:
    return _("%(quantity)s %(asset)s of the wallet %(wallet)s are destroyed: %(reason)s") % payload


def register() -> None:
    register_approvable(Approvable("ledger.issue", _("Issue more of an asset"), _preview_issue, _revalidate, _execution(issue)))
    register_approvable(Approvable("ledger.burn", _("Burn an asset"), _preview_burn, _revalidate, _execution(burn)))
