from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KycConfig(AppConfig):
    name = "kyc"

    def ready(self) -> None:
        from audit.registry import register_actions, register_reads
        from core.instance import register_setting
        from core.registries import extend, register_backlog
        from kyc import approvables, checks, rights, search  # noqa: F401 - checks register themselves
        from kyc.audit_actions import ACTIONS, READS
        from kyc.instance_settings import SETTINGS
        from kyc.mails import MAILS
        from kyc.selectors import what_is_open
        from kyc.services import inbox, starting
        from kyc.services.requests import obstacle
        from kyc.services.starting import INTEGRATED
        from messaging.registry import register_alert_groups, register_alerts, register_mails, register_notifications

        for setting in SETTINGS:
            register_setting(setting)
        register_actions(ACTIONS)
        register_reads(READS)
        register_mails(MAILS)
        register_alert_groups({"kyc": _("KYC alerts")})
        register_alerts(
            {
                "kyc.result_changed": _("A provider changed its result"),
                "kyc.approval_refused": _("A case could not be approved automatically"),
                "kyc.provider_refuses": _("A verification provider refuses what is asked"),
                "kyc.provider_unreachable": _("A verification provider can't be reached"),
                "kyc.message_not_handled": _("A provider's message could not be handled"),
                "kyc.callbacks_refused": _("Callbacks without a valid signature"),
                "kyc.document_lapsed": _("A client's document has lapsed"),
            },
            group="kyc",
        )
        register_notifications(
            {
                "kyc.answered": _("A client answered in a case of yours"),
                "kyc.document_sent": _("A client sent a document for a case of yours"),
            }
        )
        extend("tiers.services.selection.choices", "obstacle", obstacle)
        extend("clients.services.delete_account", "refuse", what_is_open)
        register_backlog("kyc_messages", inbox.backlog)
        register_backlog("kyc_starts", starting.backlog)
        for code in INTEGRATED:
            extend("timeline", "provider", code)
        rights.register()
        approvables.register()
        search.register()
