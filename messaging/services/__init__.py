"""Say it by mail, tell a person in the bell, or raise an alert."""

from messaging.services.alerts import raise_alert, settle_alert
from messaging.services.forgetting import forget_person
from messaging.services.notifications import notify
from messaging.services.outbox import queue_mail

__all__ = ["forget_person", "notify", "queue_mail", "raise_alert", "settle_alert"]
