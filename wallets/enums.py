from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class WalletOwner(TextChoices):
    """Whose wallet it is. `outside` stands for the outside world: it has no balance row and may go negative (LED-02)."""

    ISSUER = "issuer", _("Issuer")
    ORGANISATION = "organisation", _("Organisation")
    CLIENT = "client", _("Client")
    SYSTEM = "system", _("System account")
    OUTSIDE = "outside", _("Outside world")


class WalletStatus(TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class Right(TextChoices):
    WALLETS_SEE = "wallets.see", _("See wallets")
    WALLETS_EDIT = "wallets.edit", _("Create, edit and close wallets")
