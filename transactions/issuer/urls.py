from django.urls import path

from core.registries import extend
from transactions.issuer.transfers import TransferByHand

urlpatterns = [
    path("transactions/transfer/", TransferByHand.as_view(), name="transfer-create"),
]
for transactions in ("OperationList", "TransactionList"):
    extend(f"ledger.issuer.operations.{transactions}", "primary_action", TransferByHand)
