"""What is done with views: save, update, rename, share, pin, open by default, delete. Each is in the trail (UIX-07).

Names and criteria may hold what somebody searched for, so events tell them as personal values, or by the criteria's names alone.
"""

import unicodedata
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face
from accounts.models import Profile, User
from audit.services import record
from core.errors import DomainError
from kit.enums import Right
from kit.models import ListChoice, SavedView, ViewPin
from kit.saved import choices
from kit.saved.places import Place, place_of

MOST_VIEWS = 200  # of one person
MOST_PINS = 20
LONGEST_QUERY = 2000


class NotYourView(DomainError):
    """Only its owner, its team and who may tidy up change a view."""

    code = "not_your_view"
    status = 403


class ViewRefused(DomainError):
    """A view that can't be kept as it is; the message says why."""

    code = "view_refused"


def save_view(*, list_name: str, name: str, query: str, actor: User, now: datetime) -> SavedView:
    """Keep a list as the person sees it. Raises ViewRefused for a list that the person may not see, a name in use, too many."""
    place = place_of(list_name)
    if place is None or not place.open_to(actor):
        raise ViewRefused(_("There is no such list."))
    with transaction.atomic(durable=True):
        own = _own_views(actor)
        if len(own) >= MOST_VIEWS:
            raise ViewRefused(_("You have %(number)s views already. Delete one that you no longer need.") % {"number": MOST_VIEWS})
        view = SavedView.objects.create(
            owner=actor,
            face=actor.face,
            list_path=list_name,
            name=_checked_name(name, [one for one in own if one.list_path == list_name]),
            query=_checked_query(place, query, actor),
            created_at=now,
            changed_at=now,
        )
        _note(view, "saved", actor, now, personal={"name": (None, view.name)})
    return view


def update_view(*, view_id: int, query: str, actor: User, now: datetime) -> SavedView:
    """Let a view show what the list shows now. Raises NotYourView, ViewRefused."""
    with transaction.atomic(durable=True):
        view = _locked(view_id, actor)
        place = place_of(view.list_path)
        if place is None:
            raise ViewRefused(_("The list of this view is no longer there."))
        view.query, view.changed_at = _checked_query(place, query, actor), now
        view.save(update_fields=["query", "changed_at"])
        _note(view, "updated", actor, now)
    return view


def rename_view(*, view_id: int, name: str, actor: User, now: datetime) -> SavedView:
    """Raises NotYourView; ViewRefused where the owner has another view of that name on the list."""
    with transaction.atomic(durable=True):
        view = _locked(view_id, actor)
        others = [one for one in _own_views(view.owner) if one.list_path == view.list_path and one.pk != view.pk]
        old, view.name, view.changed_at = view.name, _checked_name(name, others), now
        view.save(update_fields=["name", "changed_at"])
        _note(view, "renamed", actor, now, personal={"name": (old, view.name)})
    return view


def share_view(*, view_id: int, everybody: bool, profile: Profile | None, actor: User, now: datetime) -> SavedView:
    """Share a view with everybody of the face, with a team, or with nobody. Raises NotYourView; ViewRefused for a foreign team."""
    with transaction.atomic(durable=True):
        view = _locked(view_id, actor)
        if profile is not None and profile not in teams_of(actor):
            raise ViewRefused(_("You can't share with this team."), field="audience")
        before = _audience(view)
        view.for_everybody, view.profile, view.changed_at = everybody, None if everybody else profile, now
        view.organisation_ids = sorted(actor.organisation_ids or ()) if actor.face == Face.MERCHANT else []
        view.save(update_fields=["for_everybody", "profile", "organisation_ids", "changed_at"])
        _note(view, "shared", actor, now, changes={"audience": (before, _audience(view))})
    return view


def delete_view(*, view_id: int, actor: User, now: datetime) -> None:
    """The view goes, and with it pins and the choice to open a list with it. Raises NotYourView."""
    with transaction.atomic(durable=True):
        view = _locked(view_id, actor)
        _note(view, "deleted", actor, now, personal={"name": (view.name, None)})
        view.delete()


def forget_person(*, user: User) -> None:
    """Of somebody who is deleted: the pins, the choices, and the views that were theirs alone, whose names may be personal. What
    others share stays theirs to use."""
    ViewPin.objects.filter(user=user).delete()
    ListChoice.objects.filter(user=user).delete()
    SavedView.objects.filter(owner=user, for_everybody=False, profile=None).delete()


def pin_view(*, view: SavedView, pinned: bool, actor: User, now: datetime) -> None:
    """Keep a view in the person's own navigation, or no longer. Raises ViewRefused where the navigation is full."""
    with transaction.atomic(durable=True):
        _own_views(actor)
        if pinned and ViewPin.objects.filter(user=actor).exclude(view=view).count() >= MOST_PINS:
            raise ViewRefused(_("Your navigation holds %(number)s views already. Unpin one.") % {"number": MOST_PINS})
        if pinned:
            _pin, changed = ViewPin.objects.get_or_create(user=actor, view=view)
        else:
            changed = bool(ViewPin.objects.filter(user=actor, view=view).delete()[0])
        if changed:
            _note(view, "pinned" if pinned else "unpinned", actor, now)


def open_by_default(*, view: SavedView, chosen: bool, actor: User, now: datetime) -> None:
    """Let the list open with this view for this person, or with all rows again. Raises ViewRefused where its list has gone."""
    place = place_of(view.list_path)
    if place is None or not place.open_to(actor):
        raise ViewRefused(_("The list of this view is no longer there."))
    with transaction.atomic(durable=True):
        choices.choose_view(place=place, view=view if chosen else None, actor=actor)
        _note(view, "made_default" if chosen else "no_longer_default", actor, now)


def may_change(view: SavedView, actor: User) -> bool:
    """Its owner; the team that it is shared with; for shared ones also who may tidy up (the owner may have left)."""
    if view.owner_id == actor.pk or (view.for_everybody and actor.has_right(Right.VIEWS_MANAGE)):
        return True
    return bool(view.profile_id and (actor.has_right(Right.VIEWS_MANAGE) or actor.profiles.filter(pk=view.profile_id).exists()))


def teams_of(actor: User) -> list[Profile]:
    """The profiles that the person may share with: the issuer's people with any of theirs, merchants' with their own."""
    own = Profile.objects.filter(face=actor.face)
    return list((own if actor.face == Face.ISSUER else own.filter(users=actor)).order_by("name"))


def is_default(view: SavedView, actor: User) -> bool:
    return ListChoice.objects.filter(user=actor, view=view).exists()


def _own_views(person: User) -> list[SavedView]:
    """A person's views, one change of them at a time."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    return list(SavedView.objects.filter(owner=person))


def _locked(view_id: int, actor: User) -> SavedView:
    view = SavedView.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=view_id).first()
    if view is None:
        raise ViewRefused(_("This view has been deleted meanwhile."))
    if not may_change(view, actor):
        raise NotYourView(_("This view belongs to %(owner)s. Save a view of your own instead.") % {"owner": view.owner})
    return view


def _checked_name(name: str, others: list[SavedView]) -> str:
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name or any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in name):
        raise ViewRefused(_("Give the view a name of ordinary characters."), field="name")
    if name.casefold() in [one.name.casefold() for one in others]:
        raise ViewRefused(
            _("There is a view of this name on the list already. Choose another, or save the changes to that one."), field="name"
        )
    return name


def _checked_query(place: Place, query: str, actor: User) -> str:
    """What the list itself makes of an address: nothing unknown is kept."""
    look: str = place.page_for(actor, query[: 2 * LONGEST_QUERY]).look()
    if len(look) > LONGEST_QUERY:
        raise ViewRefused(_("These criteria are too long to be kept. Leave some out."))
    return look


def _audience(view: SavedView) -> str:
    return "everybody" if view.for_everybody else view.profile.reference if view.profile else "nobody"


def _note(view: SavedView, verb: str, actor: User, now: datetime, **more: Any) -> None:
    details = {"list": view.list_path, "filter": sorted(QueryDict(view.query))}
    record(action=f"views.{verb}", actor=actor, subject=view, details=details, now=now, **more)
