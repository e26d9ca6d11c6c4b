from django.apps import AppConfig


class TiersConfig(AppConfig):
    name = "tiers"

    def ready(self) -> None:
        from audit.registry import register_actions
        from tiers import rights
        from tiers.audit_actions import ACTIONS

        rights.register()
        register_actions(ACTIONS)
