"""Passkeys (ACC-03): a second factor, and alone a sign-in where the device has asked for its PIN or a finger."""

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import WebAuthn, build_user_payload, extract_user_from_response, get_credentials, get_server
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from fido2.webauthn import AuthenticationResponse, ResidentKeyRequirement, UserVerificationRequirement

from accounts.models import User
from accounts.services.factors import FactorRefused, added, counted
from audit.services import record
from core.actors import Actor
from core.errors import DomainError
from core.locks import lock
from core.references import new_reference
from core.text import clean_line

Given = dict[str, Any]
MOST = 20  # of one person
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, IndexError)  # what the library says of an answer made up


class PasskeyRefused(DomainError):
    """The browser's answer doesn't fit the question."""

    code = "passkey_refused"
    status = 422


def registration_options(user: User) -> tuple[Given, Given]:
    """What the browser is asked for a new passkey, and what to hold its answer against: (options, state)."""
    options, state = get_server().register_begin(
        user=build_user_payload(user),
        credentials=get_credentials(user),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
        extensions={"credProps": True},
    )
    return dict(options), dict(state)


def add_passkey(
    *, user: User, name: str, answer: Any, state: Given | None, actor: Actor, now: datetime, keep: str | None = None
) -> Authenticator:
    """Store the passkey that the browser has made. With the first factor all sessions but `keep` end.

    Raises UnfitText for the name, PasskeyRefused for an answer to another question, FactorRefused for the twenty-first.
    """
    name = clean_line(name, maximum=60, field="name", required=True)
    try:
        made = get_server().register_complete(state or {}, answer)
    except UNREADABLE as error:
        raise PasskeyRefused(_("The passkey wasn't made. Try again.")) from error
    with transaction.atomic(durable=True):
        locked = lock(User.objects.all(), pk=user.pk)
        if Authenticator.objects.filter(user=locked, type=Authenticator.Type.WEBAUTHN).count() >= MOST:
            raise FactorRefused(_("Twenty passkeys are the most. Remove one that you no longer use."))
        row: Authenticator = WebAuthn.add(locked, name, answer).instance
        row.data |= {"reference": new_reference("PSK"), "counter": made.counter, "verified": made.is_user_verified()}
        row.save(update_fields=["data"])
        added(locked, "users.passkey_added", "passkey_added", actor=actor, now=now, keep=keep)
    return row


def rename_passkey(*, passkey: Authenticator, name: str, actor: Actor, now: datetime) -> None:
    """Give a passkey another name, for its owner's eyes alone. Raises UnfitText."""
    name = clean_line(name, maximum=60, field="name", required=True)
    with transaction.atomic(durable=True):
        locked = lock(Authenticator.objects.all(), pk=passkey.pk)
        locked.data["name"] = name
        locked.save(update_fields=["data"])
        record(action="users.passkey_renamed", actor=actor, subject=passkey.user, now=now)


def verify_passkey(*, user: User, answer: Any, state: Given | None, now: datetime) -> Authenticator | None:
    """The user's passkey that signed the challenge in `state`; counted like a code (ACC-05)."""
    return counted(user, lambda: _signed_by(user, answer, state, now), now=now)


def find_by_passkey(*, answer: Any, state: Given | None, now: datetime) -> Authenticator | None:
    """Whose passkey it is, for a sign-in without a password: `state` must have asked the device to verify its user.

    Not counted: there is nothing to guess, and counting would let anybody lock anybody out.
    """
    try:
        user = extract_user_from_response(answer)
    except (*UNREADABLE, ValidationError):
        return None
    return _signed_by(user, answer, state, now)


def _signed_by(user: User, answer: Any, state: Given | None, now: datetime) -> Authenticator | None:
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update().filter(user_id=user.pk, type=Authenticator.Type.WEBAUTHN)
        known = {row.wrap().authenticator_data.credential_data.credential_id: row for row in rows}
        credentials = [row.wrap().authenticator_data.credential_data for row in known.values()]
        try:
            credential = get_server().authenticate_complete(state or {}, credentials, answer)
            counter = AuthenticationResponse.from_dict(answer).response.authenticator_data.counter
        except UNREADABLE:
            return None
        row = known[credential.credential_id]
        if counter and counter <= row.data.get("counter", 0):
            return None  # somebody has a copy of the key, or sends an old answer
        row.data["counter"] = counter
        row.last_used_at = now
        row.save(update_fields=["data", "last_used_at"])
        return row
