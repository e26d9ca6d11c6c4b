"""The gate of four-eyes: page, API and task pass the same one, because the service of the action asks it (USR-05)."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from approvals.models import ApprovalPolicy
from approvals.selectors import REQUIRED_BY_DEFAULT
from core.actors import Actor
from core.errors import DomainError
from core.registries import approvables


class ApprovalNeeded(DomainError):
    """The policy wants a second person for this action."""

    code = "approval_needed"
    status = 403


def require(*, action: str, actor: Actor, payload: Mapping[str, Any], approval_id: int | None = None) -> None:
    """Return if the policy needs no second person for `action` with `payload`; raise ApprovalNeeded otherwise.

    `approval_id` names an approval of exactly this payload. Nothing grants one yet, so none is accepted: where the
    policy wants a second person the action is refused, never let through. Raises ImproperlyConfigured for an action
    that isn't registered: everything under the gate can be listed.
    """
    if action not in approvables():
        raise ImproperlyConfigured(f"the action {action} is not registered as approvable")
    row = ApprovalPolicy.objects.filter(action=action).values_list("is_required", flat=True).first()
    if REQUIRED_BY_DEFAULT if row is None else row:
        raise ApprovalNeeded(_("This needs the approval of a second person: %(action)s.") % {"action": approvables()[action].label})
