from django.apps import AppConfig


class TransactionsConfig(AppConfig):
    name = "transactions"

    def ready(self) -> None:
        from audit.registry import register_actions
        from core.instance import register_setting
        from core.registries import register_rights
        from transactions import rights
        from transactions.audit_actions import ACTIONS
        from transactions.enums import Right
        from transactions.instance_settings import SETTINGS

        for setting in SETTINGS:
            register_setting(setting)
        register_actions(ACTIONS)
        register_rights(Right)
        rights.register()
