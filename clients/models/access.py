"""How clients get in by the API: passwords, sign-ups, codes and sessions (CLI-10, CLI-11). No secret stands here in plain."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.enums import Channel, RequestKind, SessionEnd
from clients.models.client import Client
from core.references import new_reference


def session_reference() -> str:
    return new_reference("CSN", length=10)


class Credential(models.Model):
    """A client's password. Who was added by hand has none until the link of a mail has set it."""

    client = models.OneToOneField(Client, models.CASCADE, primary_key=True, related_name="credential")
    password = models.CharField(max_length=128)
    changed_at = models.DateTimeField(_("password set"))
    last_sign_in_at = models.DateTimeField(_("last sign-in"), null=True, blank=True)

    writes = "all"

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(password__startswith="argon2$"), name="client_password_hashed")]  # noqa: S106

    def __str__(self) -> str:
        return f"credential of client {self.client_id}"


class AccessRequest(models.Model):
    """What somebody who hasn't signed in asked for: an account, a code, a new password. It is answered by a job, so that the call
    takes the same time and says the same whether or not an address is known (A6).

    `data` holds what was sent until it is answered (a password as its hash). `secret_hash` is of the text by which an app
    that signed somebody up names its sign-up; codes fit that one alone, so that nobody verifies another's.
    """

    kind = models.CharField(max_length=10, choices=RequestKind.choices)
    secret_hash = models.CharField(max_length=64, unique=True, null=True, blank=True)
    client = models.ForeignKey(Client, models.CASCADE, null=True, blank=True, related_name="access_requests")
    is_test = models.BooleanField(default=False)
    channel = models.JSONField()  # whose key asked: the actor of what follows
    data = models.JSONField(default=dict)
    received_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    writes = "all"

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="access_request_waiting", condition=Q(answered_at__isnull=True)),
            models.Index(fields=["received_at"], name="access_request_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} request {self.pk}"


class VerificationCode(models.Model):
    """A code that was sent: a keyed hash, 10 minutes, 5 tries (CLI-10). One of each channel holds for a client at a time.

    Without `client` it stands for an address that was known already: no try at it ever fits, and it costs the same.
    `target` is a keyed hash of where it went, for the limit of how many go there.
    """

    client = models.ForeignKey(Client, models.CASCADE, null=True, blank=True, related_name="codes")
    request = models.ForeignKey(AccessRequest, models.CASCADE, null=True, blank=True, related_name="codes")
    channel = models.CharField(max_length=5, choices=Channel.choices)
    target = models.CharField(max_length=64, blank=True)
    code_hash = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)  # used, or another one was sent

    writes = "all"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "channel"], condition=Q(closed_at__isnull=True), name="client_code_one_holds"),
            models.CheckConstraint(condition=Q(tries__lte=5), name="client_code_five_tries"),
        ]
        indexes = [
            models.Index(fields=["channel", "target", "created_at"], name="client_code_target"),
            models.Index(fields=["created_at"], name="client_code_age"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} code {self.pk}"


class ClientSession(models.Model):
    """A client signed in by a channel's key: its token is shown once, stored hashed, and good with that key alone (CLI-11)."""

    reference = models.CharField(max_length=20, unique=True, default=session_reference, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="sessions")
    prefix = models.CharField(max_length=20, unique=True)
    secret_hash = models.CharField(max_length=64)
    key_id = models.BigIntegerField()
    key_reference = models.CharField(_("key"), max_length=20)
    device = models.CharField(_("device"), max_length=80, blank=True)
    address = models.CharField(_("address"), max_length=45, blank=True)
    created_at = models.DateTimeField(_("signed in"))
    last_used_at = models.DateTimeField(_("last used"))
    expires_at = models.DateTimeField(_("expires"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end = models.CharField(_("ended by"), max_length=16, choices=SessionEnd.choices, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("client's session")
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="") | Q(ended_at__isnull=False) & ~Q(end=""), name="client_session_end_said"
            ),
            models.CheckConstraint(condition=Q(secret_hash__regex=r"^[0-9a-f]{64}$"), name="client_session_hashed"),  # noqa: S106 - a pattern
        ]
        indexes = [
            models.Index(fields=["client", "-created_at", "-id"], name="client_session_newest"),
            models.Index(fields=["created_at"], name="client_session_age"),
        ]

    def __str__(self) -> str:
        return self.reference
