"""Jobs of the outbox and the bell; each can run at any time, twice, or late."""

from celery import shared_task
from django.utils import timezone

from messaging.services import notifications, sending, sms, subscriptions


@shared_task(time_limit=120, soft_time_limit=100)
def send_mail(mail_id: int) -> None:
    sending.send(mail_id, now=timezone.now())


@shared_task(time_limit=120, soft_time_limit=100)
def sweep_mail() -> None:
    """Every half minute: what lost its message, was left by a dead worker, or is to be tried again."""
    sending.sweep(now=timezone.now())


@shared_task(time_limit=120, soft_time_limit=100)
def send_sms(message_id: int) -> None:
    sms.send_sms(message_id, now=timezone.now())


@shared_task(time_limit=120, soft_time_limit=100)
def sweep_sms() -> None:
    """Every half minute: as sweep_mail."""
    sms.sweep_sms(now=timezone.now())


@shared_task
def forget_notifications() -> None:
    """Every night: notifications and messages that nobody looks for any more."""
    notifications.forget_old(now=timezone.now())
    sms.forget_old_sms(now=timezone.now())


@shared_task
def tell_subscribers() -> None:
    """When an alert is raised, and every minute: those that nobody was told of yet."""
    subscriptions.tell_subscribers(now=timezone.now())
