"""What is recorded about organisations and keys."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "organisations.created": _("Organisation created"),
    "organisations.edited": _("Organisation edited"),
    "keys.created": _("API key created"),
    "keys.revoked": _("API key revoked"),
}

# Somebody has only looked (AUD-06).
READS = {
    "keys.read": _("API key's page seen"),
}
