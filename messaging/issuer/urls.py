from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.registries import extend
from kit.pages import MenuItem
from messaging.enums import Right
from messaging.issuer import alerts, notifications, tabs, templates, views

urlpatterns = [
    path("mail/", views.MailList.as_view(), name="mail-list"),
    path("mail/<str:reference>/", views.MailDetail.as_view(), name="mail-detail"),
    path("mail/<str:reference>/body/", views.MailBody.as_view(), name="mail-body"),
    path("mail-templates/", templates.MailTemplates.as_view(), name="mail-template-list"),
    path("mail-templates/<str:code>/<str:language>/", templates.EditTemplate.as_view(), name="mail-template-edit"),
    path("mail-templates/<str:code>/<str:language>/preview/", templates.PreviewTemplate.as_view(), name="mail-template-preview"),
    path("mail-templates/<str:code>/<str:language>/reset/", templates.ResetTemplate.as_view(), name="mail-template-reset"),
    path("mail-templates/<str:code>/<str:language>/test/", templates.SendTestMail.as_view(), name="mail-template-test"),
    path("notifications/", notifications.NotificationList.as_view(), name="notification-list"),
    path("notifications/recent/", notifications.RecentNotifications.as_view(), name="notification-recent"),
    path("notifications/count/", notifications.BellCount.as_view(), name="notification-count"),
    path("notifications/read/", notifications.ReadAll.as_view(), name="notification-read-all"),
    path("notifications/<str:reference>/open/", notifications.OpenNotification.as_view(), name="notification-open"),
    path("alerts/", alerts.AlertList.as_view(), name="alert-list"),
    path("alerts/<str:reference>/", alerts.AlertDetail.as_view(), name="alert-detail"),
    path("alerts/<str:reference>/seen/", alerts.SeeAlert.as_view(), name="alert-seen"),
    path("alerts/<str:reference>/take/", alerts.TakeAlert.as_view(), name="alert-take"),
    path("alerts/<str:reference>/assign/", alerts.AssignAlert.as_view(), name="alert-assign"),
    path("alerts/<str:reference>/settle/", alerts.SettleAlert.as_view(), name="alert-settle"),
]

extend("menu", "issuer", MenuItem("communication", _("Mailbox"), "mail-list", "mail", Right.SEE_MAIL))
extend("menu", "issuer", MenuItem("communication", _("Mail templates"), "mail-template-list", "file-text", Right.EDIT_TEMPLATES, order=110))
extend("menu", "issuer", MenuItem("overview", _("Alerts"), "alert-list", "alert-triangle", Right.SEE_ALERTS, order=90, count="open_alerts"))
tabs.register()
