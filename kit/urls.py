from django.urls import path

from kit import views

urlpatterns = [
    path("preferences/", views.Preferences.as_view(), name="preferences"),
    path("exports/", views.ExportList.as_view(), name="export-list"),
    path("exports/<str:reference>/", views.ExportDetail.as_view(), name="export-detail"),
    path("exports/<str:reference>/cancel/", views.CancelExport.as_view(), name="export-cancel"),
    path("exports/<str:reference>/file/", views.ExportFile.as_view(), name="export-file"),
]
