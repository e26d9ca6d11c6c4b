from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChainConfig(AppConfig):
    name = "chain"

    def ready(self) -> None:
        from audit.registry import register_actions
        from chain import rights, search
        from chain.audit_actions import ACTIONS
        from chain.enums import Right
        from chain.services.alerts import Alert
        from chain.services.anchors import anchors_on_chain
        from chain.services.health import backlog, node_health
        from chain.services.verification import verify
        from core.registries import extend, register_backlog, register_health, register_rights, register_verification
        from messaging.registry import register_alert_groups, register_alerts

        register_rights(Right)
        register_alert_groups({"settlement": _("Settlement failures")})
        register_alerts(dict(Alert.choices), group="settlement")
        rights.register()
        register_actions(ACTIONS)
        register_health("node", node_health)
        register_backlog("settlement", backlog)
        register_verification("settlement on the chain", verify)
        extend("audit.verify", "anchors", anchors_on_chain)
        search.register()
