from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "exports.requested": _("Export asked for"),
    "exports.made": _("List exported"),
    "exports.cancelled": _("Export cancelled"),
    "exports.failed": _("Export failed"),
    "exports.downloaded": _("Export downloaded"),
}
