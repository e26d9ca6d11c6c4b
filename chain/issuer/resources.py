"""What exports of the settlement hold (EXP-X1)."""

from chain.models import ChainOp, ChainTx, Comparison
from kit.exports.resource import ListResource


class OperationResource(ListResource):
    more = {"transaction_hash": "chain_tx__hash", "block": "chain_tx__block_number"}

    class Meta:
        model = ChainOp


class TransactionResource(ListResource):
    more = {"contract": "identity__contract", "chain_id": "identity__chain_id"}
    excluded = {
        "identity": "its contract and chain id are exported",
        "raw": "the signed bytes; its hash is exported",
        "data": "calldata; its operations are exported in their own list",
    }

    class Meta:
        model = ChainTx


class ComparisonResource(ListResource):
    class Meta:
        model = Comparison
