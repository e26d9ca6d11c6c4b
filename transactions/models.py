"""What the rules said of a movement, kept with it (UIX-09)."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ledger.models import Group
from transactions.enums import Verdict


class Decision(models.Model):
    """What the rules were asked and said, as of its time: limits, tier and fees, with what was used and left.

    It belongs to the operations of `group`, posted or refused; without one to whatever waits and refers to it: an order, a
    hold. Written once: what is checked again later is decided anew.
    """

    group = models.OneToOneField(
        Group, models.PROTECT, null=True, blank=True, related_name="decision", db_constraint=False, verbose_name=_("transaction")
    )
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict.choices)
    code = models.CharField(_("refused because"), max_length=40, blank=True)
    content = models.JSONField(_("rules looked at"), encoder=DjangoJSONEncoder)
    decided_at = models.DateTimeField(_("decided"))

    writes = "insert"

    class Meta:
        verbose_name = _("decision")
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="decision_verdict_known"),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.REFUSED) & ~Q(code="") | ~Q(verdict=Verdict.REFUSED) & Q(code=""),
                name="decision_refused_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.code}".strip()
