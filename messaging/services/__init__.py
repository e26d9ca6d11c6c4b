"""Say it by mail, tell a person in the bell, raise an alert; who is told of which alerts."""

from messaging.services.alerts import raise_alert, settle_alert
from messaging.services.forgetting import forget_person
from messaging.services.notifications import notify
from messaging.services.outbox import queue_mail, queue_mails
from messaging.services.sms import queue_sms
from messaging.services.subscriptions import set_subscriptions, subscriptions_of

__all__ = [
    "forget_person", "notify", "queue_mail", "queue_mails", "queue_sms", "raise_alert", "set_subscriptions", "settle_alert", "subscriptions_of",
]  # fmt: skip
