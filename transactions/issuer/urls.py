from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.registries import extend, register_badge, visible
from kit.pages import MenuItem
from tiers.enums import Right as TiersRight
from transactions.enums import HoldStatus, Right
from transactions.issuer.holds import dialogs, tabs, views
from transactions.issuer.transfers import TransferByHand
from transactions.issuer.what_if import WhatIf
from transactions.issuer.why import WHY_OPERATION
from transactions.models import Hold
from transactions.services.holds.door import FEE_PURPOSE

HOLD = "holds/<str:reference>/"
urlpatterns = [
    path("transactions/transfer/", TransferByHand.as_view(), name="transfer-create"),
    path("what-if/", WhatIf.as_view(), name="what-if"),
    path("holds/", views.HoldList.as_view(), name="hold-list"),
    path(HOLD, views.HoldDetail.as_view(), name="hold-detail"),
    path(HOLD + "cancel/", dialogs.CancelHold.as_view(), name="hold-cancel"),
]
for transactions in ("OperationList", "TransactionList"):
    extend(f"ledger.issuer.operations.{transactions}", "primary_action", TransferByHand)
extend("ledger.issuer.operations.OperationDetail", "tab", WHY_OPERATION)
extend("menu", "issuer", MenuItem("clients", _("What if"), "what-if", "list-check", TiersRight.TIERS_SEE, order=60))
extend("menu", "issuer", MenuItem("transactions", _("On hold"), "hold-list", "hourglass", Right.HOLDS_SEE, order=45))
# All transactions are the posted, refused and cancelled ones; what is held hasn't come to be one yet (TXN-04).
beside = MenuItem("transactions", _("What is held waits on a list of its own."), "hold-list", "hourglass", Right.HOLDS_SEE)
extend("ledger.issuer.operations.TransactionList", "beside", beside)
register_badge("hold-list", lambda person: visible(Hold, person).filter(status=HoldStatus.HELD))
extend("ledger.reservations", "purpose", (FEE_PURPOSE, "transactions.hold", _("Fee of held transaction")))
tabs.register()
