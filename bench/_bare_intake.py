"""The limit of the webhook's intake: a Django view that inserts one row, commits and answers, with our database settings and no
middleware before it. `gunicorn bench._bare_intake`."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from backoffice import settings as ours

settings.configure(
    SECRET_KEY=ours.SECRET_KEY, ALLOWED_HOSTS=["localhost", "127.0.0.1"], DATABASES=ours.DATABASES, USE_TZ=True, ROOT_URLCONF=__name__
)


def insert(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_bare (body) VALUES (%s)", [request.body])
    return JsonResponse({"received": True})


urlpatterns = [path("hooks/bare/", insert), path("healthz/live", lambda request: HttpResponse("ok"))]
application = get_wsgi_application()
