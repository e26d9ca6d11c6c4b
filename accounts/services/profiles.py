"""The default profiles, brought up to what the apps register (USR-02)."""

from datetime import datetime

from django.db import transaction

from accounts.models import Profile
from accounts.profiles import DEFAULT_PROFILES, default_rights
from audit.services import record
from core.actors import Actor
from core.registries import known_rights


def sync_default_profiles(*, actor: Actor, now: datetime) -> list[str]:
    """Make each default profile and give it the rights that are new since the last time. Gives the names of those changed.

    Idempotent. A right that an administrator has taken away stays away; one that no app knows any more is taken from all.
    """
    changed = []
    with transaction.atomic(durable=True):
        for default in DEFAULT_PROFILES:
            profile, made = Profile.objects.select_for_update().get_or_create(
                name=default.name, defaults={"face": default.face, "is_default": True}
            )
            if not profile.is_default:
                continue  # somebody made a profile of this name before it was a default: it is theirs
            wanted = default_rights(default.code)
            rights = sorted((set(profile.rights) & set(known_rights())) | (wanted - set(profile.synced_rights)))
            if made or rights != sorted(profile.rights) or sorted(wanted) != profile.synced_rights:
                old, profile.rights, profile.synced_rights = profile.rights, rights, sorted(wanted)
                profile.save(update_fields=["rights", "synced_rights"])
                record(action="profiles.synced", actor=actor, subject=profile, now=now, changes={"rights": (old, rights)})
                changed.append(profile.name)
    return changed
