"""The WSGI entry point that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
application = get_wsgi_application()


def get_ready() -> None:
    """Import every page, compile every template of ours and every address, once and before the fork: else the first request of each
    process would, and somebody waits for it (DSH-05). Nothing is asked of the database."""
    from django.conf import settings  # noqa: PLC0415 - after the application, which sets Django up
    from django.template.loader import get_template  # noqa: PLC0415
    from django.urls import reverse  # noqa: PLC0415
    from django.utils import translation  # noqa: PLC0415

    from core.garbage import keep_what_is_loaded  # noqa: PLC0415

    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            reverse("overview")
    for directory in [settings.BASE_DIR / "templates", *(settings.BASE_DIR / app / "templates" for app in settings.FLOORS)]:
        for path in sorted(directory.rglob("*.html")):
            get_template(str(path.relative_to(directory)))
    keep_what_is_loaded()


get_ready()
