"""The steps of a settlement, on the page and in the timelines of what it settles (UIX-02)."""

from typing import Any

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


def settlement_steps(way: Settlement) -> list[dict[str, Any]]:
    """Queued → submitted → confirmed for kit/steps.html; what has gone wrong instead of the last."""
    sent, done = way.submitted_at is not None, way.settled_at is not None
    steps = [
        {"label": _("Queued"), "css": "is-done", "at": way.queued_at, "note": ""},
        {"label": _("Submitted"), "css": "is-done" if sent else "is-way", "at": way.submitted_at, "note": ""},
    ]
    if way.failure:
        return [*steps, {"label": _("Failed"), "css": "is-failed", "at": None, "note": way.failure}]
    note = _("block %(block)s, %(seen)s of %(required)s confirmations") % {
        "block": way.block,
        "seen": min(way.confirmations, way.required),
        "required": way.required,
    }
    css = "is-done" if done else "is-way" if sent else ""
    return [*steps, {"label": _("Confirmed"), "css": css, "at": way.settled_at, "note": note if way.block else ""}]
