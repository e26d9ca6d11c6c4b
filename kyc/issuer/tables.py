from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as now_in_words
from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.cells import DONE, FAILED, UNDER_WAY, WAITS
from kit.lists import Column
from kyc.models import Case
from kyc.selectors import decided_by, has_waited_long

cells.register_meanings(
    Case, "status", opened=UNDER_WAY, with_provider=UNDER_WAY, more_information=UNDER_WAY, awaiting_decision=WAITS, approved=DONE,
    declined=FAILED,
)  # fmt: skip
cells.register_meanings(Case, "provider_result", accepted=DONE, declined=FAILED, cancelled=FAILED, error=FAILED)


def waiting_html(case: Case) -> Any:
    """Since when it is in its status, marked where an administrator has let it wait for long (KYC-11)."""
    if not case.is_open:
        return cells.NOTHING
    since = cells.when_html(case.waiting_since)
    if not has_waited_long(case, now=timezone.now()):
        return since
    return format_html('<span class="badge-status is-failed" title="{}">{}</span>', now_in_words("Waits long"), since)


def result_html(case: Case) -> Any:
    return cells.badge_of(case, "provider_result") if case.provider_result else cells.NOTHING


CASE_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("client", _("Client"), cell=lambda case: format_html("{}", case.client)),
    Column("tier", _("Requested tier"), cell=cells.text("tier__label")),
    Column("provider", _("Provider"), cell=lambda case: case.get_provider_display()),
    Column("provider_result", _("Result"), cell=result_html),
    Column("status", _("Status")),
    Column("waiting_since", _("Waiting since"), sort="waiting_since", cell=waiting_html),
    Column("decided_by", _("Decided by"), cell=lambda case: format_html("{}", decided_by(case)) if not case.is_open else cells.NOTHING),
    Column("opened_at", _("Opened"), sort="opened_at", align="end"),
    Column("assigned_to", _("Taken by"), cell=cells.text("assigned_to"), hidden=True),
    Column("client__reference", _("Client's reference"), hidden=True),
    Column("level", _("Level"), hidden=True),
    Column("fee", _("Fee"), asset="fee_asset", hidden=True),
    Column("result_at", _("Result arrived"), align="end", hidden=True),
    Column("decided_at", _("Decided"), align="end", hidden=True),
    Column("reason_code", _("Reason"), cell=lambda case: case.get_reason_code_display() or cells.NOTHING, hidden=True),
]
