"""Stuck transactions: what a person asks for, and what the settlement's worker makes of it (CHN-09).

Nothing is ever sent twice: a replacement has the nonce of what it replaces, so that the chain takes one of them. A cancelled
transaction's operations keep their numbers and go back to the queue once its replacement is mined; had the original been mined
first, they are settled by it, and the replacement never happens.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from audit.services import record
from chain.client import View
from chain.enums import OPEN_TX, HaltReason, ReplacementKind, ReplacementStatus, TxPurpose, TxStatus
from chain.models import ChainTx, Lane, Replacement
from chain.services.build import TRANSFER_GAS, outbid, raised, store
from chain.signer import Signer, operator
from core.actors import Actor, SystemActor
from core.errors import DomainError
from core.tasks import enqueue

WORKER = SystemActor("settlement")


class NotReplaceable(DomainError):
    """The chain has it already, it is cancelled, or somebody has just asked for the same."""

    code = "not_replaceable"


def newest_version(identity_id: int, signer: str, nonce: int) -> ChainTx | None:
    """The one that is sent."""
    return ChainTx.objects.filter(identity=identity_id, signer=signer, nonce=nonce).order_by("-version").first()


def why_not(row: ChainTx, kind: str, lane: Lane | None) -> str:
    """Why this transaction can't be replaced so, as far as the rows know; "" where it can."""
    if lane is None or (row.identity_id, row.signer) != (lane.identity_id, lane.signer) or row.status not in OPEN_TX:
        return str(_("It has ended: there is nothing to be replaced."))
    if row.status == TxStatus.MINED or (lane.seen_nonce is not None and row.nonce < lane.seen_nonce):
        return str(_("A block holds it already."))
    if kind == ReplacementKind.CANCEL and row.purpose == TxPurpose.FILLER:
        return str(_("It moves nothing: it is cancelled already, or fills a gap."))
    return ""


def request_replacement(*, row: ChainTx, kind: ReplacementKind, actor: Actor, now: datetime, comment: str) -> Replacement:
    """Have the settlement's worker replace a transaction. Raises NotReplaceable."""
    with transaction.atomic(durable=True):
        lane = Lane.objects.first()
        latest = newest_version(row.identity_id, row.signer, row.nonce) or row
        if reason := why_not(latest, kind, lane):
            raise NotReplaceable(reason)
        try:
            with transaction.atomic():
                asked = Replacement.objects.create(
                    kind=kind,
                    identity_id=row.identity_id,
                    signer=row.signer,
                    nonce=row.nonce,
                    requested_by=actor.actor_label,
                    requested_at=now,
                )
        except IntegrityError:
            raise NotReplaceable(_("Somebody has just asked for a replacement of this transaction.")) from None
        details = {"replacement": asked.reference, "nonce": row.nonce, "version": latest.version}
        record(action=f"chain.{kind}_requested", actor=actor, subject=latest, details=details, comment=comment, now=now)
        enqueue("chain.tasks.track")
    return asked


def replace_as_asked(lane: Lane, view: View, *, now: datetime, signer: Signer | None) -> int:
    """The worker's part: act on what was asked for, each once; how many."""
    acted = 0
    while replace_one(lane, view, now=now, signer=signer):
        acted += 1
    return acted


@transaction.atomic(durable=True)
def replace_one(lane: Lane, view: View, *, now: datetime, signer: Signer | None) -> bool:
    row = Lane.objects.select_for_update(of=("self",)).select_related("identity").get(pk=lane.pk)
    asked = Replacement.objects.select_for_update().filter(status=ReplacementStatus.QUEUED).order_by("id").first()
    if asked is None or row.halt_reason == HaltReason.WRONG_SIGNER:
        return False
    latest = newest_version(asked.identity_id, asked.signer, asked.nonce)
    assert latest is not None  # rows of transactions are never deleted
    row.seen_nonce = view.nonce_head
    higher = raised(latest, view)
    refusal = why_not(latest, asked.kind, row)
    if not refusal and higher is None:
        refusal = str(_("The highest fee that the settings allow (CHAIN_MAX_FEE) leaves no room for a replacement that nodes accept."))
    if refusal or higher is None:
        finish(asked, latest, ReplacementStatus.REFUSED, now=now, refusal=refusal)
        return True
    signing = signer or operator()
    if asked.kind == ReplacementKind.SPEED_UP:
        replacement = outbid(latest, lane=row, signer=signing, view=view, with_fees=higher, now=now)
    else:
        replacement = store(
            lane=row, signer=signing, nonce=latest.nonce, purpose=TxPurpose.FILLER, data=b"", gas=TRANSFER_GAS, view=view, now=now,
            to=row.signer, version=latest.version + 1, with_fees=higher,
        )  # fmt: skip
    finish(asked, replacement, ReplacementStatus.SENT, now=now)
    return True


def finish(asked: Replacement, row: ChainTx, status: ReplacementStatus, *, now: datetime, refusal: str = "") -> None:
    asked.status, asked.decided_at, asked.refusal = status, now, refusal[:300]
    asked.transaction = row if status == ReplacementStatus.SENT else None
    asked.save(update_fields=["status", "decided_at", "refusal", "transaction"])
    action = "chain.replaced" if status == ReplacementStatus.SENT else "chain.replacement_refused"
    details = {
        "replacement": asked.reference,
        "kind": asked.kind,
        "nonce": row.nonce,
        "version": row.version,
        "asked_by": asked.requested_by,
    }
    record(action=action, actor=WORKER, subject=row, details=details, now=now)
    enqueue("chain.tasks.broadcast")
