"""What exports of the settlement hold (EXP-X1)."""

from chain.models import ChainOp, Comparison
from kit.exports.resource import ListResource


class OperationResource(ListResource):
    more = {"transaction_hash": "chain_tx__hash", "block": "chain_tx__block_number"}

    class Meta:
        model = ChainOp


class ComparisonResource(ListResource):
    class Meta:
        model = Comparison
