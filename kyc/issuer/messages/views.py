"""What providers sent, as it came, and what became of it (KYC-20, KYC-22)."""

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done
from kit.lists import ListPage
from kyc.enums import MessageStatus, Right
from kyc.issuer.messages.filters import MessageFilter
from kyc.issuer.messages.resources import MessageResource
from kyc.issuer.messages.tables import MESSAGE_COLUMNS, note_of
from kyc.models import Case, ProviderMessage
from kyc.services.inbox import may_be_repeated, process_again

SHOWN_BYTES = 64 * 1024  # of a body on its page


class MessageList(ListPage):
    model = ProviderMessage
    right = Right.KYC_SEE
    title = _("Provider messages")
    intro = _(
        "What verification providers sent: stored before it was answered, handled once. What a message says is a hint, the provider is asked."
    )
    columns = MESSAGE_COLUMNS
    filters = MessageFilter
    order = ("-received_at", "-id")
    row_url = "kyc-message-detail"
    resource = MessageResource
    empty = _("Messages appear here when a provider reports about a case. Which providers are in use, the tiers say.")


class RepeatMessage(ActionDialog):
    model = ProviderMessage
    right = Right.KYC_ACT
    url_name = "kyc-message-repeat"
    title = verb = _("Handle again")

    @classmethod
    def available(cls, message: ProviderMessage) -> bool:
        return may_be_repeated(message)

    @classmethod
    def is_next(cls, message: ProviderMessage) -> bool:
        return message.status in (MessageStatus.FAILED, MessageStatus.UNMATCHED)

    def sentence(self) -> Any:
        return _("The message is read anew, and the provider is asked how the case stands. A case that is decided already doesn't change.")

    def perform(self, form: Any, actor: Any, obj: ProviderMessage, now: datetime) -> Done:
        process_again(message_id=obj.pk, actor=actor, now=now)
        return Done(_("%(message)s is being handled again.") % {"message": obj.reference})


class MessageDetail(DetailPage):
    model = ProviderMessage
    right = Right.KYC_SEE
    audited_read = "kyc.message_read"
    kind = _("Provider message")
    list_url, list_label = "kyc-message-list", _("Provider messages")
    menu = "kyc-message-list"
    related = ("case",)
    tabs = [
        Tab("summary", _("Summary"), "kit/summary.html"),
        Tab("content", _("Content"), "kyc/message.html", context=lambda page: content_of(page.object)),
    ]
    actions = [RepeatMessage]

    def is_sensitive(self) -> bool:
        """The content holds what the provider read from documents."""
        return self.request.GET.get("tab") == "content"

    def facts(self) -> list[tuple[Any, Any]]:
        message = self.object
        return [
            (_("Provider"), message.get_provider_display()),
            (_("Event"), cells.mono("event")(message)),
            (_("Case"), case_link(message.case)),
            (_("Received"), cells.when_html(message.received_at)),
        ]

    def summary(self) -> list[tuple[Any, Any]]:
        message = self.object
        rows: list[tuple[Any, Any]] = [
            (_("Provider's reference"), cells.mono("provider_reference")(message)),
            (
                _("Signature"),
                cells.badge_html(_("Holds"), cells.DONE) if message.signature_holds else cells.badge_html(_("Doesn't hold"), cells.FAILED),
            ),
            (_("Copies"), format_html("{}", message.copies)),
            (_("Last copy"), cells.when_html(message.last_received_at)),
            (_("Handled"), cells.when_html(message.processed_at)),
            (_("Attempts"), format_html("{}", message.attempts)),
            (_("Note"), note_of(message)),
            (_("SHA-256 of the content"), cells.mono("body_sha256")(message)),
        ]
        if message.status == MessageStatus.RECEIVED:
            rows.insert(5, (_("Next attempt"), cells.when_html(message.next_attempt_at)))
        return rows


def case_link(case: Case | None) -> Any:
    return format_html('<a href="{}">{}</a>', reverse("kyc-case-detail", args=[case.reference]), case.reference) if case else cells.NOTHING


def content_of(message: ProviderMessage) -> dict[str, Any]:
    """The body as it came, in lines where it is JSON; at most so much of it as a page bears."""
    raw = bytes(message.body)[:SHOWN_BYTES]
    text = raw.decode(errors="replace")
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return {"text": text.replace("\0", "�"), "headers": sorted(message.headers.items()), "cut": len(message.body) > SHOWN_BYTES}


def messages_of(page: DetailPage) -> dict[str, Any]:
    """For the tab on a case: its last messages, and when its provider is asked next."""
    rows = list(page.object.messages.order_by("-received_at", "-id").defer("body", "headers")[:50])
    return {"rows": [(row, cells.badge_of(row), note_of(row)) for row in rows], "inquiry": getattr(page.object, "inquiry", None)}
