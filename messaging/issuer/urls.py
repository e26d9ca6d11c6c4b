from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.registries import extend
from kit.pages import MenuItem
from messaging.enums import Right
from messaging.issuer import notifications, views

urlpatterns = [
    path("mail/", views.MailList.as_view(), name="mail-list"),
    path("mail/<str:reference>/", views.MailDetail.as_view(), name="mail-detail"),
    path("mail/<str:reference>/body/", views.MailBody.as_view(), name="mail-body"),
    path("notifications/", notifications.NotificationList.as_view(), name="notification-list"),
    path("notifications/recent/", notifications.RecentNotifications.as_view(), name="notification-recent"),
    path("notifications/count/", notifications.BellCount.as_view(), name="notification-count"),
    path("notifications/read/", notifications.ReadAll.as_view(), name="notification-read-all"),
    path("notifications/<str:reference>/open/", notifications.OpenNotification.as_view(), name="notification-open"),
    path("alerts/", views.AlertList.as_view(), name="alert-list"),
]

extend("menu", "issuer", MenuItem("communication", _("Mailbox"), "mail-list", "mail", Right.SEE_MAIL))
extend("menu", "issuer", MenuItem("overview", _("Alerts"), "alert-list", "alert-triangle", Right.SEE_ALERTS, order=90))
