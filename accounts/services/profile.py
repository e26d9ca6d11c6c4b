"""What people change about themselves (ACC-04). Login, e-mail address, organisation and profiles are an administrator's matter."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.users import UnfitUser
from audit.services import record
from core import instance
from core.actors import Actor
from core.locks import lock
from core.text import clean_line, clean_phone
from messaging.services import set_subscriptions

PERSONAL = ("first_name", "last_name", "phone")
CHOICES = ("language", "time_zone")


def change_own_profile(
    *, user: User, first_name: str, last_name: str, phone: str, language: str, time_zone: str, actor: Actor, now: datetime,
    alert_groups: Iterable[str] | None = None,
) -> User:  # fmt: skip
    """Save a person's own names, phone, language, time zone ("" is the instance's) and the groups of alerts to be told of
    (None leaves those alone). What stays the same is no change.

    Raises UnfitText, UnfitUser (422) or UnknownGroup with the field.
    """
    given = {
        "first_name": clean_line(first_name, maximum=80, field="first_name", required=True),
        "last_name": clean_line(last_name, maximum=80, field="last_name", required=True),
        "phone": clean_phone(phone),
        "language": language,
        "time_zone": time_zone,
    }
    if language not in dict(instance.languages()):
        raise UnfitUser(_("Choose one of the languages of this instance."), field="language")
    if time_zone and time_zone not in available_timezones():
        raise UnfitUser(_("Choose a time zone from the list."), field="time_zone")
    with transaction.atomic(durable=True):
        locked = lock(User.objects.all(), pk=user.pk)
        if alert_groups is not None:
            set_subscriptions(user=locked, groups=alert_groups, actor=actor, now=now)
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
