"""What administrators set about transactions on hold (LIM-09)."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.instance import Kind, Setting

HELD_LEVELS = Setting(
    key="transactions.held_levels",
    label=_("Transactions are held at these levels"),
    help=_(
        "What a client at such a verification level pays, buys, sends, exchanges or redeems waits, its quantity reserved, until the client "
        "reaches another level. When you take a level out of these, what its clients have on hold goes on by itself."
    ),
    kind=Kind.CHOICES,
    default=settings.HELD_LEVELS,
    group="limits",
    choices=[
        ("0", _("Level 0")),
        ("1", _("Level 1")),
        ("2", _("Level 2")),
        ("3", _("Level 3")),
        ("4", _("Level 4")),
        ("5", _("Level 5")),
    ],
    order=30,
)
HOLD_DAYS = Setting(
    key="transactions.hold_days",
    label=_("A transaction stays on hold for"),
    help=_("After that it is closed, the quantity is released, and the client is told by mail. Counts for what is held from now on."),
    kind=Kind.NUMBER,
    default=30,
    group="limits",
    minimum=1,
    maximum=365,
    unit=_("days"),
    order=40,
)
SETTINGS = (HELD_LEVELS, HOLD_DAYS)
