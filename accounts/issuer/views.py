"""Pages of users (USR-10, read only so far) and the reset mail that an administrator triggers (ACC-06)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from accounts.enums import Right
from accounts.issuer.filters import UserFilter
from accounts.issuer.resources import UserResource
from accounts.issuer.tables import USER_COLUMNS, user_status
from accounts.models import SignInThrottle, User
from accounts.selectors import has_second_factor, locked_until
from accounts.services.passwords import send_reset_mail
from core.errors import DomainError
from kit import cells
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done
from kit.lists import ListPage


class TooManyMails(DomainError):
    code = "too_many_mails"
    status = 409


class SendResetMail(ActionDialog):
    model = User
    right = Right.USERS_EDIT
    url_name = "user-reset-mail"
    menu = "user-list"
    title = verb = _("Send password mail")
    icon = "mail"

    @classmethod
    def available(cls, obj: User) -> bool:
        return obj.is_active

    def sentence(self) -> Any:
        return format_html(
            _("{} gets a mail with a link to a new password. It works once, for an hour; until then the old password holds."),
            self.object.email,
        )

    def back(self) -> str:
        return reverse("user-detail", args=[self.object.reference])

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        if not send_reset_mail(user=obj, actor=actor, now=now):
            raise TooManyMails(_("Five such mails went out in the last hour. Wait before sending another."))
        return Done(_("The mail to %(email)s is on its way.") % {"email": obj.email})


class UserList(ListPage):
    model = User
    right = Right.USERS_SEE
    title = _("Users")
    intro = _("The people who sign in to the back office, yours and the merchants'.")
    columns = USER_COLUMNS
    filters = UserFilter
    resource = UserResource
    row_url = "user-detail"
    empty = _("Users appear here once an administrator creates them.")

    def queryset(self) -> QuerySet[Any]:
        locks = SignInThrottle.objects.filter(user=OuterRef("pk"), locked_until__gt=timezone.now())
        return super().queryset().annotate(locked=Exists(locks))


class UserDetail(DetailPage):
    model = User
    right = Right.USERS_SEE
    kind = _("User")
    list_url, list_label = "user-list", _("Users")
    menu = "user-list"
    tabs = [Tab("summary", _("Summary"), "kit/summary.html")]
    actions = [SendResetMail]

    def prepare(self, **kwargs: Any) -> None:
        super().prepare(**kwargs)
        self.locked_until = locked_until(self.object, now=timezone.now())
        self.object.locked = self.locked_until is not None

    def facts(self) -> list[tuple[Any, Any]]:
        return [(_("Name"), format_html("{}", self.object)), (_("Status"), user_status(self.object))]

    def summary(self) -> list[tuple[Any, Any]]:
        user = self.object
        on_off = cells.badge_html(_("On"), cells.DONE) if has_second_factor(user) else cells.badge_html(_("Off"), cells.WAITS)
        return [
            (_("Login"), format_html("{}", user.email)),
            (_("Phone number"), format_html("{}", user.phone) if user.phone else cells.NOTHING),
            (_("Face"), format_html("{}", user.get_face_display())),
            (_("Profiles"), format_html_join(", ", "{}", ((profile,) for profile in user.profiles.order_by("name"))) or cells.NOTHING),
            (_("Language"), dict(settings.LANGUAGES).get(user.language, user.language)),
            (_("Second factor"), on_off),
            (_("Last sign-in"), cells.when_html(user.last_login)),
            (_("Sign-in locked until"), cells.when_html(self.locked_until)),
            (_("Created"), cells.when_html(user.created_at)),
        ]
