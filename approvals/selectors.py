"""What the policy says, for every action that can be put under it."""

from dataclasses import dataclass

from django.utils.functional import Promise

from approvals.models import ApprovalPolicy
from core.registries import approvables

REQUIRED_BY_DEFAULT = False


@dataclass(frozen=True)
class Policy:
    action: str
    label: str | Promise
    is_required: bool


def policies() -> list[Policy]:
    """One for each registered action, sorted by code: its row, or the default."""
    chosen = dict(ApprovalPolicy.objects.values_list("action", "is_required"))
    return [Policy(code, action.label, chosen.get(code, REQUIRED_BY_DEFAULT)) for code, action in approvables().items()]
