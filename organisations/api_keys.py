"""Keys of the API: made with 256 random bits, stored hashed, shown once, scoped, revocable (API-03)."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.services import record
from core.actors import Actor
from core.errors import DomainError
from core.locks import lock
from core.registries import is_narrowed
from core.text import clean_line
from core.tokens import FORM, fits, hash_of, new_prefix, new_secret
from organisations.enums import MERCHANT_SCOPES, Scope
from organisations.models import ApiKey, Organisation

USE_NOTED_EVERY = timedelta(minutes=1)
SHAPE = re.compile(rf"((?:live|test)_[0-9A-Z]{{10}})_({FORM})", re.ASCII)


class UnfitScopes(DomainError):
    code = "unfit_scopes"
    status = 422


class KeyRevoked(DomainError):
    code = "key_revoked"
    status = 409


def create_key(
    *,
    actor: Actor,
    now: datetime,
    name: str,
    scopes: Iterable[str],
    organisation: Organisation | None = None,
    is_test: bool = False,
) -> tuple[ApiKey, str]:
    """A new key and the text that its holder sends, which nobody can show again: `live_<10 characters>_<secret>`.

    Without `organisation` it is of the issuer's channel. Nobody gives a key a right that they don't hold (USR-03).
    Raises UnfitScopes (422) for none, unknown ones, ones above the actor's rights or not for a merchant; UnfitText.
    """
    if is_narrowed(actor):
        raise UnfitScopes(_("You see some wallets alone: a key would see them all."), field="scopes")
    wanted = _fit_scopes(actor, scopes, organisation)
    label = clean_line(name, maximum=60, field="name", required=True)
    prefix, secret = new_prefix("test_" if is_test else "live_", length=10), new_secret()
    with transaction.atomic(durable=True):
        key = ApiKey.objects.create(
            name=label,
            organisation=organisation,
            prefix=prefix,
            secret_hash=hash_of(secret),
            scopes=wanted,
            is_test=is_test,
            created_at=now,
        )
        record(
            action="keys.created", actor=actor, subject=key, now=now,
            details={"name": label, "prefix": prefix, "scopes": wanted, "test": is_test},
        )  # fmt: skip
    return key, f"{prefix}_{secret}"


def authenticate(raw: str, *, now: datetime | None = None) -> ApiKey | None:
    """The key whose text this is, with its organisation; None for any other, a revoked one, or a deactivated organisation's.

    The hash is compared in constant time, also where no key has the prefix. Its use is noted at most once a minute.
    """
    match = SHAPE.fullmatch(raw)
    key = ApiKey.objects.select_related("organisation").filter(prefix=match[1]).first() if match else None
    is_right = fits(match[2] if match else "", key.secret_hash if key else None)
    if key is None or not is_right or key.revoked_at or (key.organisation and not key.organisation.is_active):
        return None
    now = now or timezone.now()
    if key.last_used_at is None or key.last_used_at <= now - USE_NOTED_EVERY:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
        key.last_used_at = now
    return key


def revoke(*, key: ApiKey, actor: Actor, now: datetime, comment: str = "") -> ApiKey:
    """Stop a key at once and for ever. Raises KeyRevoked (409) where it was revoked before."""
    with transaction.atomic(durable=True):
        key = lock(ApiKey.objects.select_related("organisation"), pk=key.pk)
        if key.revoked_at:
            raise KeyRevoked(_("This key is revoked already."))
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        record(action="keys.revoked", actor=actor, subject=key, now=now, changes={"revoked_at": (None, now)}, comment=comment)
    return key


def scopes_for(actor: Actor, organisation: Organisation | None) -> list[Scope]:
    """What the actor may give to a key of the organisation (None: of the issuer's channel), in the vocabulary's order."""
    return [scope for scope in Scope if actor.has_right(scope) and (organisation is None or scope in MERCHANT_SCOPES)]


def _fit_scopes(actor: Actor, scopes: Iterable[str], organisation: Organisation | None) -> list[str]:
    wanted = set(scopes)
    if not wanted:
        raise UnfitScopes(_("Choose at least one scope."), field="scopes")
    if unfit := sorted(wanted - set(scopes_for(actor, organisation))):
        raise UnfitScopes(_("This key can't be given: %(scopes)s.") % {"scopes": ", ".join(unfit)}, field="scopes")
    return sorted(wanted)
