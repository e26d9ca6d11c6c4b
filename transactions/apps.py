from django.apps import AppConfig


class TransactionsConfig(AppConfig):
    name = "transactions"

    def ready(self) -> None:
        from audit.registry import register_actions
        from core.instance import register_setting
        from core.registries import register_rights
        from transactions import approvables, rights
        from transactions.audit_actions import ACTIONS
        from transactions.enums import Right
        from transactions.instance_settings import SETTINGS

        for setting in SETTINGS:
            register_setting(setting)
        register_rights(Right)
        register_actions(ACTIONS)
        approvables.register()
        rights.register()
