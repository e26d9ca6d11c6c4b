"""What an instance may set about signing in (INS-03): two-factor authentication, idle sessions, passwords."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.instance import Kind, Setting

SETTINGS = (
    Setting(
        key="accounts.two_factor_issuer",
        label=_("Two-factor authentication is mandatory for the issuer's people"),
        help=_("Who has none is led to set it up before anything else opens. For merchants' people it is always mandatory."),
        kind=Kind.YES_NO,
        default=True,
        group="security",
        order=10,
    ),
    Setting(
        key="accounts.idle_minutes",
        label=_("Idle sessions end after"),
        help=_("A warning comes before, and one click keeps the session."),
        kind=Kind.NUMBER,
        default=15,
        group="security",
        minimum=2,
        maximum=720,
        unit=_("minutes"),
        order=20,
    ),
    Setting(
        key="accounts.idle_minutes_money",
        label=_("Idle sessions on pages that move money end after"),
        help=_("The shorter of the two counts there."),
        kind=Kind.NUMBER,
        default=5,
        group="security",
        minimum=2,
        maximum=720,
        unit=_("minutes"),
        order=30,
    ),
    Setting(
        key="accounts.password_classes",
        label=_("Passwords need all four kinds of characters"),
        help=_("Lower and upper case letters, digits and other signs. It counts for passwords that are set from now on."),
        kind=Kind.YES_NO,
        default=settings.PASSWORD_CLASSES,
        group="security",
        order=40,
    ),
)
