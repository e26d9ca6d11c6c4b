"""What the sign-in library asks of us: faces, own addresses, one outbox, no open doors (ACC-01, ACC-05, ACC-06)."""

import base64
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face
from accounts.models import User
from audit.services import record
from core import instance

HOMES = {Face.ISSUER: "/", Face.MERCHANT: "/merchant/"}
# What is said after something was done; the library's other messages say nothing that the page doesn't.
SAID = {"account/messages/password_changed.txt": _("Password changed. Your other sessions have ended.")}


def home_of(user: User) -> str:
    """Where a person of this face begins (ACC-01)."""
    return HOMES[Face(user.face)]


def is_own_page(user: User, path: str) -> bool:
    """Whether an address of ours is of the person's face; the account pages are everyone's."""
    if path.startswith("/accounts/"):
        return True
    return path.startswith(HOMES[Face.MERCHANT]) == (user.face == Face.MERCHANT)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return str(request.META.get("REMOTE_ADDR", ""))  # the outermost middleware has made it the client's own

    def is_safe_url(self, url: str) -> bool:
        """Paths on this host alone; who needs another host has no business here (reliability U10)."""
        return bool(url) and url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def is_ajax(self, request: HttpRequest) -> bool:
        return False  # the library's JSON answers are a second, untested face

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return home_of(request.user)

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_login")

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """The last step, after a second factor: read again whether the person may still sign in."""
        if not User.objects.filter(pk=user.pk, is_active=True).exists():
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_login")))
        super().login(request, user)
        methods = [one.get("type") or one["method"] for one in get_authentication_records(request, user)]
        with transaction.atomic():
            record(action="users.signed_in", actor=user, subject=user, now=timezone.now(), details={"by": methods})

    def logout(self, request: HttpRequest) -> None:
        with transaction.atomic():
            record(action="users.signed_out", actor=request.user, subject=request.user, now=timezone.now())
        super().logout(request)

    def add_message(self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **options: Any) -> None:
        if message_template in SAID:
            messages.add_message(request, level, SAID[message_template])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mail is written by our services into the outbox, in their transaction; the library sends none."""

    def send_notification_mail(self, *args: Any, **options: Any) -> None:
        """As send_mail."""


class FactorAdapter(DefaultMFAAdapter):
    """Authenticator secrets stand encrypted in the database, so that a copy of it opens no account."""

    def get_totp_issuer(self) -> str:
        return instance.name()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys are bound to the public address, whatever host a request names (reliability A7)."""
        return {"id": urlsplit(settings.BASE_URL).hostname or "localhost", "name": self.get_totp_issuer()}

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> MultiFernet:
    """Encrypts with SECRET_KEY, and still reads what its predecessors encrypted."""
    return MultiFernet([Fernet(_derived(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _derived(secret: str) -> bytes:
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"accounts: second factors").derive(secret.encode())
    return base64.urlsafe_b64encode(key)
