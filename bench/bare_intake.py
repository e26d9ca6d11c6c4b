"""The limit of the webhook's intake: a view that inserts one row, commits and answers, without any middleware before it.

A settings module and its URLconf in one: `DJANGO_SETTINGS_MODULE=bench.bare_intake`.
"""

from backoffice.settings import *  # noqa: F403

ROOT_URLCONF = "bench.bare_intake"
MIDDLEWARE: list[str] = []


def urls() -> list[object]:
    """Made at the first request, when Django is set up."""
    from django.db import connection  # noqa: PLC0415
    from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: PLC0415
    from django.urls import path  # noqa: PLC0415

    def insert(request: HttpRequest) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bench_bare (body) VALUES (%s)", [request.body])
        return JsonResponse({"received": True})

    return [path("hooks/bare/", insert), path("healthz/live", lambda request: HttpResponse("ok"))]


def __getattr__(name: str) -> object:
    if name == "urlpatterns":
        return urls()
    raise AttributeError(name)
