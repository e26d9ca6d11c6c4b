from django.apps import AppConfig


class AssetsConfig(AppConfig):
    name = "assets"

    def ready(self) -> None:
        from assets import approvables, rights, search
        from assets.audit_actions import ACTIONS
        from audit.registry import register_actions

        rights.register()
        approvables.register()
        register_actions(ACTIONS)
        search.register()
