"""Sharing out the queue: many cases taken or released at once (KYC-11, UIX-08)."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kit.bulk.actions import BulkAction
from kyc import services
from kyc.enums import Right
from kyc.selectors import OPEN_CASES


class TakeCases(BulkAction):
    code = "take"
    right = Right.KYC_ACT
    title = verb = _("Take cases")
    button = _("Take")
    icon = "user"
    able = OPEN_CASES & Q(assigned_to__isnull=True)
    reasons = [(~OPEN_CASES, _("are decided already")), (Q(assigned_to__isnull=False), _("are taken already"))]

    def sentence(self) -> Any:
        return _("They become yours, and the others see that.")

    def perform_row(self, row: Any, actor: Any, now: datetime) -> None:
        services.take(case_id=row.pk, actor=actor, now=now)


class ReleaseCases(BulkAction):
    code = "release"
    right = Right.KYC_ACT
    title = verb = _("Release cases")
    button = _("Release")
    icon = "user-minus"
    able = OPEN_CASES & Q(assigned_to__isnull=False)
    reasons = [(~OPEN_CASES, _("are decided already")), (Q(assigned_to__isnull=True), _("are nobody's"))]

    def sentence(self) -> Any:
        return _("They are nobody's again, and anybody can take them.")

    def perform_row(self, row: Any, actor: Any, now: datetime) -> None:
        services.release(case_id=row.pk, actor=actor, now=now)
