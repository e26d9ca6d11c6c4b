"""Which wallets a merchant's person is restricted to (USR-14)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import OuterRef
from django.utils.translation import gettext_lazy as _
from guardian.shortcuts import assign_perm, get_objects_for_user

from accounts.enums import Face, Right, UserStatus
from accounts.models import User
from accounts.services import granting
from accounts.services.users import UserMoved
from approvals.services import require
from audit.services import record
from core.actors import Actor
from core.registries import visible
from wallets.models import Wallet, WalletAccess

PERMISSION = "view_wallet"


def chosen_wallets(actor: Actor) -> frozenset[int] | None:
    """The ids of the wallets that the actor is restricted to; None: to none in particular. A request's user brings them along."""
    if not isinstance(actor, User) or actor.face != Face.MERCHANT:
        return None
    if not hasattr(actor, "chosen_wallet_ids"):
        own = get_objects_for_user(
            actor, PERMISSION, Wallet.objects.all(), use_groups=False, with_superuser=False, accept_global_perms=False
        )
        actor.chosen_wallet_ids = list(own.values_list("pk", flat=True))  # type: ignore[attr-defined]
    return frozenset(actor.chosen_wallet_ids) or None


def chosen_wallet_ids() -> ArraySubquery:
    """The same for the statement that reads a request's user."""
    own = WalletAccess.objects.filter(user=OuterRef("pk"), permission__codename=PERMISSION)
    return ArraySubquery(own.order_by("content_object_id").values("content_object_id"))


def choose_wallets(*, user: User, wallets: Iterable[Wallet], actor: Actor, now: datetime, approval_id: int | None = None) -> User:
    """Restrict a merchant's person to these wallets of their organisations, from the next page on; none: all of them again (USR-14).

    Raises NotYours, RightNotHeld (403), UserMoved, ApprovalNeeded.
    """
    with transaction.atomic(durable=True):
        actor = granting.begin(actor, Right.USERS_EDIT)
        user = granting.locked_user(user)
        granting.within_reach(actor, user)
        if user.status == UserStatus.DELETED:
            raise UserMoved(_("This account is deleted."))
        wanted = list(offered(user, actor).filter(pk__in=[wallet.pk for wallet in wallets]).order_by("reference"))
        if len(wanted) != len({wallet.pk for wallet in wallets}):
            raise granting.NotYours(_("Choose wallets of the person's organisations."), field="wallets")
        held = Wallet.objects.filter(accesses__user=user).order_by("reference")
        old, new = [wallet.reference for wallet in held], [wallet.reference for wallet in wanted]
        if old == new:
            return user
        require(action="users.choose_wallets", actor=actor, payload={"user": user.reference, "wallets": new}, approval_id=approval_id)
        WalletAccess.objects.filter(user=user).exclude(content_object__in=wanted).delete()
        for wallet in wanted:
            assign_perm(PERMISSION, user, wallet)
        record(action="users.wallets_chosen", actor=actor, subject=user, now=now, changes={"wallets": (old, new)})
    return user


def offered(user: User, actor: Actor) -> Any:
    """The wallets that the actor can restrict the person to: of the person's organisations, and seen by the actor."""
    if user.face != Face.MERCHANT:
        return Wallet.objects.none()
    return visible(Wallet, actor).filter(organisation_id__in=granting.organisations_of(user), is_test=False)


def forget_access(*, user: User) -> None:
    """Follows a user's deletion, in its transaction."""
    WalletAccess.objects.filter(user=user).delete()
