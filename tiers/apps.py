from django.apps import AppConfig


class TiersConfig(AppConfig):
    name = "tiers"

    def ready(self) -> None:
        from audit.registry import register_actions
        from core.instance import register_setting
        from tiers import rights
        from tiers.audit_actions import ACTIONS
        from tiers.instance_settings import SETTINGS

        rights.register()
        for setting in SETTINGS:
            register_setting(setting)
        register_actions(ACTIONS)
