"""Operations on the chain and comparisons in the global search (UIX-04)."""

from django.db.models import Q, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from chain.enums import Right
from chain.models import ChainOp, ChainTx, Comparison
from core.finding import SearchSource, register_search
from core.question import Question

REFERENCE = Concat(Value("CHN-"), Cast("pk", TextField()))


def sent_as(question: Question) -> Q | None:
    return Q(hash=question.hash) if question.hash else None


def register() -> None:
    register_search(
        SearchSource(
            label=_("Comparisons with the ledger"),
            model=Comparison,
            right=Right.CHAIN_SEE,
            page="settlement-comparison",
            icon="scale",
            shown=("reference", "requested_at"),
            status="status",
            prefixes={"CMP": "reference"},
        )
    )
    register_search(
        SearchSource(
            label=_("Transactions sent to the chain"),
            model=ChainTx,
            right=Right.CHAIN_SEE,
            page="settlement-transaction",
            icon="send",
            key="hash",
            shown=("hash", "purpose", "created_at"),
            status="status",
            exact=sent_as,
        )
    )
    register_search(
        SearchSource(
            label=_("Operations on the chain"),
            model=ChainOp,
            right=Right.CHAIN_SEE,
            page="settlement-operation",
            icon="link",
            key=REFERENCE,
            shown=(REFERENCE, "kind", "created_at"),
            status="status",
            prefixes={"CHN": "pk"},
        )
    )
