"""Mail that goes out (NOT-01), what a person is told in the bell (NOT-02), and alerts that wait for somebody (NOT-03)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.references import new_reference
from messaging.enums import MailStatus
from messaging.registry import alert_label, mail_label, notification_label


def mail_reference() -> str:
    return new_reference("ML")


class OutgoingMail(models.Model):
    """A mail, written in the transaction of what it tells of and sent by a worker once that has committed.

    It is rendered when it is sent. In the demo it then keeps its content for the mailbox page; elsewhere content and
    context go as soon as it is sent, because mails carry one-time links; what remains is the log: to, what, when, result.
    `message_id` never changes, so that a receiver recognises a mail that came twice.
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=mail_reference, editable=False)
    template = models.CharField(_("kind"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    to = models.CharField(_("to"), max_length=254)
    context = models.JSONField(default=dict, blank=True)
    subject_line = models.CharField(_("subject"), max_length=200, blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(blank=True)
    message_id = models.CharField(max_length=120, unique=True, editable=False)
    about_type = models.CharField(max_length=60, blank=True)
    about_id = models.CharField(max_length=40, blank=True)
    about_reference = models.CharField(_("about"), max_length=80, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=MailStatus.choices, default=MailStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"))
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    result = models.CharField(_("result"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("queued"))

    writes = "all"

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=MailStatus.values), name="mail_status_known"),
            models.CheckConstraint(
                condition=~models.Q(to__regex=r"[\x01-\x1f\x7f]") & ~models.Q(subject_line__regex=r"[\x01-\x1f\x7f]"),
                name="mail_header_one_line",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=MailStatus.SENDING) | models.Q(lease_until__isnull=False), name="mail_sending_has_lease"
            ),
        ]
        indexes = [
            models.Index(fields=["created_at", "id"], name="mail_newest"),
            models.Index(fields=["due_at", "id"], name="mail_queued", condition=models.Q(status=MailStatus.QUEUED)),
            models.Index(fields=["lease_until"], name="mail_leased", condition=models.Q(status=MailStatus.SENDING)),
            models.Index(fields=["about_type", "about_id", "id"], name="mail_about"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def label(self) -> str:
        return str(mail_label(self.template)) if self.template else self.subject_line


class MailAttempt(models.Model):
    """One try to send a mail, and what the mail server said."""

    mail = models.ForeignKey(OutgoingMail, models.PROTECT, related_name="tries")
    number = models.PositiveSmallIntegerField(_("attempt"))
    at = models.DateTimeField(_("time"))
    sent = models.BooleanField(_("sent"))
    answer = models.CharField(_("answer"), max_length=300, blank=True)

    writes = "erase"

    def __str__(self) -> str:
        return f"attempt {self.number} of mail {self.mail_id}"


def notification_reference() -> str:
    return new_reference("NTF")


class Notification(models.Model):
    """One thing that a person is told in the bell (NOT-02): it waits for them, or what they asked for has ended.

    `message` is in the person's language as it was then; `url` is the path of the page that it leads to, or empty.
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=notification_reference, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notifications")
    kind = models.CharField(_("kind"), max_length=80)
    message = models.CharField(_("message"), max_length=500)
    url = models.CharField(max_length=300, blank=True)
    subject_type = models.CharField(_("object type"), max_length=60, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    subject_reference = models.CharField(_("object"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("time"))
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notification_of_user"),
            models.Index(fields=["user", "-created_at", "-id"], name="notification_unread", condition=models.Q(read_at__isnull=True)),
            models.Index(fields=["created_at"], name="notification_age"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def label(self) -> str:
        return str(notification_label(self.kind))


class Alert(models.Model):
    """Something that needs a person, once per cause while it is open (NOT-03)."""

    kind = models.CharField(_("kind"), max_length=80)
    subject_type = models.CharField(_("object type"), max_length=60)
    subject_id = models.CharField(max_length=40)
    subject_reference = models.CharField(_("object"), max_length=80)
    message = models.CharField(_("message"), max_length=500)
    raised_at = models.DateTimeField(_("raised"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id"], condition=models.Q(settled_at__isnull=True), name="alert_once_while_open"
            )
        ]
        indexes = [models.Index(fields=["raised_at", "id"], name="alert_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_reference}"

    @property
    def label(self) -> str:
        return str(alert_label(self.kind))
