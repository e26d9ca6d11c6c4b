"""What can be done to many clients at once (UIX-08, CLI-03)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.enums import ClientStatus, Right
from clients.issuer.forms import ReasonForm
from clients.services import deactivate_clients, reactivate_clients
from clients.transitions import CLIENT
from kit.bulk.actions import BulkAction

BLOCKED = (Q(status__in=[ClientStatus.BLOCKED, ClientStatus.FROZEN]), _("are blocked or frozen"))


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
