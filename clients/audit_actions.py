"""What is recorded about clients."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "clients.created": _("Client created"),
    "clients.edited": _("Client edited"),
    "clients.activated": _("Client activated"),
    "clients.deactivated": _("Client deactivated"),
    "clients.reactivated": _("Client reactivated"),
    "clients.level_changed": _("Verification level changed"),
}

# Somebody has only looked (AUD-06).
READS = {
    "clients.read": _("Client's personal data seen"),
}
