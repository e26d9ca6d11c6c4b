"""The one page that clients open in a browser."""

from typing import Any

from django.urls import re_path
from django.views.decorators.cache import never_cache

from clients.signin.views import ClientPassword

password: Any = never_cache(ClientPassword.as_view())
password.right, password.face = "public", "any"

urlpatterns = [
    re_path(
        r"^clients/password/(?P<reference>CLT-[0-9A-Z]{1,16})/(?P<token>[0-9a-z]{1,13}-[0-9a-f]{1,64})/$", password, name="client-password"
    ),
]
