from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TransactionsConfig(AppConfig):
    name = "transactions"
    database_functions = ("transactions_parties",)

    def ready(self) -> None:
        from audit.registry import register_actions
        from core.instance import register_setting
        from core.registries import register_rights
        from ledger.enums import OperationType
        from messaging.registry import register_alert_groups, register_alerts, register_mails
        from transactions import approvables, rights, search
        from transactions.audit_actions import ACTIONS
        from transactions.enums import Right
        from transactions.instance_settings import SETTINGS
        from transactions.mails import MAILS
        from transactions.services.holds import register_resumer, resumer_of_holds
        from transactions.services.holds.stuck import STUCK
        from transactions.services.p2p import go_on_with_transfer

        for setting in SETTINGS:
            register_setting(setting)
        register_rights(Right)
        register_actions(ACTIONS)
        approvables.register()
        rights.register()
        search.register()
        register_mails(MAILS)
        register_alert_groups({"transactions": _("Transactions on hold")})
        register_alerts({STUCK: _("A held transaction can't go on")}, group="transactions")
        register_resumer(OperationType.P2P_TRANSFER, resumer_of_holds(OperationType.P2P_TRANSFER, go_on_with_transfer))
