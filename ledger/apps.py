from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    name = "ledger"
    # The only doors to the ledger's tables for the application's role (core/grants.py).
    database_functions = (
        "ledger_post", "ledger_post_many", "ledger_lock", "ledger_reserve", "ledger_release", "ledger_available",
        "ledger_settle", "ledger_settle_figures", "ledger_ref", "ledger_prove", "ledger_broken_commitments", "ledger_prove_days",
        "ledger_note_attempt",
    )  # fmt: skip

    def ready(self) -> None:
        from audit.registry import register_actions
        from core.registries import extend, register_rights, register_verification
        from ledger import approvables, rights, search
        from ledger.audit_actions import ACTIONS
        from ledger.enums import Right
        from ledger.holdings import what_is_held
        from ledger.services.chain_check import compare
        from ledger.services.compensating import compensate
        from ledger.services.proof import verify
        from messaging.registry import register_alert_groups, register_alerts

        register_rights(Right)
        register_alert_groups({"ledger": _("The ledger's proof")})
        register_alerts({"ledger.proof_broken": _("The ledger's proof has failed")}, group="ledger")
        register_actions(ACTIONS)
        approvables.register()
        rights.register()
        register_verification("ledger", verify)
        extend("chain", "comparer", compare)
        extend("chain", "compensate", compensate)
        extend("clients.services.delete_account", "refuse", what_is_held)
        search.register()
