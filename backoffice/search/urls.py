from django.urls import path

from backoffice.search.views import Search

urlpatterns = [path("search/", Search.as_view(), name="search")]
