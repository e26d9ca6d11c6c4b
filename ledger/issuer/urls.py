from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.registries import extend
from kit.pages import MenuItem
from ledger.enums import Right
from ledger.issuer import lots, operations, proofs, waiting

urlpatterns = [
    path("transactions/", operations.OperationList.as_view(), name="operation-list"),
    path("transactions/all/", operations.TransactionList.as_view(), name="transaction-list"),
    path("transactions/<str:reference>/", operations.OperationDetail.as_view(), name="operation-detail"),
    path("lots/", lots.LotList.as_view(), name="lot-list"),
    path("proofs/", proofs.ProofList.as_view(), name="proof-list"),
    path("proofs/new/", proofs.RequestProof.as_view(), name="proof-create"),
    path("proofs/<str:reference>/", proofs.ProofDetail.as_view(), name="proof-detail"),
]

waiting.register()
extend(
    "menu",
    "issuer",
    MenuItem("transactions", _("Blockchain transactions"), "operation-list", "arrows-exchange", Right.OPERATIONS_SEE, order=50),
)
extend(
    "menu", "issuer", MenuItem("transactions", _("All transactions"), "transaction-list", "list-details", Right.OPERATIONS_SEE, order=55)
)
extend("menu", "issuer", MenuItem("oversight", _("Proof of the ledger"), "proof-list", "scale", Right.PROOF, order=20))
