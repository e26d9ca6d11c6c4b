from django.apps import AppConfig


class WalletsConfig(AppConfig):
    name = "wallets"

    def ready(self) -> None:
        from audit.registry import register_actions
        from core.registries import extend
        from wallets import approvables, rights, search
        from wallets.access import forget_access
        from wallets.audit_actions import ACTIONS
        from wallets.services import give_first_wallet

        rights.register()
        register_actions(ACTIONS)
        extend("clients.services.create_client", "follow", give_first_wallet)
        search.register()
        extend("accounts.services.erase_user", "follow", forget_access)
        approvables.register()
