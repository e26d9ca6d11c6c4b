"""What was said to a person goes with the person (USR-11, AUD-05)."""

from django.db.models import Model

from messaging.models import AlertSubscription, MailAttempt, Notification, OutgoingMail


def forget_person(*, person: Model, address: str) -> None:
    """Delete the mails to the address, with what mail servers said of them, and the person's notifications and
    subscriptions, in the running transaction."""
    mails = OutgoingMail.objects.filter(to__iexact=address)
    MailAttempt.objects.filter(mail__in=mails).delete()
    mails.delete()
    Notification.objects.filter(user_id=person.pk).delete()
    AlertSubscription.objects.filter(user_id=person.pk).delete()
