"""What an audit event changed, in the words that pages use: the field's name, the label of a choice, yes and no."""

from typing import Any

from django.apps import apps
from django.db.models import Model
from django.utils.translation import gettext

from audit.models import AuditEvent
from kit import cells


def changes_in_words(changes: dict[str, Any], event: AuditEvent) -> list[tuple[str, str, str]]:
    """(field, before, after) of the event's `changes`, or of other fields of the same subject."""
    try:
        model = apps.get_model(event.subject_type)
    except (LookupError, ValueError):
        model = None
    return [(name_of(model, name), value_of(model, name, old), value_of(model, name, new)) for name, (old, new) in changes.items()]


def name_of(model: type[Model] | None, name: str) -> str:
    field = model and cells.field_at(model, name)
    words = str(getattr(field, "verbose_name", "")) or name.replace("_", " ")
    return words[:1].upper() + words[1:]


def value_of(model: type[Model] | None, name: str, value: Any) -> str:
    match value:
        case None | "" | []:
            return "—"
        case bool():
            return gettext("Yes") if value else gettext("No")
        case list():
            return ", ".join(map(str, value))
    field = model and cells.field_at(model, name)
    return str(dict(getattr(field, "flatchoices", None) or []).get(value, value))
