from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Face(TextChoices):
    """A user belongs to one face (DESIGN section 3)."""

    ISSUER = "issuer", _("Issuer")
    MERCHANT = "merchant", _("Merchant")


class UserStatus(TextChoices):
    """Where an account stands (USR-10, USR-11). An invitation that was revoked leaves a deactivated account."""

    INVITED = "invited", _("Invited")
    ACTIVE = "active", _("Active")
    DEACTIVATED = "deactivated", _("Deactivated")
    DELETED = "deleted", _("Deleted")


class ThrottleKind(TextChoices):
    """What failed tries are counted by (ACC-05)."""

    ACCOUNT = "account", _("Account")
    ADDRESS = "address", _("Network address")
    FACTOR = "factor", _("Second factor")
    RESET = "reset", _("Password reset")


class Right(TextChoices):
    """Rights of this app (USR-01)."""

    USERS_SEE = "users.see", _("See users")
    USERS_EDIT = "users.edit", _("Invite, edit and deactivate users, and give them profiles")
    PROFILES_SEE = "profiles.see", _("See profiles")
    PROFILES_EDIT = "profiles.edit", _("Create, edit and delete profiles")
