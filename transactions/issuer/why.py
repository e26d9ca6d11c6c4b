"""*Why?*: what the rules said, in plain words (UIX-09)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.registries import visible
from kit import cells
from kit.details import DetailPage, Tab
from ledger.services.refusals import words_of
from tiers.services.limits import Decision as LimitDecision
from transactions.enums import Verdict
from transactions.models import Decision
from transactions.services.judgement import Fee, Judgement, fees_of

MEANINGS = {Verdict.ALLOWED: cells.DONE, Verdict.ALERT_ONLY: cells.WAITS, Verdict.REFUSED: cells.FAILED}
SENTENCES = {
    Verdict.ALLOWED: _("Every rule was kept."),
    Verdict.ALERT_ONLY: _("It may go on; those who watch the limits are told."),
    Verdict.REFUSED: _("A rule stands in the way."),
}


@dataclass(frozen=True, slots=True)
class Why:
    """A decision for the templates. `message` is of a refusal that no limit made: a limit's own words are made as they are read."""

    verdict: Verdict
    limits: LimitDecision | None
    fees: tuple[Fee, ...]
    message: str = ""
    decided_at: datetime | None = None

    @property
    def verdict_label(self) -> Any:
        return self.verdict.label

    @property
    def verdict_meaning(self) -> str:
        return MEANINGS[self.verdict]

    @property
    def sentence(self) -> Any:
        return SENTENCES[self.verdict]

    @property
    def lifted(self) -> bool:
        return self.limits is not None and any(look.overridden for look in self.limits.looks)


def why_of(kept: Decision | None) -> Why | None:
    """What was kept, read again; None where nothing was."""
    if kept is None:
        return None
    limits = LimitDecision.from_json(kept.content["limits"]) if "limits" in kept.content else None
    refusal = kept.content.get("refusal", {})
    message = "" if limits is not None and limits.refusal is not None else refusal.get("message", "")
    return Why(Verdict(kept.verdict), limits, fees_of(kept.content), message, kept.decided_at)


def why_now(judgement: Judgement) -> Why:
    """The same of a judgement that was only asked for."""
    message = str(judgement.refusal) if judgement.refusal is not None and not judgement.is_of_limits else ""
    return Why(judgement.verdict, judgement.limits, judgement.fees, message)


def why_of_operation(page: DetailPage) -> dict[str, Any]:
    kept = visible(Decision, page.request.user).filter(group_id=page.object.group_id).first()
    return {"why": why_of(kept), "reason": words_of(page.object.refused_reason) if page.object.refused_reason else ""}


WHY_OPERATION = Tab("why", _("Why?"), "transactions/why.html", context=why_of_operation)
