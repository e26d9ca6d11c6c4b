"""What the settlement tells people about (CHN-04): once per cause while the alert is open."""

from datetime import datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from chain.models import Lane
from core.subjects import Subject
from messaging.models import Alert as OpenAlert
from messaging.services import raise_alert, settle_alert


class Alert(TextChoices):
    HALTED = "chain.halted", _("Settlement has halted")
    REVERTED = "chain.reverted", _("A transaction on the chain has reverted")
    FOREIGN_NONCE = "chain.foreign_nonce", _("The operator's key was used elsewhere")
    OUT_OF_FUNDS = "chain.out_of_funds", _("The operator's account runs dry")
    PAUSED = "chain.paused", _("The contract is paused, or the operator was removed")
    BEHIND = "chain.behind", _("Operations wait too long for the chain")
    STUCK = "chain.stuck", _("A transaction is stuck at the highest fee allowed")
    UNREACHABLE = "chain.unreachable", _("The node does not answer")
    NO_BLOCKS = "chain.no_blocks", _("The node shows no new blocks")
    QUEUE = "chain.queue", _("Too many operations wait for the chain")
    DIFFERENT = "chain.different", _("Balances on the chain differ from the ledger")
    REBUILT = "chain.rebuilt", _("The development chain was rebuilt from the ledger")


def lane_subject(lane: Lane) -> Subject:
    return Subject("chain.lane", str(lane.pk), lane.signer)


def tell(alert: Alert, *, lane: Lane, message: str, now: datetime, subject: Subject | None = None) -> None:
    raise_alert(kind=alert.value, subject=subject or lane_subject(lane), message=message, now=now)


def over(alert: Alert, *, lane: Lane, now: datetime) -> None:
    """The cause has gone by itself, or somebody has decided."""
    settle_alert(kind=alert.value, subject=lane_subject(lane), note=_("The cause has gone."), now=now)


def halt_over(*, now: datetime) -> None:
    """The lane goes on: whatever its halt was about, itself or one of its operations."""
    for opened in OpenAlert.objects.filter(kind=Alert.HALTED.value, settled_at=None):
        about = Subject(opened.subject_type, opened.subject_id, opened.subject_reference)
        settle_alert(kind=opened.kind, subject=about, note=_("The cause has gone."), now=now)
