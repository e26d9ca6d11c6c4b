from django.urls import path
from django.utils.translation import gettext_lazy as _

from chain.enums import ChainOpStatus, Right
from chain.issuer import node, transactions, views
from chain.models import ChainOp
from core.registries import extend, register_badge, visible
from kit.pages import MenuItem

urlpatterns = [
    path("settlement/", node.SettlementPage.as_view(), name="settlement"),
    path("settlement/resume/", views.ResumeSettlement.as_view(), name="settlement-resume"),
    path("settlement/operations/", views.OperationList.as_view(), name="settlement-operations"),
    path("settlement/operations/<str:reference>/", views.OperationDetail.as_view(), name="settlement-operation"),
    path("settlement/operations/<str:reference>/void/", views.VoidOperation.as_view(), name="settlement-void"),
    path("settlement/transactions/", transactions.TransactionList.as_view(), name="settlement-transactions"),
    path("settlement/transactions/<str:reference>/", transactions.TransactionDetail.as_view(), name="settlement-transaction"),
    path("settlement/transactions/<str:reference>/speed-up/", transactions.SpeedUp.as_view(), name="settlement-transaction-speed-up"),
    path("settlement/transactions/<str:reference>/cancel/", transactions.CancelTransaction.as_view(), name="settlement-transaction-cancel"),
    path("settlement/comparisons/", views.ComparisonList.as_view(), name="settlement-comparisons"),
    path("settlement/comparisons/new/", views.CompareWithLedger.as_view(), name="settlement-compare"),
    path("settlement/comparisons/<str:reference>/", views.ComparisonDetail.as_view(), name="settlement-comparison"),
]

extend("menu", "issuer", MenuItem("oversight", _("Chain node and settlement"), "settlement", "server-2", Right.CHAIN_SEE, order=40))
register_badge("settlement", lambda person: visible(ChainOp, person).filter(status=ChainOpStatus.REJECTED))
