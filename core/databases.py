"""A database's URL as Django's settings; unix sockets stand percent-encoded in the host's place, as libpq reads them."""

from typing import Any
from urllib.parse import unquote

import environ


def database_settings(url: str) -> dict[str, Any]:
    settings = environ.Env.db_url_config(url)
    return {**settings, "HOST": unquote(settings["HOST"] or ""), "ENGINE": "django.db.backends.postgresql"}
