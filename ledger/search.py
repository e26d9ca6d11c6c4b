"""Operations and proofs in the global search (UIX-04)."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chain.models import ChainOp
from core.finding import SearchSource, register_search
from core.question import Question
from ledger.enums import Right
from ledger.models import Operation, ProofRun


def settled_in(question: Question) -> Q | None:
    if not question.hash:
        return None
    return Q(pk__in=ChainOp.objects.filter(chain_tx__hash=question.hash).values("operation_id"))


def register() -> None:
    register_search(
        SearchSource(
            label=_("Proofs of the ledger"),
            model=ProofRun,
            right=Right.PROOF,
            page="proof-detail",
            icon="scale",
            shown=("reference", "requested_at"),
            status="status",
            prefixes={"PRO": "reference"},
        )
    )
    register_search(
        SearchSource(
            label=_("Blockchain transactions"),
            model=Operation,
            right=Right.OPERATIONS_SEE,
            page="operation-detail",
            icon="arrows-exchange",
            shown=("reference", "type", "quantity", "asset__code", "posted_at"),
            status="status",
            prefixes={"TXN": "reference"},
            near=settled_in,
            all_of_them=("operation-list", "transaction"),
        )
    )
