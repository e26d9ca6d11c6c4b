from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TiersConfig(AppConfig):
    name = "tiers"

    def ready(self) -> None:
        from audit.registry import register_actions
        from core.instance import register_setting
        from messaging.registry import register_alert_groups, register_alerts
        from tiers import approvables, rights, search
        from tiers.audit_actions import ACTIONS
        from tiers.instance_settings import SETTINGS

        rights.register()
        approvables.register()
        search.register()
        for setting in SETTINGS:
            register_setting(setting)
        register_actions(ACTIONS)
        register_alert_groups({"limits": _("Limits")})
        register_alerts(
            {
                "limits.exceeded": _("A transaction passed a threshold"),
                "limits.none": _("No limit covers a client"),
                "limits.rate_missing": _("A threshold has no fresh rate"),
            },
            group="limits",
        )
        register_alert_groups({"tiers": _("Tiers and fees")})
        register_alerts({"tiers.recurring_unpaid": _("A recurring fee stays unpaid")}, group="tiers")
