"""Whose views one sees: one's own, and those shared with everybody of one's face or with one's team (UIX-07).

Merchants' people share with those of their own organisations alone. What a page's frame needs of views and choices comes with
the person's own statement (`core.registries.register_person_annotation`), so that no list asks for it.
"""

from typing import Any

from django.db.models import Exists, JSONField, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from accounts.enums import Face
from accounts.models import User
from core.actors import Actor
from kit.models import SavedView

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


# Written out, since the two go with every request: building them from models took twice as long as running them.
VIEW = (
    "jsonb_build_object('reference', v.reference, 'name', v.name, 'list', v.list_path, 'query', v.query, 'owner', v.owner_id,"
    " 'face', v.face, 'everybody', v.for_everybody, 'organisations', v.organisation_ids, 'team', EXISTS"
    " (SELECT FROM accounts_user_profiles m WHERE m.user_id = accounts_user.id AND m.profile_id = v.profile_id))"
)
PINS_SQL = """(
    SELECT jsonb_agg([view] ORDER BY v.name, v.id) FROM kit_viewpin p JOIN kit_savedview v ON v.id = p.view_id
    WHERE p.user_id = accounts_user.id
)""".replace("[view]", VIEW)
CHOICES_SQL = """(
    SELECT jsonb_agg(jsonb_build_object(
        'of', c.list_path, 'columns', c.columns, 'size', c.size, 'view', CASE WHEN v.id IS NOT NULL THEN [view] END
    ))
    FROM kit_listchoice c LEFT JOIN kit_savedview v ON v.id = c.view_id WHERE c.user_id = accounts_user.id
)""".replace("[view]", VIEW)


def pins_of_person() -> Any:
    """Person annotation: the views in the person's navigation, as JSON."""
    return RawSQL(PINS_SQL, [], output_field=JSONField())  # noqa: S611 - a constant


def choices_of_person() -> Any:
    """Person annotation: what the person chose for each list, as JSON."""
    return RawSQL(CHOICES_SQL, [], output_field=JSONField())  # noqa: S611 - a constant


def pinned_views(person: Any) -> list[dict[str, Any]]:
    """The person's pins, as far as they are still shared with the person."""
    return [view for view in getattr(person, PINS, None) or () if still_seen(view, person)]


def choice_of(person: Any, list_name: str) -> dict[str, Any]:
    """{"columns", "size", "view"} that the person chose for a list; the view only while it is there and shared."""
    for choice in getattr(person, CHOICES, None) or ():
        if choice["of"] == list_name:
            view = choice["view"]
            return choice | {"view": view if view and still_seen(view, person) else None}
    return {"columns": [], "size": None, "view": None}
