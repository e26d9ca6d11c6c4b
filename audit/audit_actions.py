"""What happens to the trail itself."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "audit.verification_requested": _("Verification of the trail requested"),
    "audit.personal_erased": _("Personal values erased from the trail"),
    # A neighbour on this floor, messaging, records these through the registry.
    "alerts.raised": _("Alert raised"),
    "alerts.seen": _("Alert seen"),
    "alerts.assigned": _("Alert assigned"),
    "alerts.settled": _("Alert settled"),
    "alerts.subscriptions_changed": _("Subscriptions to alerts changed"),
    "mail_templates.edited": _("Mail template edited"),
    "mail_templates.reset": _("Mail template reset to default"),
}

# Somebody has only looked (AUD-06).
READS = {
    "audit.read": _("Audit event with personal values seen"),
    "mails.read": _("Mail seen"),  # by messaging's pages
}
