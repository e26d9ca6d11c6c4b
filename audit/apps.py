from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        from audit import checks, rights, search  # noqa: F401
        from audit.audit_actions import ACTIONS, READS
        from audit.enums import Right
        from audit.models import AuditDigest, AuditEvent, Verification
        from audit.registry import register_actions, register_reads
        from audit.selectors import backlog
        from audit.services import record
        from audit.services.runs import faults
        from core.registries import extend, register_backlog, register_rights, register_verification, register_visibility

        register_actions(ACTIONS)
        register_reads(READS)
        register_rights(Right)
        register_visibility(AuditEvent, rights.visible_events)
        for model in (AuditDigest, Verification):
            register_visibility(model, rights.whole_trail)
        register_verification("audit", faults)
        register_backlog("audit_chain", backlog)
        extend("trail", "record", record)  # for neighbours on this floor
        search.register()
