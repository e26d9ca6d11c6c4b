"""What happens to the trail itself."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "audit.verification_requested": _("Verification of the trail requested"),
    "audit.personal_erased": _("Personal values erased from the trail"),
}
