"""What of KYC can be put under four-eyes: shown, checked again, executed (USR-05)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.actors import Actor
from core.registries import Approvable, register_approvable
from kyc.models import Case
from kyc.services.cases import CaseAlreadyDecided
from kyc.services.decisions import ACTION, approve


def _case(payload: dict[str, Any]) -> Case:
    case = Case.objects.filter(reference=payload["case"]).first()
    if case is None or not case.is_open:
        raise CaseAlreadyDecided(_("The case %(case)s is decided already.") % payload)
    return case


def _revalidate(payload: dict[str, Any]) -> None:
    _case(payload)


def _execute(payload: dict[str, Any], *, actor: Actor, now: datetime, approval_id: int) -> Case:
    return approve(case_id=_case(payload).pk, note=payload["note"], actor=actor, now=now, approval_id=approval_id)


def _preview(payload: dict[str, Any]) -> str:
    return _("The KYC case %(case)s of the client %(client)s for %(tier)s is approved.") % payload


def register() -> None:
    register_approvable(Approvable(ACTION, _("Approve a KYC case"), _preview, _revalidate, _execute))
