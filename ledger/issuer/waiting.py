"""What waits for an operation on the chain: the operation of the ledger, and what caused it (CHN-09)."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.actors import Actor
from core.registries import extend, visible
from core.subjects import type_label
from kit.subjects import subject_url
from ledger.enums import Right
from ledger.models import Operation


def waiting_things(operation_ids: Iterable[int], actor: Actor) -> dict[int, SafeString]:
    """id -> a link to the order, payment … whose operation waits, and to the operation; of those that the person may see."""
    if not actor.has_right(Right.OPERATIONS_SEE):
        return {}
    rows = visible(Operation, actor).filter(pk__in=list(operation_ids))
    return {row.pk: thing_html(row) for row in rows}


def thing_html(row: Operation) -> SafeString:
    name = format_html(
        '<a href="{}">{} <span class="mono">{}</span></a>',
        reverse("operation-detail", args=[row.reference]),
        row.get_type_display(),
        row.reference,
    )
    if not row.cause_type:
        return name
    kind, url = type_label(row.cause_type).capitalize(), subject_url(row.cause_type, row.cause_reference)
    cause = format_html('{} <span class="mono">{}</span>', kind, row.cause_reference)
    return format_html("{} · {}", format_html('<a href="{}">{}</a>', url, cause) if url else cause, name)


def register() -> None:
    extend("chain.waiting", "things", waiting_things)
