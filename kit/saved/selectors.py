"""Whose views one sees: one's own, and those shared with everybody of one's face or with one's team (UIX-07).

Merchants' people share with those of their own organisations alone. What a page's frame needs of views and choices comes with
the person's own statement (`core.registries.register_person_annotation`), so that no list asks for it.
"""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from accounts.enums import Face
from accounts.models import User
from core.actors import Actor
from kit.models import ListChoice, SavedView, ViewPin

PINS, CHOICES = "pinned_views", "list_choices"
MEMBERS = User.profiles.through


def visible_views(actor: Actor, rows: QuerySet[SavedView]) -> QuerySet[SavedView]:
    if not isinstance(actor, User):
        return rows.none()
    team = MEMBERS.objects.filter(user_id=actor.pk, profile_id=OuterRef("profile_id"))
    shared = Q(face=actor.face) & (Q(for_everybody=True) | Exists(team))
    if actor.face == Face.MERCHANT:
        shared &= Q(organisation_ids__overlap=sorted(actor.organisation_ids or ()))
    return rows.filter(Q(owner=actor.pk) | shared)


def still_seen(view: dict[str, Any], person: Any) -> bool:
    """The same rule for a view that came with the person's own statement."""
    if view["owner"] == person.pk:
        return True
    shared = view["face"] == person.face and (view["everybody"] or view["team"])
    return bool(shared and (person.face != Face.MERCHANT or (person.organisation_ids or frozenset()) & set(view["organisations"])))


def _view(prefix: str) -> JSONObject:
    team = MEMBERS.objects.filter(user_id=OuterRef("user_id"), profile_id=OuterRef(f"{prefix}profile_id"))
    fields = {"reference": "reference", "name": "name", "list": "list_path", "query": "query", "owner": "owner_id", "face": "face"}
    fields |= {"everybody": "for_everybody", "organisations": "organisation_ids"}
    return JSONObject(**{name: prefix + field for name, field in fields.items()}, team=Exists(team))


def pins_of_person() -> Any:
    """Person annotation: the views in the person's navigation, as JSON."""
    pins = ViewPin.objects.filter(user=OuterRef("pk")).order_by("view__name", "pk")
    return ArraySubquery(pins.values(json=_view("view__")))


def choices_of_person() -> Any:
    """Person annotation: what the person chose for each list, as JSON."""
    made = ListChoice.objects.filter(user=OuterRef("pk"))
    return ArraySubquery(made.values(json=JSONObject(of="list_path", columns="columns", size="size", view=_view("view__"))))


def pinned_views(person: Any) -> list[dict[str, Any]]:
    """The person's pins, as far as they are still shared with the person."""
    return [view for view in getattr(person, PINS, None) or () if still_seen(view, person)]


def choice_of(person: Any, list_name: str) -> dict[str, Any]:
    """{"columns", "size", "view"} that the person chose for a list; the view only while it is there and shared."""
    for choice in getattr(person, CHOICES, None) or ():
        if choice["of"] == list_name:
            view = choice["view"]
            return choice | {"view": view if view["reference"] and still_seen(view, person) else None}
    return {"columns": [], "size": None, "view": None}
