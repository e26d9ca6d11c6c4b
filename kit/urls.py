from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.registries import extend
from kit import views
from kit.bulk import views as bulk
from kit.enums import Right
from kit.exports import schedule_views as schedules
from kit.exports import views as exports
from kit.pages import MenuItem
from kit.saved import pages as saved

urlpatterns = [
    path("preferences/", views.Preferences.as_view(), name="preferences"),
    path("menu-counts/", views.MenuCounts.as_view(), name="menu-counts"),
    path("exports/", exports.ExportList.as_view(), name="export-list"),
    path("exports/everybody/", exports.EverybodysExports.as_view(), name="export-everybody"),
    path("exports/verify/", exports.VerifyFile.as_view(), name="export-verify"),
    path("exports/schedules/", schedules.ScheduleList.as_view(), name="schedule-list"),
    path("exports/schedules/new/", schedules.CreateSchedule.as_view(), name="schedule-create"),
    path("exports/schedules/<str:reference>/", schedules.ScheduleDetail.as_view(), name="schedule-detail"),
    path("exports/schedules/<str:reference>/edit/", schedules.EditSchedule.as_view(), name="schedule-edit"),
    path("exports/schedules/<str:reference>/pause/", schedules.PauseSchedule.as_view(), name="schedule-pause"),
    path("exports/schedules/<str:reference>/resume/", schedules.ResumeSchedule.as_view(), name="schedule-resume"),
    path("exports/schedules/<str:reference>/run/", schedules.RunSchedule.as_view(), name="schedule-run"),
    path("exports/schedules/<str:reference>/delete/", schedules.DeleteSchedule.as_view(), name="schedule-delete"),
    path("exports/<str:reference>/", exports.ExportDetail.as_view(), name="export-detail"),
    path("exports/<str:reference>/cancel/", exports.CancelExport.as_view(), name="export-cancel"),
    path("exports/<str:reference>/file/", exports.ExportFile.as_view(), name="export-file"),
    path("exports/<str:reference>/provenance/", exports.ExportProvenance.as_view(), name="export-provenance"),
    path("bulk/", bulk.BulkRunList.as_view(), name="bulk-run-list"),
    path("bulk/rows/", bulk.BulkRowList.as_view(), name="bulk-row-list"),
    path("bulk/<str:reference>/", bulk.BulkRunDetail.as_view(), name="bulk-run-detail"),
    path("bulk/<str:reference>/cancel/", bulk.CancelRun.as_view(), name="bulk-run-cancel"),
    path("bulk/<str:reference>/retry/", bulk.RetryRun.as_view(), name="bulk-run-retry"),
    path("lists/choice/", saved.ChooseForList.as_view(), name="list-choice"),
    path("views/", saved.ViewList.as_view(), name="view-list"),
    path("views/save/", saved.SaveView.as_view(), name="view-save"),
    path("views/counts/", saved.ViewCounts.as_view(), name="view-counts"),
    path("views/<str:reference>/", saved.OpenView.as_view(), name="view-open"),
    path("views/<str:reference>/about/", saved.ViewDetail.as_view(), name="view-detail"),
    path("views/<str:reference>/update/", saved.UpdateView.as_view(), name="view-update"),
    path("views/<str:reference>/rename/", saved.RenameView.as_view(), name="view-rename"),
    path("views/<str:reference>/share/", saved.ShareView.as_view(), name="view-share"),
    path("views/<str:reference>/pin/", saved.PinView.as_view(), name="view-pin"),
    path("views/<str:reference>/unpin/", saved.UnpinView.as_view(), name="view-unpin"),
    path("views/<str:reference>/default/", saved.OpenByDefault.as_view(), name="view-default"),
    path("views/<str:reference>/no-default/", saved.OpenWithAllRows.as_view(), name="view-no-default"),
    path("views/<str:reference>/delete/", saved.DeleteView.as_view(), name="view-delete"),
]

extend("menu", "issuer", MenuItem("oversight", _("Exports"), "export-everybody", "file-spreadsheet", Right.EXPORTS_SEE_ALL, order=20))
