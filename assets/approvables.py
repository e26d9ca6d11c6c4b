"""What of the rates can be put under four-eyes: shown, checked again, executed (USR-05, RAT-04)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from assets.services import InvalidRate, delete_rate, set_rate
from core.actors import Actor
from core.registries import Approvable, register_approvable


def _ids(payload: dict[str, Any]) -> dict[str, int]:
    found = dict(Asset.objects.filter(code__in=[payload["asset"], payload["currency"]]).values_list("code", "id"))
    try:
        return {"asset_id": found[payload["asset"]], "currency_id": found[payload["currency"]]}
    except KeyError as error:
        raise InvalidRate(_("The asset %(code)s is not there any more.") % {"code": error.args[0]}) from error


def _preview_set(payload: dict[str, Any]) -> Any:
    return _("The rate of %(asset)s becomes %(rate)s %(currency)s.") % payload


def _preview_delete(payload: dict[str, Any]) -> Any:
    return _("The rate of %(asset)s in %(currency)s is deleted.") % payload


def _revalidate(payload: dict[str, Any]) -> None:
    _ids(payload)


def _execute_set(payload: dict[str, Any], *, actor: Actor, now: datetime, approval_id: int) -> Any:
    return set_rate(**_ids(payload), rate=Decimal(payload["rate"]), actor=actor, now=now, approval_id=approval_id)


def _execute_delete(payload: dict[str, Any], *, actor: Actor, now: datetime, approval_id: int) -> None:
    delete_rate(**_ids(payload), actor=actor, now=now, approval_id=approval_id)


def register() -> None:
    register_approvable(Approvable("rates.set", _("Set a rate"), _preview_set, _revalidate, _execute_set))
    register_approvable(Approvable("rates.delete", _("Delete a rate"), _preview_delete, _revalidate, _execute_delete))
