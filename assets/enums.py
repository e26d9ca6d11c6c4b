from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AssetKind(TextChoices):
    DIGITAL = "digital", _("Digital asset")
    CURRENCY = "currency", _("Currency")


class AssetStatus(TextChoices):
    """A digital asset is usable once its creation is in the ledger (AST-02); deactivated, it can't move (AST-06)."""

    ACTIVE = "active", _("Active")
    DEACTIVATED = "deactivated", _("Deactivated")


class RateEvent(TextChoices):
    ADDED = "added", _("Added")
    CHANGED = "changed", _("Changed")
    DELETED = "deleted", _("Deleted")


class Right(TextChoices):
    ASSETS_SEE = "assets.see", _("See assets")
    ASSETS_EDIT = "assets.edit", _("Create, edit and deactivate assets")
    ASSETS_ISSUE = "assets.issue", _("Issue more of an asset")
    ASSETS_BURN = "assets.burn", _("Burn assets")
    RATES_SEE = "rates.see", _("See rates")
    RATES_EDIT = "rates.edit", _("Add, modify and delete rates")
