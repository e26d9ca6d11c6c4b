from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        from audit.registry import register_actions
        from core.instance import register_setting
        from core.registries import extend
        from ledger.enums import OperationType
        from messaging.registry import register_alert_groups, register_alerts, register_mails
        from orders import rights, search
        from orders.audit_actions import ACTIONS
        from orders.enums import HoldKind, OrderStatus
        from orders.instance_settings import PAYMENT_HOURS
        from orders.mails import MAILS
        from orders.models import Order
        from orders.selectors import what_is_open
        from orders.services import resume_order
        from transactions.services.holds import Resumer, register_resumer

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
        register_mails(MAILS)
        extend("timeline", "provider", settings.PAYMENT_PROVIDER)
        rights.register()
        register_resumer(
            OperationType.PURCHASE,
            Resumer(
                open=lambda: Order.objects.filter(status=OrderStatus.ON_HOLD, hold_kind=HoldKind.LEVEL),
                arrived="created_at",
                resume=resume_order,
            ),
        )
        extend("clients.services.delete_account", "refuse", what_is_open)
        search.register()
