"""What the export of orders holds: all data stored (ORD-03)."""

from django.db.models import OuterRef, QuerySet, Subquery

from chain.models import ChainOp
from kit.exports.resource import ListResource
from ledger.enums import OperationStatus
from ledger.models import Operation
from orders.models import Order


class OrderResource(ListResource):
    more = {
        "client_type": "client__type",
        "client_first_name": "client__first_name",
        "client_last_name": "client__last_name",
        "client_company_name": "client__company_name",
        "client_email": "client__email",
        "wallet_address": "wallet__address",
        "operation_reference": "operation_reference",
        "blockchain_transaction_id": "transaction_hash",
    }

    class Meta:
        model = Order

    @staticmethod
    def annotate(rows: QuerySet[Order]) -> QuerySet[Order]:
        """With the operation that gave the assets, and the transaction that settled it."""
        caused = Operation.objects.filter(cause_type=Order._meta.label_lower, status=OperationStatus.POSTED)
        operations = caused.filter(cause_id=OuterRef("pk"))
        settled = ChainOp.objects.filter(operation_id__in=caused.filter(cause_id=OuterRef(OuterRef("pk"))).values("pk"))
        return rows.annotate(
            operation_reference=Subquery(operations.values("reference")[:1]),
            transaction_hash=Subquery(settled.values("chain_tx__hash")[:1]),
        )
