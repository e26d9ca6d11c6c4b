from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.registries import extend, register_badge, visible
from kit.details import Tab
from kit.pages import MenuItem
from kyc.enums import MessageStatus, Right
from kyc.issuer.messages import views
from kyc.models import ProviderMessage

urlpatterns = [
    path("kyc/messages/", views.MessageList.as_view(), name="kyc-message-list"),
    path("kyc/messages/<str:reference>/", views.MessageDetail.as_view(), name="kyc-message-detail"),
    path("kyc/messages/<str:reference>/repeat/", views.RepeatMessage.as_view(), name="kyc-message-repeat"),
]

extend("menu", "issuer", MenuItem("clients", _("Provider messages"), "kyc-message-list", "inbox", Right.KYC_SEE, order=40))
extend("kyc.issuer.views.CaseDetail", "tab", Tab("messages", _("Provider messages"), "kyc/messages.html", context=views.messages_of))
register_badge("kyc-message-list", lambda person: visible(ProviderMessage, person).filter(status=MessageStatus.FAILED))
