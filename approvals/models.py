"""Which actions need a second person (USR-05)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ApprovalPolicy(models.Model):
    """The instance's choice for one registered action. An action without a row needs no approval."""

    action = models.CharField(_("action"), max_length=80, unique=True)
    is_required = models.BooleanField(_("needs a second person"), default=False)
    changed_at = models.DateTimeField(_("changed"))

    writes = "all"

    class Meta:
        verbose_name = _("approval policy")
        verbose_name_plural = _("approval policies")

    def __str__(self) -> str:
        return self.action
