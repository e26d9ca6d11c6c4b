from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "instance.setting_changed": _("Instance setting changed"),
    "instance.setting_reset": _("Instance setting put back to its default"),
}
