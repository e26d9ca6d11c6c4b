"""Mail that goes out (NOT-01), what a person is told in the bell (NOT-02), and alerts that wait for somebody (NOT-03)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.references import new_reference
from messaging.enums import AlertStatus, MailStatus
from messaging.registry import alert_label, mail_label, notification_label


def mail_reference() -> str:
    return new_reference("ML", length=10)


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


class MailTemplateText(models.Model):
    """What the issuer made of a mail in one language (NOT-01); without a row the files that came with the product count.

    The three parts are written in the small language of `messaging.services.wording`.
    """

    code = models.CharField(_("kind"), max_length=80)
    language = models.CharField(_("language"), max_length=10)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    html = models.TextField("HTML")
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("changed by"))
    changed_at = models.DateTimeField(_("changed"))

    writes = "all"

    class Meta:
        verbose_name = _("mail template")
        constraints = [
            models.UniqueConstraint(fields=["code", "language"], name="mail_template_text_once"),
            models.CheckConstraint(condition=~models.Q(subject__regex=r"[\x01-\x1f\x7f]"), name="mail_template_subject_one_line"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """Names it in the trail."""
        return f"{self.code}.{self.language}"


def sms_reference() -> str:
    return new_reference("SMS", length=10)


class OutgoingSms(models.Model):
    """A short message, written in the transaction of what it tells of and sent by a worker once that has committed. Its text goes
    as soon as it is sent or given up: it carries a code. `reference` names it to the provider, which sends it once."""

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=sms_reference, editable=False)
    to = models.CharField(_("to"), max_length=20)
    text = models.CharField(_("text"), max_length=300, blank=True)
    about_type = models.CharField(max_length=60, blank=True)
    about_id = models.CharField(max_length=40, blank=True)
    about_reference = models.CharField(_("about"), max_length=80, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=MailStatus.choices, default=MailStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"))
    lease_until = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=80, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    result = models.CharField(_("result"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("queued"))

    writes = "all"

    class Meta:
        verbose_name = _("SMS")
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=MailStatus.values), name="sms_status_known"),
            models.CheckConstraint(
                condition=~models.Q(status=MailStatus.SENDING) | models.Q(lease_until__isnull=False), name="sms_sending_has_lease"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="sms_queued", condition=models.Q(status=MailStatus.QUEUED)),
            models.Index(fields=["lease_until"], name="sms_leased", condition=models.Q(status=MailStatus.SENDING)),
            models.Index(fields=["about_type", "about_id", "id"], name="sms_about"),
            models.Index(fields=["created_at"], name="sms_age"),
        ]

    def __str__(self) -> str:
        return self.reference


def notification_reference() -> str:
    return new_reference("NTF", length=10)


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


def alert_reference() -> str:
    return new_reference("ALR", length=10)


class Alert(models.Model):
    """Something that needs a person, once per cause while it is open (NOT-03).

    It is settled by a person with a note, or by itself when its cause has gone (`settled_by` is empty then). Subscribers
    are told of it once, together with others (`told_at`).
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=alert_reference, editable=False)
    kind = models.CharField(_("kind"), max_length=80)
    subject_type = models.CharField(_("object type"), max_length=60)
    subject_id = models.CharField(max_length=40)
    subject_reference = models.CharField(_("object"), max_length=80)
    message = models.CharField(_("message"), max_length=500)
    raised_at = models.DateTimeField(_("raised"))
    told_at = models.DateTimeField(_("subscribers told"), null=True, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="alerts_assigned", verbose_name=_("assigned to")
    )
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="alerts_settled", verbose_name=_("settled by")
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    status = models.GeneratedField(
        expression=models.Case(
            models.When(settled_at__isnull=False, then=models.Value(AlertStatus.SETTLED)),
            models.When(assigned_to__isnull=False, then=models.Value(AlertStatus.ASSIGNED)),
            default=models.Value(AlertStatus.OPEN),
        ),
        output_field=models.CharField(max_length=10),
        db_persist=True,
        choices=AlertStatus.choices,
        verbose_name=_("status"),
    )

    writes = "all"

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id"], condition=models.Q(settled_at__isnull=True), name="alert_once_while_open"
            )
        ]
        indexes = [
            models.Index(fields=["raised_at", "id"], name="alert_newest"),
            models.Index(fields=["kind", "raised_at", "id"], name="alert_kind"),
            models.Index(fields=["assigned_to", "raised_at", "id"], name="alert_assigned"),
            models.Index(fields=["subject_reference", "raised_at", "id"], name="alert_subject"),
            models.Index(fields=["raised_at", "id"], name="alert_open", condition=models.Q(settled_at__isnull=True)),
            models.Index(fields=["id"], name="alert_untold", condition=models.Q(told_at__isnull=True, settled_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def label(self) -> str:
        return str(alert_label(self.kind))


class AlertSight(models.Model):
    """Who has seen an alert, and when first."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="sights")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="alerts_seen")
    at = models.DateTimeField(_("time"))

    writes = "insert"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "user"], name="alert_seen_once")]

    def __str__(self) -> str:
        return f"sight {self.pk}"


class AlertSubscription(models.Model):
    """A person who is told of a group's alerts, by mail and in the bell (ACC-04)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="alert_subscriptions")
    group = models.CharField(_("group"), max_length=40)

    writes = "all"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "group"], name="alert_subscription_once")]

    def __str__(self) -> str:
        return f"subscription {self.pk}"
