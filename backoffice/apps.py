from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "backoffice"

    def ready(self) -> None:
        from audit.registry import register_actions
        from backoffice import checks  # noqa: F401 - imported for its registration
        from backoffice.audit_actions import ACTIONS
        from backoffice.enums import Right
        from backoffice.services.settings import read
        from core.instance import register_loader
        from core.registries import register_rights

        register_rights(Right)
        register_actions(ACTIONS)
        register_loader(read)
