"""The steps of a settlement, for the timelines of what it settles (UIX-02)."""

from django.utils.translation import gettext as _

from chain.services import Settlement
from kit.timeline import Kind, Moment


def settlement_moments(way: Settlement | None) -> list[Moment]:
    """Queued, submitted, confirmed: those that have happened."""
    if way is None:
        return []
    steps = [
        (way.queued_at, _("Queued for the chain")),
        (way.submitted_at, _("Submitted to the chain")),
        (way.settled_at, _("Confirmed on the chain in block %(block)s") % {"block": way.block}),
    ]
    return [Moment(at=at, kind=Kind.CHAIN, label=label) for at, label in steps if at is not None]
