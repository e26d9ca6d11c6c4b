from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core import checks  # noqa: F401 - it registers them
        from core.branding import register_settings
        from core.instance import register_own_settings

        register_own_settings()
        register_settings()
