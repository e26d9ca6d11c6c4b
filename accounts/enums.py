from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Face(TextChoices):
    """A user belongs to one face (DESIGN section 3)."""

    ISSUER = "issuer", _("Issuer")
    MERCHANT = "merchant", _("Merchant")


class ThrottleKind(TextChoices):
    """What failed tries are counted by (ACC-05)."""

    ACCOUNT = "account", _("Account")
    ADDRESS = "address", _("Network address")
    FACTOR = "factor", _("Second factor")
    RESET = "reset", _("Password reset")


class Right(TextChoices):
    """Rights of this app (USR-01)."""

    USERS_SEE = "users.see", _("See users and profiles")
    USERS_EDIT = "users.edit", _("Create and edit users and profiles")
