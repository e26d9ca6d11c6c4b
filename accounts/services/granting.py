"""Who may give what to whom, asked under one lock, so that two people at once can't raise or strip anybody (USR-03, USR-11).

Everything that moves rights begins with `begin`: it waits for its turn and gives the actor as the database knows it then.
A right, a profile or an organisation that the actor has lost since the request began counts no more.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.utils.translation import gettext_lazy as _

from accounts.enums import Face, Right, UserStatus
from accounts.models import Profile, User
from core.actors import Actor
from core.errors import DomainError
from core.locks import lock, lock_name
from core.registries import is_narrowed, known_rights

LOCK = "accounts.rights"


class NotYours(DomainError):
    """The actor lacks the right, sees too little, is confined elsewhere, or it is about the actor's own account."""

    code = "not_yours"
    status = 403


class RightNotHeld(DomainError):
    """Nobody gives or takes away what they don't hold themselves (USR-03)."""

    code = "right_not_held"
    status = 403


class NobodyLeft(DomainError):
    """Afterwards nobody could give some right any more: the last administrator stays (USR-11)."""

    code = "nobody_left"


def begin(actor: Actor, right: str) -> Actor:
    """Wait for the lock of everything that moves rights; the actor as it is now. Raises NotYours where it may no longer do this."""
    lock_name(LOCK)
    if isinstance(actor, User):
        actor = User.objects.get(pk=actor.pk)
    if not actor.has_right(right):
        raise NotYours(_("You need the right “%(right)s”.") % {"right": known_rights().get(right, right)})
    if is_narrowed(actor):
        raise NotYours(_("You see some wallets alone. Users and profiles are for those who see all of their organisation."))
    return actor


def locked_user(user: User) -> User:
    return lock(User.objects.all(), pk=user.pk)


def within_own_rights(actor: Actor, rights: Iterable[str], *, field: str | None = None) -> None:
    """Raises RightNotHeld, and names what is missing."""
    known = known_rights()
    if missing := sorted(str(known.get(right, right)) for right in set(rights) if not actor.has_right(right)):
        names = ", ".join(missing[:3]) + (" …" if len(missing) > 3 else "")
        raise RightNotHeld(_("You can't give or take away what you don't hold yourself: %(rights)s.") % {"rights": names}, field=field)


def within_reach(actor: Actor, user: User) -> None:
    """Another person's account, of the actor's organisations alone, with no right that the actor lacks. Raises NotYours, RightNotHeld."""
    if isinstance(actor, User):
        if actor.pk == user.pk:
            raise NotYours(_("Nobody does this to their own account. Ask another administrator."))
        if actor.face == Face.MERCHANT and user.face != Face.MERCHANT:
            raise NotYours(_("This person is the issuer's."))
    of = organisations_of(user)
    if actor.organisation_ids is not None and not (of and of <= actor.organisation_ids):
        raise NotYours(_("This person acts for more than your organisations. Ask an administrator who sees all of them."))
    within_own_rights(actor, rights_held(user))


def rights_held(user: User) -> set[str]:
    """By the user's profiles, also while the account is deactivated."""
    return {right for rights in user.profiles.values_list("rights", flat=True) for right in rights}


def organisations_of(user: User) -> frozenset[int]:
    return frozenset(user.memberships.values_list("organisation_id", flat=True))


def fit_profiles(profiles: Iterable[Profile], *, face: str) -> list[Profile]:
    """The profiles as they are now, sorted by name. Raises NotYours where one is gone or of the other face."""
    wanted = {profile.pk for profile in profiles}
    found = list(Profile.objects.filter(pk__in=wanted, face=face).order_by("name"))
    if len(found) != len(wanted):
        raise NotYours(_("A user and the user's profiles are of one face, and the profiles are there."), field="profiles")
    return found


def fit_organisations(actor: Actor, organisations: Iterable[int], *, face: str) -> frozenset[int]:
    """The organisations to act for. A merchant's person has one at least; who is confined gives of their own alone, and not none:
    an administrator without any sees everything. Raises NotYours."""
    wanted = frozenset(organisations)
    if face == Face.MERCHANT and not wanted:
        raise NotYours(_("A merchant's user acts for an organisation: choose one."), field="organisations")
    if actor.organisation_ids is not None and not (wanted and wanted <= actor.organisation_ids):
        raise NotYours(_("Choose among your own organisations."), field="organisations")
    return wanted


@contextmanager
def someone_can_give_every_right() -> Iterator[None]:
    """What the block does leaves, for each right that could be given before, somebody who can give it. Raises NobodyLeft."""
    before = givable()
    yield
    if lost := before - givable():
        known = known_rights()
        names = sorted(str(known.get(right, right)) for right in lost)
        raise NobodyLeft(
            _("Nobody would be left who can give others this: %(rights)s. Give it to another active administrator first.")
            % {"rights": ", ".join(names[:3]) + (" …" if len(names) > 3 else "")}
        )


def givable() -> set[str]:
    """Every right of active administrators who see everything and may give profiles."""
    administrators = User.objects.filter(
        face=Face.ISSUER, status=UserStatus.ACTIVE, memberships=None, profiles__rights__contains=[Right.USERS_EDIT]
    ).values("pk")
    held = Profile.objects.filter(users__in=administrators).values_list("rights", flat=True)
    return {right for rights in held for right in rights} & set(known_rights())
