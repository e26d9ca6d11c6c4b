"""Who the session belongs to, with rights and organisations, in one statement per request."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Func, OuterRef

from accounts.models import Profile, User
from accounts.selectors import factor_annotations
from core.registries import person_annotations


class Backend(AuthenticationBackend):
    """Read anew at each request, so that a deactivated user is out and a revoked right bites at the next one."""

    def get_user(self, user_id: Any) -> User | None:
        held = Profile.objects.filter(users=OuterRef("pk")).annotate(one=Func(F("rights"), function="unnest")).values("one")
        memberships = User._meta.get_field("memberships").related_model  # higher in the house, hence by name
        member_of = memberships._default_manager.filter(user=OuterRef("pk")).values("organisation_id")
        own = {**factor_annotations(), "held_rights": ArraySubquery(held), "member_of": ArraySubquery(member_of), **person_annotations()}
        user = User.objects.annotate(**own).filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
