from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        from audit.registry import register_actions
        from core.instance import register_setting
        from core.registries import extend
        from messaging.registry import register_alert_groups, register_alerts
        from orders import rights, search
        from orders.audit_actions import ACTIONS
        from orders.instance_settings import PAYMENT_HOURS

        register_setting(PAYMENT_HOURS)
        register_actions(ACTIONS)
        register_alert_groups({"orders": _("Orders and payments")})
        register_alerts(
            {
                "orders.callback_not_applied": _("A payment message could not be applied"),
                "orders.completion_blocked": _("A paid order can't be completed"),
            },
            group="orders",
        )
        extend("timeline", "provider", settings.PAYMENT_PROVIDER)
        rights.register()
        search.register()
