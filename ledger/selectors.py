"""Shared reads of the ledger."""

import re

from django.db.models import OuterRef, Q, QuerySet, Subquery

from assets.enums import AssetKind
from chain.models import ChainOp
from clients.models import Client
from core.references import clean_reference
from ledger.enums import OperationStatus
from ledger.models import Operation
from organisations.models import Organisation
from wallets.models import Wallet
from wallets.selectors import matching

HASH = re.compile(r"0x[0-9a-f]{64}")
MOST_WALLETS = 500  # a search that names more wallets than that names none in particular


def on_chain(operations: QuerySet[Operation]) -> QuerySet[Operation]:
    """The successful transactions of digital assets, with their settlement's status and transaction hash (TXN-01)."""
    return operations.filter(status=OperationStatus.POSTED, asset__kind=AssetKind.DIGITAL)


def with_settlement(operations: QuerySet[Operation]) -> QuerySet[Operation]:
    own = ChainOp.objects.filter(operation_id=OuterRef("pk"))
    return operations.annotate(
        settlement_status=Subquery(own.values("status")[:1]), settlement_hash=Subquery(own.values("chain_tx__hash")[:1])
    )


def named(text: str) -> Q:
    """The operations of a blockchain transaction's hash, or the one with this transaction identifier, in any case."""
    wanted = text.strip()
    if HASH.fullmatch(wanted.lower()):
        return Q(pk__in=ChainOp.objects.filter(chain_tx__hash=wanted.lower()).values("operation_id"))
    return Q(reference=clean_reference(wanted) or wanted)


def wallets_named(text: str) -> list[int]:
    """The ids of wallets whose address, name or reference, or whose owner's name, holds the text."""
    found = Wallet.objects.filter(
        matching(text)
        | Q(client__in=Client.objects.filter(search_text__icontains=text).values("pk"))
        | Q(organisation__in=Organisation.objects.filter(Q(name__icontains=text) | Q(reference__iexact=text)).values("pk"))
    )
    return list(found.values_list("pk", flat=True)[:MOST_WALLETS])
