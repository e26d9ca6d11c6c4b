from typing import Any, ClassVar

from csp.decorators import csp_exempt
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from kit import cells
from kit.details import DetailPage, Tab
from kit.lists import ListPage
from kit.pages import Page, find_visible
from messaging.enums import MailStatus, Right
from messaging.issuer.filters import MailFilter
from messaging.issuer.resources import MailResource
from messaging.issuer.tables import MAIL_COLUMNS
from messaging.models import OutgoingMail
from messaging.services.rendering import rendered_of

# The HTML of a mail brings its own inline styles and nothing else: no script, no form, nothing loaded from anywhere, and
# an origin of its own. It is shown in a frame that is sandboxed as well.
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


class MailList(ListPage):
    model = OutgoingMail
    right = Right.SEE_MAIL
    title = _("Mailbox")
    intro = _("Every mail that the back office has sent or is about to send.")
    columns = MAIL_COLUMNS
    filters = MailFilter
    row_url = "mail-detail"
    resource = MailResource
    empty = _("Mails appear here as soon as something sends one, for example a password reset.")


class MailDetail(DetailPage):
    model = OutgoingMail
    right = Right.SEE_MAIL
    audited_read = "mails.read"
    kind = _("Mail")
    list_url, list_label = "mail-list", _("Mailbox")
    menu = "mail-list"
    tabs = [Tab("summary", _("Mail"), "messaging/mail.html", context=lambda page: mail_context(page.object))]

    def facts(self) -> list[tuple[Any, Any]]:
        return [(_("To"), self.object.to), (_("Queued"), cells.when_html(self.object.created_at))]

    def summary(self) -> list[tuple[Any, Any]]:
        mail = self.object
        return [
            (_("Kind"), mail.label),
            (_("Language"), mail.language or cells.NOTHING),
            (_("About"), cells.mono("about_reference")(mail)),
            (_("Queued"), cells.when_html(mail.created_at)),
            (_("Sent"), cells.when_html(mail.sent_at)),
            (_("Next attempt"), cells.when_html(mail.due_at if mail.status == MailStatus.QUEUED else None)),
            (_("Result"), mail.result or cells.NOTHING),
            (_("Message-ID"), cells.mono("message_id")(mail)),
        ]


def mail_context(mail: OutgoingMail) -> dict[str, Any]:
    content = rendered_of(mail) if settings.MAIL_KEEP_CONTENT else None
    return {"content": content, "tries": mail.tries.order_by("-number")[:20]}


class MailBody(Page):
    """The HTML part, for the frame of the page above; it has links with one-time secrets, so only the demo shows it."""

    right: ClassVar[str] = Right.SEE_MAIL
    audited_read = "mails.read"
    title = _("Mail")

    def prepare(self, **kwargs: Any) -> None:
        self.object = self.mail = find_visible(OutgoingMail, self.request.user, reference=kwargs["reference"])

    @method_decorator([csp_exempt(), xframe_options_sameorigin])
    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not settings.MAIL_KEEP_CONTENT:
            raise Http404
        return HttpResponse(rendered_of(self.mail).html, headers={"Content-Security-Policy": MAIL_POLICY})
