"""Block, freeze and back (CLI-04)."""

from datetime import datetime
from typing import Any, ClassVar

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from clients.enums import Right
from clients.issuer.dialogs import ClientAction, told_by_mail
from clients.issuer.forms import WhyForm
from clients.models import Client
from clients.services import status, turn_client
from kit.dialogs import Done


class TurnClient(ClientAction):
    """What the four share: a reason, a mail without it."""

    right = Right.CLIENTS_BLOCK
    form_class = WhyForm
    turn: ClassVar[status.Turn]
    words: ClassVar[Any] = ""
    done: ClassVar[Any] = ""

    @classmethod
    def available(cls, obj: Client) -> bool:
        return obj.status in cls.turn.source

    def sentence(self) -> Any:
        return format_html("{} {}", format_html(self.words, self.object), told_by_mail(self.object))

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        turn_client(client=obj, turn=self.turn, reason=form.cleaned_data["reason"], actor=actor, now=now)
        return Done(self.done % {"client": obj})


class BlockClient(TurnClient):
    url_name = "client-block"
    title = verb = _("Block client")
    icon = "lock"
    danger = True
    turn = status.BLOCK
    words = _(
        "{} can do nothing any more: its sessions end at once, it can't sign in, order, send or receive. What the wallets hold stays there."
    )
    done = _("%(client)s is blocked.")


class UnblockClient(TurnClient):
    url_name = "client-unblock"
    title = verb = _("Unblock client")
    icon = "lock-open"
    turn = status.UNBLOCK
    words = _("{} becomes again what it was before, and signs in anew.")
    done = _("%(client)s is unblocked.")

    @classmethod
    def is_next(cls, obj: Any) -> bool:
        return True


class FreezeClient(TurnClient):
    url_name = "client-freeze"
    title = verb = _("Freeze client")
    icon = "snowflake"
    danger = True
    turn = status.FREEZE
    words = _("{} can still sign in and receive, but not send or order, until it is unfrozen.")
    done = _("%(client)s is frozen.")


class UnfreezeClient(TurnClient):
    url_name = "client-unfreeze"
    title = verb = _("Unfreeze client")
    icon = "player-play"
    turn = status.UNFREEZE
    words = _("{} can send and order again.")
    done = _("%(client)s is unfrozen.")

    @classmethod
    def is_next(cls, obj: Any) -> bool:
        return True
