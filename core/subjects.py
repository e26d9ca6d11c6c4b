"""What something is about: an object by its type, id and public reference, without importing its class (DESIGN section 2)."""

from dataclasses import dataclass

from django.apps import apps
from django.db.models import Model


@dataclass(frozen=True)
class Subject:
    """`type` is a model's label such as "orders.order", or a word of the app's own; `reference` is public: no personal data."""

    type: str
    id: str
    reference: str = ""

    @property
    def type_label(self) -> str:
        return type_label(self.type)


def subject_of(thing: Model | Subject) -> Subject:
    """The subject that a saved row is: its `reference`, else its `code`, else "model id" names it."""
    if isinstance(thing, Subject):
        return thing
    if thing.pk is None:
        raise ValueError(f"{thing._meta.label} is not saved yet, and can't be a subject")
    reference = getattr(thing, "reference", "") or getattr(thing, "code", "") or f"{thing._meta.model_name} {thing.pk}"
    return Subject(thing._meta.label_lower, str(thing.pk), str(reference))


def type_label(subject_type: str) -> str:
    """The model's name for people; "" for a word of an app's own, whose reference says enough."""
    try:
        return str(apps.get_model(subject_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return ""
