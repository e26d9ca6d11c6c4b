"""What people change about themselves (ACC-04). Login, e-mail address, organisation and profiles are an administrator's matter."""

from datetime import datetime
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.users import UnfitUser
from audit.services import record
from core.actors import Actor
from core.locks import lock
from core.text import clean_line, clean_phone

PERSONAL = ("first_name", "last_name", "phone")
CHOICES = ("language", "time_zone")


def change_own_profile(
    *, user: User, first_name: str, last_name: str, phone: str, language: str, time_zone: str, actor: Actor, now: datetime
) -> User:
    """Save a person's own names, phone, language and time zone ("" is the instance's). What stays the same is no change.

    Raises UnfitText or UnfitUser (422) with the field.
    """
    given = {
        "first_name": clean_line(first_name, maximum=80, field="first_name", required=True),
        "last_name": clean_line(last_name, maximum=80, field="last_name", required=True),
        "phone": clean_phone(phone),
        "language": language,
        "time_zone": time_zone,
    }
    if language not in dict(settings.LANGUAGES):
        raise UnfitUser(_("Choose one of the languages of this instance."), field="language")
    if time_zone and time_zone not in available_timezones():
        raise UnfitUser(_("Choose a time zone from the list."), field="time_zone")
    with transaction.atomic(durable=True):
        locked = lock(User.objects.all(), pk=user.pk)
        changed = {name: (getattr(locked, name), value) for name, value in given.items() if getattr(locked, name) != value}
        if not changed:
            return locked
        for name, (_old, new) in changed.items():
            setattr(locked, name, new)
        locked.save(update_fields=list(changed))
        record(
            action="users.profile_changed", actor=actor, subject=locked, now=now,
            changes={name: change for name, change in changed.items() if name in CHOICES},
            personal={name: (old or None, new or None) for name, (old, new) in changed.items() if name in PERSONAL},
        )  # fmt: skip
    return locked
