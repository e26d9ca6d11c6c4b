from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.registries import extend, register_badge, visible
from kit.pages import MenuItem
from orders.enums import OrderStatus, Right
from orders.issuer import dialogs, tabs, views
from orders.models import Order

ORDER = "orders/<str:reference>/"
urlpatterns = [
    path("orders/", views.OrderList.as_view(), name="order-list"),
    path("orders/new/", dialogs.CreateOrder.as_view(), name="order-create"),
    path(ORDER, views.OrderDetail.as_view(), name="order-detail"),
    path(ORDER + "payment/", dialogs.RecordPayment.as_view(), name="order-record-payment"),
    path(ORDER + "complete/", dialogs.CompleteOrder.as_view(), name="order-complete"),
    path(ORDER + "hold/", dialogs.HoldOrder.as_view(), name="order-hold"),
    path(ORDER + "release/", dialogs.ReleaseOrder.as_view(), name="order-release"),
    path(ORDER + "approve/", dialogs.ApproveOrder.as_view(), name="order-approve"),
    path(ORDER + "refuse/", dialogs.RefuseOrder.as_view(), name="order-refuse"),
    path(ORDER + "cancel/", dialogs.CancelOrder.as_view(), name="order-cancel"),
    path("refunds/<str:reference>/paid-back/", dialogs.PayBackRefund.as_view(), name="refund-pay-back"),
]

extend("menu", "issuer", MenuItem("transactions", _("Orders"), "order-list", "shopping-cart", Right.ORDERS_SEE, order=10))
register_badge("order-list", lambda person: visible(Order, person).filter(status=OrderStatus.ON_HOLD))
tabs.register()
