"""Pages of users: list and search, details with what they may, did and have open (USR-10, USR-13)."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face, Right, UserStatus
from accounts.issuer import dialogs
from accounts.issuer.filters import UserFilter
from accounts.issuer.forms import grouped_rights
from accounts.issuer.resources import UserResource
from accounts.issuer.tables import USER_COLUMNS, user_status
from accounts.models import Profile, SignInThrottle, User
from accounts.selectors import effective_rights, has_second_factor, locked_until, organisations_for
from accounts.services import granting
from accounts.services.invitations import LIFETIME
from audit.enums import Right as AuditRight
from audit.models import AuditEvent
from core.actors import ActorType
from core.errors import DomainError
from core.registries import visible
from kit import cells
from kit.details import DetailPage, Tab
from kit.lists import ListPage

LATEST = 100


class UserList(ListPage):
    model = User
    right = Right.USERS_SEE
    title = _("Users")
    intro = _("The people who sign in to the back office, yours and the merchants'.")
    columns = USER_COLUMNS
    filters = UserFilter
    resource = UserResource
    row_url = "user-detail"
    primary_action = dialogs.InviteAdministrator
    other_actions = [dialogs.InviteMerchantUser]
    empty = _("Users appear here once an administrator invites them.")

    def queryset(self) -> QuerySet[Any]:
        locks = SignInThrottle.objects.filter(user=OuterRef("pk"), locked_until__gt=timezone.now())
        organisations = organisations_for(self.request.user).filter(memberships__user=OuterRef("pk"))
        return (
            super()
            .queryset()
            .annotate(
                locked=Exists(locks),
                profile_names=ArraySubquery(Profile.objects.filter(users=OuterRef("pk")).order_by("name").values("name")),
                organisation_names=ArraySubquery(organisations.order_by("name").values("name")),
            )
        )


def rights_tab(page: DetailPage) -> dict[str, Any]:
    """Every right that the person has, by feature, and which profiles give it."""
    given = effective_rights(page.object)
    groups = [
        (feature, [(label, right, ", ".join(given[right])) for right, label in choices]) for feature, choices in grouped_rights(set(given))
    ]
    return {"groups": groups, "number": len(given), "organisations": page.organisations()}


def activity_tab(page: DetailPage) -> dict[str, Any]:
    """What the person did, as far as the viewer sees the trail."""
    own = visible(AuditEvent, page.request.user).filter(actor_type=ActorType.USER, actor_id=str(page.object.pk))
    return {"events": own.order_by("-at", "-id").defer("xid")[:LATEST]}


def sessions_tab(page: DetailPage) -> dict[str, Any]:
    return {"sessions": UserSession.objects.filter(user_id=page.object.pk).order_by("-last_seen_at")[:LATEST]}


class UserDetail(DetailPage):
    model = User
    right = Right.USERS_SEE
    audited_read = "users.read"
    kind = _("User")
    status_field = ""
    list_url, list_label = "user-list", _("Users")
    menu = "user-list"
    tabs = [
        Tab("summary", _("Summary"), "accounts/user_summary.html"),
        Tab("rights", _("Rights"), "accounts/user_rights.html", context=rights_tab),
        Tab("activity", _("What they did"), "accounts/user_activity.html", AuditRight.SEE, activity_tab),
        Tab("sessions", _("Sessions"), "accounts/user_sessions.html", context=sessions_tab),
    ]
    actions = [
        dialogs.InviteAgain,
        dialogs.Reactivate,
        dialogs.EditUser,
        dialogs.SetProfiles,
        dialogs.SetOrganisations,
        dialogs.SendResetMail,
        dialogs.ResetFactors,
        dialogs.RevokeInvitation,
        dialogs.Deactivate,
        dialogs.Erase,
    ]
    for_anybody = (dialogs.EditUser, dialogs.SendResetMail)  # the others need somebody within one's reach

    def prepare(self, **kwargs: Any) -> None:
        super().prepare(**kwargs)
        self.locked_until = locked_until(self.object, now=timezone.now())
        self.object.locked = self.locked_until is not None

    def out_of_reach(self) -> str:
        """Why the viewer may not change this account; "" where they may, or have no business to."""
        if not self.request.user.has_right(Right.USERS_EDIT) or self.object.status == UserStatus.DELETED:
            return ""
        try:
            granting.within_reach(self.request.user, self.object)
        except DomainError as error:
            return str(error)
        return ""

    def allowed_actions(self) -> list[dict[str, Any]]:
        allowed = super().allowed_actions()
        if not self.out_of_reach():
            return allowed
        kept = {action.address(self.object) for action in self.actions if issubclass(action, self.for_anybody)}  # type: ignore[attr-defined]
        return [action for action in allowed if action["url"] in kept]

    def organisations(self) -> QuerySet[Any]:
        return organisations_for(self.request.user).filter(memberships__user=self.object).order_by("name")

    def facts(self) -> list[tuple[Any, Any]]:
        user = self.object
        return [(_("Name"), format_html("{}", user)), (_("Login"), self.login()), (_("Status"), user_status(user))]

    def login(self) -> Any:
        return cells.NOTHING if self.object.erased_at else format_html("{}", self.object.email)

    def organisation_links(self) -> Any:
        links = [(self.link("organisation-detail", one.reference), one.name) for one in self.organisations()]
        if links:
            return format_html_join(", ", '<a href="{}">{}</a>', links)
        return _("Not restricted: sees all of them") if self.object.face == Face.ISSUER and not self.object.erased_at else cells.NOTHING

    def profile_links(self) -> Any:
        profiles = [(self.link("profile-detail", one.reference), one.name) for one in self.object.profiles.order_by("name")]
        may_see = self.request.user.has_right(Right.PROFILES_SEE)
        shown = [format_html('<a href="{}">{}</a>', url, name) if url and may_see else format_html("{}", name) for url, name in profiles]
        return format_html_join(", ", "{}", ((one,) for one in shown)) or cells.NOTHING

    def summary(self) -> list[tuple[Any, Any]]:
        user = self.object
        on_off = cells.badge_html(_("On"), cells.DONE) if has_second_factor(user) else cells.badge_html(_("Off"), cells.WAITS)
        lines = [
            (_("Login"), self.login()),
            (_("Phone number"), format_html("{}", user.phone) if user.phone else cells.NOTHING),
            (_("Face"), format_html("{}", user.get_face_display())),
            (_("Organisations"), self.organisation_links()),
            (_("Profiles"), self.profile_links()),
            (_("Language"), dict(settings.LANGUAGES).get(user.language, user.language)),
            (_("Second factor"), on_off),
            (_("Last sign-in"), cells.when_html(user.last_login)),
            (_("Created"), cells.when_html(user.created_at)),
        ]
        if self.locked_until:
            lines.append((_("Sign-in locked until"), cells.when_html(self.locked_until)))
        if user.status == UserStatus.INVITED:
            lines.append((_("Invitation works until"), cells.when_html(user.invited_at + LIFETIME)))
        if user.erased_at:
            lines.append((_("Deleted"), cells.when_html(user.erased_at)))
        return lines
