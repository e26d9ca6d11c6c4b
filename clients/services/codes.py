"""Codes by mail and SMS: keyed hashes, 10 minutes, 5 tries, at most five an hour to one place (CLI-10)."""

import hmac
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.enums import Channel
from clients.models import AccessRequest, Client, VerificationCode
from core import instance
from core.errors import DomainError
from messaging.services import queue_mail, queue_sms

HOLDS = timedelta(minutes=10)
TRIES = 5
SENT_AN_HOUR = 5
APART = timedelta(seconds=60)  # between two that are asked for
TEST_CODE = "000000"  # nothing is sent to test clients: their address may be a live client's (API-05)


class CodeInvalid(DomainError):
    """Wrong, too old, tried too often, replaced by another, or of nobody: they are not told apart."""

    code = "code_invalid"
    status = 422


class TooManyCodes(DomainError):
    code = "too_many_codes"
    status = 429


@transaction.atomic(savepoint=False)
def send_code(*, client: Client, channel: str, now: datetime, request: AccessRequest | None = None, apart: bool = False) -> bool:
    """Send a new code to where the client is reached now; the one before no longer holds. Its row and its message are written in
    the caller's transaction, which has the client locked; it leaves after that. False where too many went there already.

    With `request` it fits that sign-up alone; with `apart` also the minute between two is kept.
    """
    address = client.email if channel == Channel.EMAIL else client.phone
    if not address:
        return False
    target = _digest("clients.target", f"{channel}/{address}")
    sent = VerificationCode.objects.filter(channel=channel, target=target, created_at__gt=now - timedelta(hours=1))
    times = sorted(sent.values_list("created_at", flat=True))
    if len(times) >= SENT_AN_HOUR or (apart and times and now < times[-1] + APART):
        return False
    close_codes(client=client, channel=channel, now=now)
    code = TEST_CODE if client.is_test else f"{secrets.randbelow(10**6):06}"
    VerificationCode.objects.create(
        client=client, request=request, channel=channel, target=target, code_hash=_digest("clients.code", f"{channel}/{code}"),
        created_at=now, expires_at=now + HOLDS,
    )  # fmt: skip
    if not client.is_test:
        _send(client, channel, address, code, now)
    return True


def stand_in(*, request: AccessRequest, now: datetime) -> None:
    """Codes that were never sent and fit nothing, where a sign-up named an address that is known: its tries look the same."""
    for channel in Channel:
        VerificationCode.objects.create(
            request=request, channel=channel, code_hash=secrets.token_hex(32), created_at=now, expires_at=now + HOLDS
        )


def close_codes(*, client: Client, channel: str, now: datetime) -> None:
    VerificationCode.objects.filter(client=client, channel=channel, closed_at__isnull=True).update(closed_at=now)


def try_code(
    *, channel: str, code: str, now: datetime, request: AccessRequest | None = None, client: Client | None = None
) -> VerificationCode:
    """Count one try at the code that holds, and give it where it fits. The count commits before the comparison, so that many at
    once are not more than five. Raises CodeInvalid.
    """
    of = {"request": request} if request is not None else {"client": client}
    found = VerificationCode.objects.filter(channel=channel, closed_at__isnull=True, **of).order_by("-id").first()
    counted = VerificationCode.objects.filter(
        pk=found.pk if found else 0, closed_at__isnull=True, tries__lt=TRIES, expires_at__gt=now
    ).update(tries=F("tries") + 1)
    fits = hmac.compare_digest(_digest("clients.code", f"{channel}/{code}"), found.code_hash if found else "")
    if found is None or not counted or not fits:
        raise CodeInvalid(
            gettext_lazy("This code doesn't fit, is older than 10 minutes, or was tried too often. Ask for another."), field="code"
        )
    return found


def _send(client: Client, channel: str, address: str, code: str, now: datetime) -> None:
    if channel == Channel.EMAIL:
        context = {"name": str(client), "code": code, "minutes": str(HOLDS.seconds // 60)}
        queue_mail(template="clients.code", to=address, language=client.language, context=context, subject=client, now=now)
        return
    with translation.override(client.language):
        text = _("%(code)s is your code for %(instance)s. It holds for %(minutes)d minutes. We never ask you for it.") % {
            "code": code, "instance": instance.name(), "minutes": HOLDS.seconds // 60,
        }  # fmt: skip
    queue_sms(to=address, text=text, subject=client, now=now)


def _digest(salt: str, value: str) -> str:
    """Keyed: of six digits a plain hash would hide nothing."""
    return salted_hmac(salt, value, secret=settings.SECRET_KEY, algorithm="sha256").hexdigest()
