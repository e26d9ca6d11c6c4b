"""What of wallets moves rights, as it can be put under four-eyes (USR-05)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.users import UserMoved
from core.actors import Actor
from core.registries import Approvable, register_approvable
from wallets.access import choose_wallets
from wallets.models import Wallet


def _objects(payload: dict[str, Any]) -> dict[str, Any]:
    user = User.objects.filter(reference=payload["user"]).first()
    if user is None:
        raise UserMoved(_("This user is not there any more."))
    return {"user": user, "wallets": list(Wallet.objects.filter(reference__in=payload["wallets"]))}


def _revalidate(payload: dict[str, Any]) -> None:
    _objects(payload)


def _execute(payload: dict[str, Any], *, actor: Actor, now: datetime, approval_id: int) -> User:
    return choose_wallets(**_objects(payload), actor=actor, now=now, approval_id=approval_id)


def _preview(payload: dict[str, Any]) -> str:
    if not payload["wallets"]:
        return _("The user %(user)s sees all wallets of the organisation again.") % payload
    return _("The user %(user)s sees these wallets alone: %(wallets)s.") % (payload | {"wallets": ", ".join(payload["wallets"])})


def register() -> None:
    register_approvable(Approvable("users.choose_wallets", _("Restrict a user to wallets"), _preview, _revalidate, _execute))
