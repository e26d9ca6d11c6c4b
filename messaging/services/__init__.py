"""Say it by mail, or raise an alert."""

from messaging.services.alerts import raise_alert, settle_alert
from messaging.services.outbox import queue_mail

__all__ = ["queue_mail", "raise_alert", "settle_alert"]
