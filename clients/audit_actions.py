"""What is recorded about clients."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "clients.created": _("Client created"),
    "clients.edited": _("Client edited"),
    "clients.activated": _("Client activated"),
    "clients.deactivated": _("Client deactivated"),
    "clients.reactivated": _("Client reactivated"),
    "clients.level_changed": _("Verification level changed"),
    "clients.blocked": _("Client blocked"),
    "clients.unblocked": _("Client unblocked"),
    "clients.frozen": _("Client frozen"),
    "clients.unfrozen": _("Client unfrozen"),
    "clients.signed_up_again": _("Client signed up again"),
    "clients.email_verified": _("E-mail address verified"),
    "clients.phone_verified": _("Phone number verified"),
    "clients.email_voided": _("E-mail address no longer verified"),
    "clients.phone_voided": _("Phone number no longer verified"),
    "clients.signed_in": _("Client signed in"),
    "clients.locked": _("Client's sign-in locked after wrong tries"),
    "clients.session_ended": _("Client's session ended"),
    "clients.sessions_revoked": _("Client's sessions revoked"),
    "clients.password_set": _("Client's password set"),
    "clients.reset_requested": _("Client's new password requested"),
    "clients.deleted": _("Client deleted its account"),
}

# Somebody has only looked (AUD-06).
READS = {
    "clients.read": _("Client's personal data seen"),
}
