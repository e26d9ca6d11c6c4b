from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "assets.created": _("Asset created"),
    "assets.edited": _("Asset edited"),
    "assets.image_set": _("Asset image set"),
    "assets.image_removed": _("Asset image removed"),
    "assets.deactivated": _("Asset deactivated"),
    "assets.reactivated": _("Asset reactivated"),
    "rates.added": _("Rate added"),
    "rates.changed": _("Rate changed"),
    "rates.deleted": _("Rate deleted"),
}
