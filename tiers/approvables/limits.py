"""What of limits can be put under four-eyes: shown, checked again, executed (USR-05)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.actors import Actor
from core.registries import Approvable, register_approvable
from tiers.models import Limit
from tiers.services.limits import editing
from tiers.services.limits.terms import LimitTerms, ThresholdTerms, UnfitLimit

SENTENCES = {
    "create": _("The limit “%(name)s” is created."),
    "edit": _("The limit %(limit)s becomes “%(name)s”, with these criteria."),
    "activate": _("The limit %(limit)s covers clients from then on."),
    "deactivate": _("The limit %(limit)s covers no one from then on."),
    "add": _("The limit %(limit)s gets a threshold of %(amount)s."),
    "change": _("A threshold of the limit %(limit)s becomes %(amount)s."),
    "remove": _("A threshold of %(amount)s is taken out of the limit %(limit)s."),
}


def _limit_id(payload: dict[str, Any]) -> int:
    found = Limit.objects.filter(reference=payload["limit"]).values_list("pk", flat=True).first()
    if found is None:
        raise UnfitLimit(_("The limit is not there any more."))
    return found


def _preview(payload: dict[str, Any]) -> Any:
    content = payload["content"]
    names = {"limit": payload["limit"], "name": content.get("name", ""), "amount": f"{content.get('amount', '')} {_unit(content)}".strip()}
    return SENTENCES[payload["change"]] % names


def _unit(content: dict[str, Any]) -> str:
    return str(content.get("currency") or content.get("asset") or "")


def _revalidate(payload: dict[str, Any]) -> None:
    if payload["change"] != "create":
        _limit_id(payload)


def _execute(payload: dict[str, Any], *, actor: Actor, now: datetime, approval_id: int) -> Any:
    content = dict(payload["content"])
    by: dict[str, Any] = {"actor": actor, "now": now, "approval_id": approval_id}
    if payload["change"] == "create":
        first = ThresholdTerms.from_words(content.pop("threshold"))
        return editing.create_limit(terms=LimitTerms.from_words(content), threshold=first, **by)
    by["limit_id"] = _limit_id(payload)
    match payload["change"]:
        case "edit":
            return editing.edit_limit(terms=LimitTerms.from_words(content), **by)
        case "activate":
            return editing.activate_limit(**by)
        case "deactivate":
            return editing.deactivate_limit(**by)
        case "add":
            return editing.add_threshold(terms=ThresholdTerms.from_words(content), **by)
    by["threshold_id"] = content.pop("threshold")
    if payload["change"] == "remove":
        return editing.remove_threshold(**by)
    return editing.change_threshold(terms=ThresholdTerms.from_words(content), **by)


def register() -> None:
    register_approvable(Approvable(editing.ACTION, _("Change a limit"), _preview, _revalidate, _execute))
