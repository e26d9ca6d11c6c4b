from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from core.registries import extend, register_backlog, register_person_annotation, register_rights, register_visibility
        from messaging import checks, rights, search  # noqa: F401
        from messaging.enums import Right
        from messaging.mails import MAILS
        from messaging.models import Alert, Notification, OutgoingMail
        from messaging.registry import register_alert_groups, register_alerts, register_mails, register_notifications
        from messaging.selectors import backlog, open_alert_count, unread_count
        from messaging.services import raise_alert, settle_alert

        register_rights(Right)
        register_visibility(OutgoingMail, rights.mails)
        register_visibility(Alert, rights.alerts)
        register_visibility(Notification, rights.notifications)
        register_person_annotation("unread_notifications", unread_count)
        register_person_annotation("open_alerts", open_alert_count)
        register_alert_groups({"system": _("Audit trail and mail")})
        register_alerts(
            {
                "messaging.mail_failed": _("A mail could not be sent"),
                "messaging.template_unfit": _("An edited mail template no longer fits"),
                "messaging.sms_failed": _("An SMS could not be sent"),
                "audit.chain_lag": _("The audit chain is behind"),
                "audit.broken": _("The audit trail is broken"),
            },
            group="system",
        )
        register_mails(MAILS)
        register_notifications({"alerts.raised": _("Alert"), "alerts.assigned": _("Alert assigned to you")})
        # Neighbours on this floor raise and settle alerts through these.
        extend("alerts", "door", raise_alert)
        extend("alerts", "settle", settle_alert)
        register_backlog("mail", backlog)
        search.register()
