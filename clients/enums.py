from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ClientType(TextChoices):
    PERSON = "person", _("Person")
    COMPANY = "company", _("Company")


class ClientStatus(TextChoices):
    """CLI-01. Blocked can do nothing; frozen can sign in and receive, not send (CLI-04)."""

    CREATED = "created", _("Created")
    ACTIVE = "active", _("Active")
    DEACTIVATED = "deactivated", _("Deactivated")
    BLOCKED = "blocked", _("Blocked")
    FROZEN = "frozen", _("Frozen")


class PersonRole(TextChoices):
    """What a person is to a company (CLI-02)."""

    REPRESENTATIVE = "representative", _("Representative")
    OWNER = "owner", _("Beneficial owner")


class LifecycleEvent(TextChoices):
    """What the dashboard counts, dated (CLI-07)."""

    SIGNED_UP = "signed_up", _("Signed up")
    ACTIVATED = "activated", _("Activated")
    DEACTIVATED = "deactivated", _("Deactivated")
    REACTIVATED = "reactivated", _("Reactivated")
    DELETED = "deleted", _("Deleted")


class Channel(TextChoices):
    """By which way a code goes out, and what it verifies (CLI-10)."""

    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("SMS")


class RequestKind(TextChoices):
    """What somebody who hasn't signed in may ask for."""

    SIGN_UP = "sign_up", _("Sign-up")
    CODE = "code", _("Another code")
    PASSWORD = "password", _("New password")


class SessionEnd(TextChoices):
    """Why a client's session has ended (CLI-11)."""

    SIGNED_OUT = "signed_out", _("Signed out")
    REVOKED = "revoked", _("Revoked")
    PASSWORD = "password", _("Password changed")
    CLOSED = "closed", _("Client closed or blocked")


class SessionStatus(TextChoices):
    ACTIVE = "active", _("Active")
    ENDED = "ended", _("Ended")
    EXPIRED = "expired", _("Expired")


class Right(TextChoices):
    """Rights of this app (USR-01)."""

    CLIENTS_SEE = "clients.see", _("See clients")
    CLIENTS_EDIT = "clients.edit", _("Create and edit clients")
    CLIENTS_BLOCK = "clients.block", _("Block and freeze clients, end their sessions")
    SIGN_IN = "clients.sign_in", _("Sign clients up and in")
