from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "exports.requested": _("Export asked for"),
    "exports.made": _("List exported"),
    "exports.cancelled": _("Export cancelled"),
    "exports.failed": _("Export failed"),
    "exports.downloaded": _("Export downloaded"),
    "views.saved": _("View saved"),
    "views.updated": _("View changed"),
    "views.renamed": _("View renamed"),
    "views.shared": _("View shared anew"),
    "views.deleted": _("View deleted"),
    "views.pinned": _("View pinned to the navigation"),
    "views.unpinned": _("View unpinned"),
    "views.made_default": _("List opens with a view"),
    "views.no_longer_default": _("List opens with all rows again"),
}
