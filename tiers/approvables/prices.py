"""Changes of price lists and fees, as they can be put under four-eyes (USR-05)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from core.actors import Actor
from core.errors import DomainError
from core.registries import Approvable, register_approvable
from tiers.enums import FeeKind
from tiers.models import DictionaryEntry, PriceList
from tiers.services import pricing, rules

AMOUNTS = ("amount", "fixed", "percentage", "minimum", "maximum")


class Gone(DomainError):
    """What the payload names is not there any more."""

    code = "gone"


def _one(model: Any, **criteria: Any) -> Any:
    found = model._default_manager.filter(**criteria).first()
    if found is None:
        raise Gone(_("%(what)s is not there any more.") % {"what": next(iter(criteria.values()))})
    return found


# --- price lists -----------------------------------------------------------------------------------------------------


def _price_list(payload: dict[str, Any]) -> dict[str, Any]:
    values = {name: payload[name] for name in ("name", "is_default", "is_active")}
    values["currency"] = _one(Asset, code=payload["currency"])
    if payload["price_list"]:
        return values | {"price_list_id": _one(PriceList, reference=payload["price_list"]).pk}
    del values["is_active"]
    return values | {"client_type": payload["client_type"]}


def _revalidate_list(payload: dict[str, Any]) -> None:
    _price_list(payload)


def _execute_list(payload: dict[str, Any], *, actor: Actor, now: datetime, approval_id: int) -> PriceList:
    save = pricing.edit_price_list if payload["price_list"] else pricing.create_price_list
    return save(**_price_list(payload), actor=actor, now=now, approval_id=approval_id)


def _preview_list(payload: dict[str, Any]) -> Any:
    if payload["price_list"]:
        return _("The price list %(price_list)s is changed: %(name)s, %(currency)s.") % payload
    return _("A price list is created: %(name)s, %(currency)s.") % payload


# --- fees ------------------------------------------------------------------------------------------------------------


def _fee(payload: dict[str, Any]) -> dict[str, Any]:
    kind = FeeKind(payload["kind"])
    found: dict[str, Any] = {"kind": kind}
    if payload["do"] != "add":
        found["fee_id"] = _one(rules.MODELS[kind], reference=payload["fee"]).pk
    if payload["do"] == "end":
        found["at"] = _moment(payload["at"])
    if payload["do"] in ("add", "change"):
        found |= {"values": _values(payload["values"]), "valid_to": _moment(payload["valid_to"])}
    if payload["do"] == "add":
        prices = payload["price_list"]
        found |= {"price_list": _one(PriceList, reference=prices) if prices else None, "valid_from": _moment(payload["valid_from"])}
    return found


def _values(values: dict[str, Any]) -> dict[str, Any]:
    found = dict(values)
    for name in AMOUNTS:
        if found.get(name) is not None:
            found[name] = Decimal(found[name])
    for name, model, by in (("currency", Asset, "code"), ("asset", Asset, "code"), ("tier", DictionaryEntry, "reference")):
        if name in found:
            found[name] = _one(model, **{by: found[name]})
    return found


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _revalidate_fee(payload: dict[str, Any]) -> None:
    _fee(payload)


def _execute_fee(payload: dict[str, Any], *, actor: Actor, now: datetime, approval_id: int) -> Any:
    verbs: dict[str, Any] = {"add": rules.add_fee, "change": rules.change_fee, "end": rules.end_fee, "delete": rules.delete_fee}
    return verbs[payload["do"]](**_fee(payload), actor=actor, now=now, approval_id=approval_id)


def _preview_fee(payload: dict[str, Any]) -> Any:
    kind = FeeKind(payload["kind"]).label
    match payload["do"]:
        case "add":
            return _("A fee is added (%(kind)s): %(values)s.") % {"kind": kind, "values": _in_words(payload["values"])}
        case "change":
            words = {"kind": kind, "fee": payload["fee"], "values": _in_words(payload["values"])}
            return _("The fee %(fee)s is changed (%(kind)s): %(values)s.") % words
        case "end":
            return _("The fee %(fee)s ends (%(kind)s).") % {"kind": kind, "fee": payload["fee"]}
    return _("The fee %(fee)s is deleted (%(kind)s).") % {"kind": kind, "fee": payload["fee"]}


def _in_words(values: dict[str, Any]) -> str:
    return ", ".join(str(value) for value in values.values() if value not in (None, ""))


def register() -> None:
    register_approvable(Approvable("prices.price_list", _("Create or change a price list"), _preview_list, _revalidate_list, _execute_list))
    register_approvable(Approvable("prices.fee", _("Add, change or end a fee"), _preview_fee, _revalidate_fee, _execute_fee))
