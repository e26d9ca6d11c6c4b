"""Changing the instance's settings, and the loader that core/instance.py reads them by (INS-03)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import Error, connection, transaction

from audit.services import record
from backoffice.models import InstanceSetting
from core import instance
from core.actors import Actor
from core.subjects import Subject

SUBJECT = InstanceSetting._meta.label_lower


def read() -> Mapping[str, Any] | None:
    """The loader: None where the table isn't there yet or the database doesn't answer; the savepoint keeps a running transaction whole."""
    try:
        with transaction.atomic():
            return dict(InstanceSetting.objects.values_list("key", "value"))
    except Error:
        return None


@transaction.atomic(durable=True)
def change_settings(*, values: Mapping[str, Any], actor: Actor, now: datetime) -> list[str]:
    """Set each key of `values`; a value equal to the default is not kept, so that a later default counts again.

    Returns the keys that changed; each has its event. Raises what `Setting.clean` raises, naming the key, and then changes nothing.
    """
    wanted = {key: instance.setting_of(key).clean(given) for key, given in values.items()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('instance settings'))")  # rows that are not there yet can't be locked
    rows = {row.key: row for row in InstanceSetting.objects.filter(key__in=wanted)}
    changed = []
    for key, new in wanted.items():
        default, row = instance.setting_of(key).default, rows.get(key)
        old = row.value if row else default
        if old == new:
            continue
        changed.append(key)
        action = "instance.setting_reset" if new == default else "instance.setting_changed"
        event = record(action=action, actor=actor, subject=Subject(SUBJECT, key, key), now=now, changes={"value": (old, new)})
        if new == default:
            InstanceSetting.objects.filter(key=key).delete()
        else:
            InstanceSetting.objects.update_or_create(key=key, defaults={"value": new, "event": event})
    instance.forget()
    transaction.on_commit(instance.forget)
    return changed
