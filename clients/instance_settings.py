"""What an instance may set about clients' sign-in (CLI-11)."""

from django.utils.translation import gettext_lazy as _

from core.instance import Kind, Setting

SETTINGS = (
    Setting(
        key="clients.session_days",
        label=_("Clients' sessions end after"),
        help=_("Counted from the sign-in, however much the session is used. It counts for sessions that begin from now on."),
        kind=Kind.NUMBER,
        default=30,
        group="security",
        minimum=1,
        maximum=365,
        unit=_("days"),
        order=50,
    ),
    Setting(
        key="clients.session_idle_hours",
        label=_("Unused sessions of clients end after"),
        help=_("Counted from the last call with the client's token."),
        kind=Kind.NUMBER,
        default=72,
        group="security",
        minimum=1,
        maximum=8760,
        unit=_("hours"),
        order=60,
    ),
)
