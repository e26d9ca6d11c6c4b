"""What can be done to many clients at once (UIX-08, CLI-03, CLI-04, CLI-06)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.enums import ClientStatus, Right
from clients.issuer.forms import ReasonForm, WhyForm
from clients.services import activate_clients, deactivate_clients, reactivate_clients, status, turn_clients
from clients.transitions import CLIENT
from kit.bulk.actions import BulkAction

BLOCKED = (Q(status__in=[ClientStatus.BLOCKED, ClientStatus.FROZEN]), _("are blocked or frozen"))


class ActivateClients(BulkAction):
    """CLI-06."""

    code = "activate"
    right = Right.CLIENTS_EDIT
    title = verb = _("Activate clients")
    button = _("Activate")
    icon = "check"
    able = Q(status=ClientStatus.CREATED)
    reasons = [
        (Q(status=ClientStatus.ACTIVE), _("are active already")),
        (Q(status=ClientStatus.DEACTIVATED), _("are deactivated already")),
        BLOCKED,
    ]
    in_chunks = True

    def sentence(self) -> Any:
        return _("They become active and can order. Each activation is counted today.")

    def perform_chunk(self, ids: Sequence[int], actor: Any, now: datetime) -> Mapping[int, Any]:
        return activate_clients(ids=ids, actor=actor, now=now)


class DeactivateClients(BulkAction):
    code = "deactivate"
    right = Right.CLIENTS_EDIT
    title = verb = _("Deactivate clients")
    button = _("Deactivate")
    icon = "ban"
    danger = True
    form_class = ReasonForm
    able = Q(status__in=[status for status in ClientStatus if ClientStatus.DEACTIVATED in CLIENT.allowed(status)])
    reasons = [(Q(status=ClientStatus.DEACTIVATED), _("are deactivated already")), BLOCKED]
    in_chunks = True

    def sentence(self) -> Any:
        return _(
            "They can't order, send or receive any more; what their wallets hold stays there. Each is told by mail, without the reason."
        )

    def perform_chunk(self, ids: Sequence[int], actor: Any, now: datetime) -> Mapping[int, Any]:
        return deactivate_clients(ids=ids, reason=self.values["reason"], actor=actor, now=now)


class ReactivateClients(BulkAction):
    code = "reactivate"
    right = Right.CLIENTS_EDIT
    title = verb = _("Reactivate clients")
    button = _("Reactivate")
    icon = "player-play"
    form_class = ReasonForm
    able = Q(status=ClientStatus.DEACTIVATED)
    reasons = [BLOCKED, (~Q(status=ClientStatus.DEACTIVATED), _("are not deactivated"))]
    in_chunks = True

    def sentence(self) -> Any:
        return _("They become again what they were, and can do all that this allows. Each is told by mail.")

    def perform_chunk(self, ids: Sequence[int], actor: Any, now: datetime) -> Mapping[int, Any]:
        return reactivate_clients(ids=ids, reason=self.values["reason"], actor=actor, now=now)


class TurnClients(BulkAction):
    """What the four of CLI-04 share."""

    right = Right.CLIENTS_BLOCK
    form_class = WhyForm
    in_chunks = True
    turn: ClassVar[status.Turn]
    words: ClassVar[Any] = ""

    def sentence(self) -> Any:
        return self.words

    def perform_chunk(self, ids: Sequence[int], actor: Any, now: datetime) -> Mapping[int, Any]:
        return turn_clients(ids=ids, turn=self.turn, reason=self.values["reason"], actor=actor, now=now)


class BlockClients(TurnClients):
    code = "block"
    title = verb = _("Block clients")
    button = _("Block")
    icon = "lock"
    danger = True
    turn = status.BLOCK
    able = Q(status__in=status.BLOCK.source)
    reasons = [(Q(status=ClientStatus.BLOCKED), _("are blocked already")), (Q(status=ClientStatus.DEACTIVATED), _("are deactivated"))]
    words = _(
        "They can do nothing any more: their sessions end, they can't sign in, order, send or receive. Each is told by mail, without the reason."
    )


class UnblockClients(TurnClients):
    code = "unblock"
    title = verb = _("Unblock clients")
    button = _("Unblock")
    icon = "lock-open"
    turn = status.UNBLOCK
    able = Q(status__in=status.UNBLOCK.source)
    reasons = [(~Q(status=ClientStatus.BLOCKED), _("are not blocked"))]
    words = _("They become again what they were, and sign in anew. Each is told by mail.")


class FreezeClients(TurnClients):
    code = "freeze"
    title = verb = _("Freeze clients")
    button = _("Freeze")
    icon = "snowflake"
    danger = True
    turn = status.FREEZE
    able = Q(status__in=status.FREEZE.source)
    reasons = [(Q(status=ClientStatus.FROZEN), _("are frozen already")), (~Q(status=ClientStatus.ACTIVE), _("are not active"))]
    words = _("They can still sign in and receive, but not send or order. Each is told by mail, without the reason.")


class UnfreezeClients(TurnClients):
    code = "unfreeze"
    title = verb = _("Unfreeze clients")
    button = _("Unfreeze")
    icon = "player-play"
    turn = status.UNFREEZE
    able = Q(status__in=status.UNFREEZE.source)
    reasons = [(~Q(status=ClientStatus.FROZEN), _("are not frozen"))]
    words = _("They can send and order again. Each is told by mail.")
