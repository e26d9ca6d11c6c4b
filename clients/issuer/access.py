"""How a client gets in: what is verified, its sessions, a new password (CLI-03, CLI-10, CLI-11)."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from clients.enums import Right, SessionEnd, SessionStatus
from clients.issuer.dialogs import ClientAction, client_page
from clients.issuer.forms import ReasonForm
from clients.models import Client, ClientSession, Credential
from clients.services import passwords, sessions
from kit import cells
from kit.details import DetailPage
from kit.dialogs import ActionDialog, Done

SHOWN = 50


def access_rows(client: Client) -> list[tuple[Any, Any]]:
    """For the summary: what is verified, when the client signed in last, and whether its sign-in waits."""
    credential = Credential.objects.filter(client=client).first()
    rows = [
        (_("E-mail address verified"), cells.when_html(client.email_verified_at)),
        (_("Phone number verified"), cells.when_html(client.phone_verified_at)),
        (_("Last sign-in"), cells.when_html(credential.last_sign_in_at if credential else None)),
    ]
    if credential is not None and (until := sessions.locked_until(client, timezone.now())):
        rows.append((_("Sign-in locked until"), cells.when_html(until)))
    if client.deleted_at:
        rows.append((_("Deleted by the client"), cells.when_html(client.deleted_at)))
    return rows


def sessions_context(page: DetailPage) -> dict[str, Any]:
    """For the tab: the newest sessions, each with what became of it."""
    client, now = page.object, timezone.now()
    rows = list(ClientSession.objects.filter(client=client).order_by("-created_at", "-id")[:SHOWN])
    return {
        "sessions": [(one, *standing(one, now)) for one in rows],
        "has_password": Credential.objects.filter(client=client).exists(),
        "may_revoke": page.request.user.has_right(Right.CLIENTS_BLOCK),
    }


def standing(session: ClientSession, now: datetime) -> tuple[SessionStatus, Any]:
    """Its status and the badge of it."""
    if session.ended_at is not None:
        return SessionStatus.ENDED, cells.badge_html(session.get_end_display(), cells.NEUTRAL)
    if not sessions.is_open(session, now):
        return SessionStatus.EXPIRED, cells.badge_html(SessionStatus.EXPIRED.label, cells.NEUTRAL)
    return SessionStatus.ACTIVE, cells.badge_html(SessionStatus.ACTIVE.label, cells.DONE)


class ResetPassword(ClientAction):
    """CLI-03."""

    url_name = "client-reset-password"
    title = verb = _("Send a link to a new password")
    icon = "key"

    @classmethod
    def available(cls, obj: Client) -> bool:
        return obj.status in passwords.MAY_SIGN_IN and not obj.is_test

    def sentence(self) -> Any:
        words = _("{} gets a mail at {} with a link that works once, for an hour. The present password holds until then.")
        return format_html(words, self.object, self.object.email)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        passwords.send_reset_mail(client=obj, actor=actor, now=now)
        return Done(_("The link is on its way to %(address)s.") % {"address": obj.email})


class RevokeSessions(ClientAction):
    url_name = "client-sessions-revoke"
    right = Right.CLIENTS_BLOCK
    title = verb = _("End all sessions")
    icon = "logout"
    danger = True
    form_class = ReasonForm

    @classmethod
    def available(cls, obj: Client) -> bool:
        return ClientSession.objects.filter(sessions.open_sessions(timezone.now()), client=obj).exists()

    def sentence(self) -> Any:
        return format_html(_("{} is signed out everywhere at the next call, and can sign in again with the password."), self.object)

    def back(self) -> str:
        return client_page(self.object, "sessions")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        ended = sessions.revoke_sessions(client=obj, actor=actor, now=now, comment=form.cleaned_data["reason"])
        return Done(_("All sessions ended.") if ended else _("There was no open session."))


class RevokeSession(ActionDialog):
    model = ClientSession
    related = ("client",)
    right = Right.CLIENTS_BLOCK
    url_name = "client-session-revoke"
    menu = "client-list"
    title = verb = _("End session")
    danger = True

    def sentence(self) -> Any:
        words = _("The session that {} began at {} ends at the next call.")
        return format_html(words, self.object.client, cells.when_html(self.object.created_at))

    def back(self) -> str:
        return client_page(self.object.client, "sessions")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        ended = sessions.end_session(session=obj, end=SessionEnd.REVOKED, actor=actor, now=now)
        return Done(_("Session ended.") if ended else _("It had ended already."))
